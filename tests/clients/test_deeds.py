"""Who did what at an organisation: its own rows alone, found by who, whom, what and when, and as a file (B22)."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import AuditEvent, Member, Staff
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

PAGE = "/staff/riverside/activity/"


def person(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member, ip="203.0.113.9")


def working(staff: Staff, ip: str = "203.0.113.10") -> Actor:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"
    return Actor(
        kind=ActorKind.STAFF, user=staff.user, staff=staff, organization=staff.organization, ip=ip, user_agent=agent
    )  # fmt: skip


def did(by: Actor, action: str, *members: Member, at: Any = None, **changes: Any) -> None:
    with transaction.atomic():
        audit.record(
            by=by, action=action, target=members[0], members=members, organization=at, changes=changes
        )


@pytest.fixture
def deeds(cast: Cast) -> Cast:
    """A day at Riverside, and one at the rival's."""
    did(person(cast.owner), "scheduling.booked", cast.child, at=cast.organization)
    did(working(cast.front_desk), "scheduling.marked_attended", cast.child)
    did(working(cast.administrator), "clients.changed", cast.stranger, fields=["phone", "born_on"])
    did(Actor.of_job("scheduling.lapse"), "billing.cart_lapsed", cast.stranger_child, at=cast.organization)
    did(working(cast.rival_administrator), "clients.memo_written", cast.stranger)
    did(person(cast.owner), "accounts.member_changed", cast.child, fields=["phone"])
    return cast


def rows(web: Web, cast: Cast, **query: str) -> list[tuple[str, str, str]]:
    """What the file says, newest first: what, who, for whom."""
    page = web.as_(cast.administrator).get(f"{PAGE}activity.csv", query)
    assert page.status == 200
    return [
        (row["What"], row["Who"], row["For"]) for row in csv.DictReader(StringIO(page.html.lstrip("\ufeff")))
    ]


LAPSED = ("The time for checking out ran out", "Kinroll, by itself", "Astrid Lindqvist")
CHANGED = ("The organisation changed its copy of the details", "Ingrid Vale", "Sven Lindqvist")
CAME = ("Checked in", "Dana Petrov", "Toby Okafor")
BOOKED = ("A place was booked", "Amara Okafor", "Toby Okafor")


def test_an_organisation_reads_its_own_rows_and_no_others(deeds: Cast, web: Web) -> None:
    assert rows(web, deeds) == [LAPSED, CHANGED, CAME, BOOKED]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"who": "families"}, [BOOKED]),
        ({"who": "staff"}, [CHANGED, CAME]),
        ({"who": "system"}, [LAPSED]),
        ({"topic": "bookings"}, [LAPSED, CAME, BOOKED]),
        ({"whom": "toby"}, [CAME, BOOKED]),
        ({"whom": "nobody of this name"}, []),
        ({"topic": "people", "whom": "lindqvist"}, [CHANGED]),
        ({"from": "1999-01-01", "to": "1999-12-31"}, []),
        ({"who": "NOSUCHCODE"}, []),
        ({"topic": "none", "before": "x", "from": "0001-01-01", "to": "9999-12-31"}, [LAPSED, CHANGED, CAME, BOOKED]),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by_who_whom_what_and_when(
    deeds: Cast, web: Web, query: dict[str, str], found: list[Any]
) -> None:
    assert rows(web, deeds, **query) == found


def test_the_list_is_narrowed_to_one_of_the_staff_but_not_to_the_rivals(deeds: Cast, web: Web) -> None:
    assert rows(web, deeds, who=deeds.front_desk.code) == [CAME]
    assert rows(web, deeds, who=deeds.rival_administrator.code) == []


def test_days_are_those_of_the_organisations_wall_and_both_count(deeds: Cast, web: Web) -> None:
    today = timezone.localdate(timezone=None).isoformat()
    assert rows(web, deeds, **{"from": "2000-01-01", "to": "2100-01-01"}) == [LAPSED, CHANGED, CAME, BOOKED]
    page = web.as_(deeds.administrator).get(PAGE, {"from": "soon", "to": today})
    assert "Write a day as 2026-03-31." in page.words
    page = web.as_(deeds.administrator).get(PAGE, {"from": "2026-02-01", "to": "2026-01-01"})
    assert "The first day is after the last." in page.words


def test_the_page_says_what_changed_and_links_to_the_client(deeds: Cast, web: Web) -> None:
    page = web.as_(deeds.administrator).get(PAGE)

    assert "phone, birth date" in page.words
    number = deeds.client(deeds.child).number
    assert f'href="/staff/riverside/clients/{number}/"' in page.html


def test_addresses_and_devices_are_ones_own(deeds: Cast, web: Web) -> None:
    page = web.as_(deeds.administrator).get(PAGE)

    assert page.words.count("203.0.113.10") == 1
    assert [text in page.words for text in ("203.0.113.9 ", "Chrome, Linux")] == [False, True]


def test_who_is_no_client_here_is_not_named(deeds: Cast, web: Web) -> None:
    somebody = make.MemberFactory(given_name="Quentin", family_name="Elsewhere")
    did(person(deeds.owner), "billing.cart_begun", somebody, at=deeds.organization)

    assert rows(web, deeds)[0] == ("Booking was begun", "Amara Okafor", "Somebody who is no client here")


def test_a_name_that_would_be_a_formula_is_none_in_the_file(deeds: Cast, web: Web) -> None:
    client = deeds.client(deeds.child)
    client.given_name = "=HYPERLINK"
    client.save(update_fields=["given_name"])

    assert rows(web, deeds)[2][2] == "'=HYPERLINK Okafor"


def test_the_file_and_the_page_cost_the_same_for_any_number_of_rows(deeds: Cast, web: Web) -> None:
    browser, counts = web.as_(deeds.administrator), list[tuple[int, int]]()
    for many in (1, 300):
        _lots(deeds, many)
        costs = []
        for address in (PAGE, f"{PAGE}activity.csv"):
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).html != ""
            costs.append(len(captured))
        counts.append((costs[0], costs[1]))

    assert counts[0] == counts[1]


def test_pages_follow_one_another(deeds: Cast, web: Web) -> None:
    _lots(deeds, 60)
    browser = web.as_(deeds.administrator)

    first = browser.get(PAGE, {"topic": "bookings"})
    older = (
        first.html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    second = browser.get(PAGE + older)

    assert (first.html.count("<tr>") - 1, second.html.count("<tr>") - 1) == (50, 13)
    assert "Newest" in second.words


def _lots(cast: Cast, many: int) -> None:
    now = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=now - timedelta(minutes=number), actor_kind=ActorKind.PERSON, actor_member_id=cast.owner.pk,
            organization_id=cast.organization.pk, action="scheduling.booked", target_type="x",
            member_ids=[cast.child.pk],
        )
        for number in range(many)
    )  # fmt: skip
