"""The family's activity: who did what, for whom and from where, as far as each may read it (RULES 2.10, B22)."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.activity import page_of
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import AuditEvent, Member, Staff
from accounts.templatetags.kinroll import local_time
from relationships import activity
from relationships.knowing import known_to
from tests import factories as make
from tests.cast import Cast
from tests.relationships.copies import acting
from tests.web import Web

PAGE = "/my/activity/"


def did(by: Actor, action: str, *members: Member, organization: Any = None, **changes: Any) -> None:
    """Something that was done, in the audit."""
    with transaction.atomic():
        audit.record(
            by=by,
            action=action,
            target=members[0],
            members=members,
            organization=organization,
            changes=changes,
        )


def working(staff: Staff) -> Actor:
    return Actor(kind=ActorKind.STAFF, user=staff.user, staff=staff, organization=staff.organization)


def read_by(member: Member) -> list[tuple[str, str, list[str]]]:
    """What a member may read, newest first: what, who, for whom."""
    known = known_to(acting(member))
    lines = activity.lines(known, page_of(activity.events_of(known)).events)
    return [(str(line.what), line.who, line.for_whom) for line in lines]


def test_owners_read_the_whole_of_their_children_and_who_acted_for_them(cast: Cast) -> None:
    did(acting(cast.co_owner), "scheduling.booked", cast.child)
    did(acting(cast.other_guardian), "scheduling.booked", cast.child)
    did(working(cast.front_desk), "scheduling.marked_attended", cast.child, organization=cast.organization)
    did(Actor.of_job("scheduling.lapse"), "scheduling.released", cast.child)
    did(acting(cast.owner), "accounts.member_changed", cast.owner, fields=["phone"])

    assert read_by(cast.owner) == [
        ("Details were changed", "You", []),
        ("A held place was given back", "Kinroll, by itself", ["Toby Okafor"]),
        ("Checked in", "Riverside Recreation", ["Toby Okafor"]),
        ("A place was booked", "Another guardian", ["Toby Okafor"]),
        ("A place was booked", "Chidi Okafor", ["Toby Okafor"]),
    ]


def test_another_guardian_reads_their_own_rows_and_that_another_guardian_booked(cast: Cast) -> None:
    did(acting(cast.owner), "scheduling.booked", cast.child, cast.sibling)
    did(acting(cast.owner), "billing.card_saved", cast.owner)
    did(acting(cast.owner), "accounts.member_changed", cast.child, fields=["phone"])
    did(acting(cast.other_guardian), "waivers.signed", cast.child)

    assert read_by(cast.other_guardian) == [
        ("A document was signed", "You", ["Toby Okafor"]),
        ("A place was booked", "Another guardian", ["Toby Okafor"]),
    ]


def test_adults_with_a_login_keep_their_own_to_themselves_but_for_money(cast: Cast) -> None:
    did(acting(cast.co_owner), "accounts.member_changed", cast.co_owner, fields=["phone"])
    did(acting(cast.co_owner), "billing.card_saved", cast.co_owner)

    assert read_by(cast.owner) == [("A card was saved", "Chidi Okafor", [])]
    assert [what for what, _who, _whom in read_by(cast.co_owner)] == [
        "A card was saved",
        "Details were changed",
    ]


def test_what_is_the_organisations_own_is_not_told_to_families(cast: Cast) -> None:
    did(working(cast.administrator), "clients.memo_written", cast.child, organization=cast.organization)

    assert read_by(cast.owner) == []


def test_a_teenager_reads_about_themselves_and_no_names_they_do_not_know(cast: Cast) -> None:
    did(acting(cast.owner), "scheduling.booked", cast.teenager)
    did(acting(cast.owner), "scheduling.booked", cast.child)

    assert read_by(cast.teenager) == [("A place was booked", "Somebody of your account", ["you"])]


def test_whoever_is_barred_reads_nothing_of_the_protected_person_or_what_they_did(cast: Cast) -> None:
    did(acting(cast.owner), "scheduling.booked", cast.child)
    did(acting(cast.teenager), "scheduling.booked", cast.sibling)
    did(acting(cast.owner), "scheduling.booked", cast.sibling)
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.teenager)

    assert read_by(cast.co_owner) == [("A place was booked", "Amara Okafor", ["Zuri Okafor"])]


def test_the_page_shows_address_and_device_of_ones_own_acts_only(cast: Cast, web: Web) -> None:
    phone = "Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1"
    did(acting(cast.owner, ip="203.0.113.7", user_agent=phone), "scheduling.booked", cast.child)
    did(acting(cast.co_owner, ip="203.0.113.8", user_agent=phone), "scheduling.held", cast.child)

    mine, theirs = web.as_(cast.owner).get(PAGE), web.as_(cast.co_owner).get(PAGE)

    assert [text in mine.words for text in ("203.0.113.7", "203.0.113.8", "Safari, iPhone")] == [
        True,
        False,
        True,
    ]
    assert [text in theirs.words for text in ("203.0.113.7", "203.0.113.8")] == [False, True]


def test_the_page_can_be_narrowed_to_one_person_and_to_nobody_elses(cast: Cast, web: Web) -> None:
    did(acting(cast.owner), "scheduling.booked", cast.child)
    did(acting(cast.owner), "waivers.signed", cast.sibling)
    browser = web.as_(cast.owner)

    words = browser.get(PAGE, {"about": cast.sibling.code}).words

    assert ("A document was signed" in words, "A place was booked" in words) == (True, False)
    assert browser.get(PAGE, {"about": cast.stranger_child.code}).status == 404
    assert browser.get(PAGE, {"before": "nonsense~x"}).status == 200


def test_pages_follow_one_another_without_losing_or_repeating_a_row_of_the_same_moment(cast: Cast) -> None:
    now = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=now - timedelta(seconds=number // 4), actor_kind=ActorKind.JOB, action="scheduling.booked",
            target_type="x", changes={"number": number}, member_ids=[cast.child.pk],
        )
        for number in range(23)
    )  # fmt: skip
    events = activity.events_of(known_to(acting(cast.owner)))

    seen, cursor = list[int](), ""
    for _page in range(12):
        page = page_of(events, cursor, size=3)
        seen += [event.changes["number"] for event in page.events]
        cursor = page.older
        if not cursor:
            break

    assert sorted(seen) == list(range(23))
    assert [number // 4 for number in seen] == sorted(number // 4 for number in seen)


def test_the_page_costs_the_same_for_any_number_of_rows(cast: Cast, web: Web) -> None:
    browser, counts = web.as_(cast.owner), []
    for many in (1, 3, 60):
        for _each in range(many):
            did(acting(cast.owner), "scheduling.booked", cast.child, organization=cast.organization)
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        counts.append(len(captured))

    assert len(set(counts)) == 1


def test_the_menu_leads_to_both_pages(cast: Cast, web: Web) -> None:
    page = web.as_(cast.owner).get("/my/people/")

    assert ['href="/my/privacy/"' in page.html, 'href="/my/activity/"' in page.html] == [True, True]


def test_what_was_done_at_no_organisation_is_told_by_the_familys_clock(cast: Cast, web: Web) -> None:
    did(acting(cast.owner), "accounts.member_changed", cast.child, fields=["phone"])
    event = AuditEvent.objects.get()

    words = web.as_(cast.owner).get(PAGE).words

    assert local_time(event.at, cast.organization).replace("\u00a0", " ") in words.replace("\u00a0", " ")
    assert cast.organization.time_zone != "UTC"
