"""The family's week and a client's next classes, on pages of lower apps."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from scheduling import sections
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

NOW = "2026-11-19 17:00Z"  # a Thursday, noon in Toronto


@pytest.fixture(autouse=True)
def _thursday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def booked(cast: Cast, member: Any, day: Any, state: Any = "booked", **schedule: Any) -> Any:
    organization = schedule.pop("organization", cast.organization)
    made = make.course(service__organization=organization, starts_on=day, ends_on=day, **schedule)
    return make.RegistrationFactory(
        session=made.sessions.get(), client=cast.client(member, organization), state=state
    )


def request_with(**known: Any) -> Any:
    """As much of a request as a section reads."""
    return SimpleNamespace(**known)


def week(cast: Cast, members: Any = None) -> Any:
    members = members or [cast.owner, cast.child, cast.sibling]
    return sections.load_week(request_with(member=cast.owner), members)


def grid(data: Any) -> Any:
    return {
        person.member.given_name: {
            day.date.day: [(entry.title, entry.is_past) for entry in day.entries]
            for day in person.days
            if day.entries
        }
        for person in data["people"]
    }


def test_the_week_shows_each_person_on_each_day(cast: Cast) -> None:
    booked(cast, cast.child, date(2026, 11, 17), title="Swim 3", state="attended")
    booked(cast, cast.child, date(2026, 11, 19), title="Swim 3")
    booked(cast, cast.sibling, date(2026, 11, 21), title="Ballet")
    booked(cast, cast.sibling, date(2026, 11, 21), title="Let go", state="cancelled")
    data = week(cast)
    assert grid(data) == {
        "Amara": {},
        "Toby": {17: [("Swim 3", True)], 19: [("Swim 3", False)]},
        "Zuri": {21: [("Ballet", False)]},
    }
    assert (data["is_this_week"], data["monday"], data["count"]) == (True, date(2026, 11, 16), 2)


def test_where_nothing_comes_this_week_the_next_one_with_a_class_is_shown(cast: Cast) -> None:
    booked(cast, cast.child, date(2026, 12, 2), title="Swim 3")
    booked(cast, cast.sibling, date(2026, 12, 9), title="Ballet")
    data = week(cast)
    assert (data["is_this_week"], data["monday"]) == (False, date(2026, 11, 30))
    assert grid(data)["Toby"] == {2: [("Swim 3", False)]}
    assert [person.next and person.next.day for person in data["people"]] == [None, None, date(2026, 12, 9)]


def test_the_week_is_one_statement_for_any_number_of_people_and_classes(cast: Cast) -> None:
    booked(cast, cast.child, date(2026, 11, 20))
    with CaptureQueriesContext(connection) as few:
        week(cast)
    for day in range(20, 28):
        booked(cast, cast.sibling, date(2026, 11, day))
    with CaptureQueriesContext(connection) as many:
        week(cast, cast.family)
    assert (len(few), len(many)) == (1, 1)


def test_home_shows_the_children_and_their_next_classes_and_nobody_elses(web: Web, cast: Cast) -> None:
    booked(cast, cast.child, date(2026, 11, 20), title="Swim 3")
    booked(cast, cast.stranger_child, date(2026, 11, 20), title="Secret ballet")
    page = web.as_(cast.owner).get(reverse("portal:home"))
    assert "4:15 pm Swim 3 Toby, Riverside Recreation" in page.words.replace("\xa0", " ")
    assert "Secret ballet" not in page.text
    empty = web.as_(cast.other_guardian).get(reverse("portal:home"))
    assert "Secret ballet" not in empty.text


def test_a_family_without_classes_is_told_what_to_do(web: Web, cast: Cast) -> None:
    assert "Nothing is booked" in web.as_(cast.owner).get(reverse("portal:home")).words


def test_the_profile_shows_five_classes_to_come_and_how_many_there_are(web: Web, cast: Cast) -> None:
    for day in range(20, 27):
        booked(cast, cast.child, date(2026, 11, day), title=f"Class {day}")
    booked(cast, cast.child, date(2026, 11, 18), title="Was yesterday")
    with CaptureQueriesContext(connection) as queries:
        data = sections.load_upcoming(request_with(actor=Actor.of_command("tests")), cast.client(cast.child))
    titles = [row.session.schedule.title for row in data["rows"]]
    assert (titles, data["count"], len(queries)) == ([f"Class {day}" for day in range(20, 25)], 7, 1)
    number = cast.client(cast.child).number
    page = web.as_(cast.front_desk).get(reverse("staff:client", args=["riverside", number]))
    assert "Class 20" in page.words
    assert "Was yesterday" not in page.words


def test_the_schedule_entry_leads_to_the_one_organization_or_a_choice(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).get(reverse("portal:schedule"), follow=False)
    assert (page.status, page.location) == (303, reverse("public:schedule", args=["riverside"]))
    both = web.as_(cast.stranger).get(reverse("portal:schedule"))
    assert "Riverside Recreation" in both.words
    assert "Lumen Dance" in both.words
