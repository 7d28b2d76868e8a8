"""The public schedule: what stands there, for whom, and at what cost (G1, picture 07)."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from scheduling import listing
from scheduling.enums import Bookable
from scheduling.models import Schedule
from tests import factories as make
from tests.cast import Cast
from tests.factories import years_ago
from tests.web import Web

URL = reverse("public:schedule", args=["riverside"])
MONDAY = timezone.now().date() + timedelta(days=14 - timezone.now().date().weekday())


def course(cast: Cast, title: Any, **fields: Any) -> Any:
    fields = {"starts_on": MONDAY, "age_min_months": 72, "age_max_months": 131, **fields}
    return make.course(service__organization=cast.organization, title=title, **fields)


def drop_in(cast: Cast, title: Any, **fields: Any) -> Any:
    fee = make.ProductFactory(organization=cast.organization, kind="drop_in", price_minor=1250)
    service = make.ServiceFactory(organization=cast.organization, title=title, drop_in=fee)
    return make.course(service=service, title=title, course_fee=None, starts_on=MONDAY, **fields)


def titles(page: Any) -> Any:
    return re.findall(r'<div class="offer-name"><a [^>]*>([^<]+)</a>', page.html)


def headings(page: Any) -> Any:
    return re.findall(r'<h2 id="d\d+">([^<]+)</h2>', page.html)


def test_courses_stand_by_weekday_and_period_and_drop_in_sessions_by_day(web: Web, cast: Cast) -> None:
    course(cast, "Later", start_time=time(17, 30), end_time=time(18, 30))
    course(cast, "Sharks")
    course(cast, "Twice a week", weekdays=[0, 2])
    drop_in(cast, "Lane swim", ends_on=MONDAY + timedelta(days=7))
    page = web.get(URL)
    assert titles(page) == ["Sharks", "Later", "Twice a week", "Lane swim", "Lane swim"]
    assert headings(page)[:2] == ["Mondays", "Mondays and Wednesdays"]
    assert len(headings(page)) == 4


def test_camps_stand_by_date_after_the_weekly_courses_across_pages(
    web: Web, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = timedelta(days=7)
    for title, first, weekdays, days in (
        ("Second camp", MONDAY + week, [0, 1, 2, 3, 4], 4),
        ("Short first camp", MONDAY + timedelta(days=1), [1, 2, 3], 2),
        ("Sharks", MONDAY + timedelta(days=2), [2], 56),
    ):
        course(cast, title, starts_on=first, ends_on=first + timedelta(days=days), weekdays=weekdays)
    page = web.get(URL)
    assert titles(page) == ["Sharks", "Short first camp", "Second camp"]
    monkeypatch.setattr(listing, "ROWS_ON_A_PAGE", 1)
    found: list[str] = []
    for _page in range(3):
        found += titles(page := web.get(URL if not found else URL + next_page(page)))
    assert found == ["Sharks", "Short first camp", "Second camp"]


def next_page(page: Any) -> str:
    (query,) = re.findall(r'href="(\?after=[^"]+)"', page.html)
    return str(query)


def test_a_row_says_when_what_for_whom_how_many_and_how_much(web: Web, cast: Cast) -> None:
    sharks = course(cast, "Sharks", capacity=10)
    for session in sharks.sessions.all():
        session.extra_seats = 0
    first = sharks.sessions.first()
    for _ in range(9):
        make.RegistrationFactory(session=first)
    assert "4:15 pm 45 min Sharks Ages 6 to 10 1 left of 10 $96.00 Book" in web.get(URL).words.replace(
        "\xa0", " "
    )


def test_what_cannot_be_booked_is_not_listed(web: Web, cast: Cast) -> None:
    course(cast, "Closed", bookable=Bookable.CLOSED)
    course(cast, "Over", starts_on=MONDAY - timedelta(days=70))
    course(cast, "Begun", starts_on=timezone.now().date() - timedelta(days=7))
    make.ScheduleFactory(service__organization=cast.organization, title="Without sessions")
    make.course(service__organization=cast.rival, title="Of the rival")
    course(cast, "Sharks")
    assert titles(web.get(URL)) == ["Sharks"]


def test_a_course_that_opens_later_says_when_and_a_full_one_says_so_without_a_button(
    web: Web, cast: Cast
) -> None:
    course(cast, "Soon", booking_opens_at=timezone.now() + timedelta(days=3))
    full = course(cast, "Full one", capacity=1)
    make.RegistrationFactory(session=full.sessions.last())
    page = web.get(URL)
    assert "Opens " in page.words
    assert "Full" in page.words
    assert 'aria-label="Book' not in page.html


def test_a_seat_that_goes_is_seen_at_once(web: Web, cast: Cast) -> None:
    sharks = course(cast, "Sharks", capacity=10)
    assert "10 of 10 left" in web.get(URL).words
    make.RegistrationFactory(session=sharks.sessions.last())
    assert "9 of 10 left" in web.get(URL).words


def test_an_anonymous_page_costs_one_statement_however_many_classes_there_are(web: Web, cast: Cast) -> None:
    for number in range(3):
        course(cast, f"Class {number}")
    web.get(URL)
    with CaptureQueriesContext(connection) as few:
        assert len(titles(web.get(URL))) == 3
    for number in range(37):
        course(cast, f"More {number}")
    web.get(URL)
    with CaptureQueriesContext(connection) as many:
        assert len(titles(web.get(URL))) == 40
    assert (len(few), len(many)) == (1, 1)


def test_a_logged_in_page_costs_at_most_six_statements(web: Web, cast: Cast) -> None:
    for number in range(5):
        course(cast, f"Class {number}")
    reader = web.as_(cast.owner)
    reader.get(URL)
    with CaptureQueriesContext(connection) as queries:
        reader.get(URL)
    assert len(queries) <= 6


def test_the_anonymous_page_holds_nothing_of_a_reader_and_no_form_token(web: Web, cast: Cast) -> None:
    course(cast, "Sharks")
    page = web.get(URL)
    assert "csrf" not in page.html
    assert page.response.cookies.items() == set()
    assert [text for text in cast.strings_of_family if text in page.text] == []
    assert page.response.headers["X-Frame-Options"] == "DENY"


def test_the_embedded_page_may_be_framed_only_without_a_reader(web: Web, cast: Cast) -> None:
    course(cast, "Sharks")
    page = web.get(URL + "?embed=1")
    assert "site-header" not in page.html
    assert "X-Frame-Options" not in page.response.headers
    assert "frame-ancestors *" in page.response.headers["Content-Security-Policy"]
    mine = web.as_(cast.owner).get(URL + "?embed=1")
    assert mine.response.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in mine.response.headers["Content-Security-Policy"]
    assert mine.response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"day": ["1"]}, ["Tuesday"]),
        ({"day": ["1", "9", "x"]}, ["Tuesday"]),
        ({"afternoon": "1"}, ["Sharks", "Tuesday", "Lanes"]),
        ({"free": "1"}, ["Morning", "Tuesday", "Lanes"]),
        ({"category": "Swimming"}, ["Sharks"]),
        ({"category": "Swimming", "day": ["1"]}, []),
        ({"for": "nobody", "after": "nothing"}, ["Lanes"]),
    ],
)
def test_filters_narrow_the_list(web: Web, cast: Cast, query: Any, expected: Any) -> None:
    swimming = make.ServiceFactory(organization=cast.organization, category="Swimming")
    full = make.course(service=swimming, title="Sharks", starts_on=MONDAY, capacity=1)
    make.RegistrationFactory(session=full.sessions.first())
    course(cast, "Morning", start_time=time(9), end_time=time(10))
    course(cast, "Tuesday", starts_on=MONDAY + timedelta(days=1))
    drop_in(cast, "Lanes", ends_on=MONDAY)
    assert sorted(titles(web.get(URL, query))) == sorted(expected)


def test_for_a_child_only_classes_of_its_age_are_listed(web: Web, cast: Cast) -> None:
    course(cast, "Six to ten")
    course(cast, "Teens", age_min_months=156, age_max_months=None)
    cast.child.born_on = years_ago(9)
    page = web.as_(cast.owner).get(URL, {"for": cast.child.code})
    assert titles(page) == ["Six to ten"]
    assert "For Toby" in page.words
    stranger = web.as_(cast.stranger).get(URL, {"for": cast.child.code})
    assert sorted(titles(stranger)) == ["Six to ten", "Teens"]
    assert "Toby" not in stranger.text


def test_a_long_schedule_goes_on_by_key_without_gaps_or_repeats(web: Web, cast: Cast) -> None:
    for number in range(45):
        course(cast, f"Class {number:02}", capacity=number + 1)
    drop_in(cast, "Lanes", ends_on=MONDAY + timedelta(days=21))
    seen, url = [], URL
    while url:
        page = web.get(url)
        seen += titles(page)
        following = re.search(r'href="(\?after[^"]*)"', page.html)
        url = URL + following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Class {number:02}" for number in range(45)] + ["Lanes"] * 4


def test_a_changed_title_is_shown_with_its_new_version(web: Web, cast: Cast) -> None:
    sharks = course(cast, "Sharks")
    web.get(URL)
    Schedule.objects.filter(pk=sharks.pk).update(title="Rays", version=2)
    assert titles(web.get(URL)) == ["Rays"]


def test_an_unknown_organization_is_not_found(web: Web, cast: Cast) -> None:
    assert web.get(reverse("public:schedule", args=["nobody"])).status == 404
