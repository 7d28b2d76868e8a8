"""The cast itself: made quickly, and nobody's private words are anybody else's."""

from tests import factories as make
from tests.cast import Cast
from tests.web import Web


def test_everybody_in_the_cast_with_a_login_can_log_in(cast: Cast, web: Web) -> None:
    people = [cast.administrator, cast.front_desk, cast.instructor, cast.rival_administrator]
    people += [cast.owner, cast.co_owner, cast.teenager, cast.other_guardian, cast.stranger]  # type: ignore[list-item]

    logged_in = [
        web.browser.login(email=person.user.email, password=make.PASSWORD) for person in people if person.user
    ]

    assert logged_in == [True] * 9


def test_a_course_has_a_session_each_week(cast: Cast) -> None:
    schedule = make.course(service__organization=cast.organization)

    assert [s.organization for s in schedule.sessions.all()] == [cast.organization] * 4
