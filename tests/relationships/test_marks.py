"""Marks of staff: to whom a child is never released, who must be kept apart (RULES 2.1, 2.11)."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.calendars import today_in
from accounts.errors import NotAllowed, SelfDealing
from accounts.models import AuditEvent, Member, Staff
from accounts.papers import PaperUnusable, paper_from
from accounts.permissions import Permission
from messaging.models import Message
from relationships import authority, safety
from relationships.enums import FamilyPermission
from relationships.errors import LinkDatesUnusable, MarkLifted, MarkStands, MarkWithOneself, ReasonMissing
from relationships.models import ManagerLink, NeverRelease, NoContact
from relationships.operations import marks
from tests import factories as make
from tests import pictures
from tests.cast import Cast
from tests.relationships.copies import copy_for, fill
from tests.relationships.test_desk_moves import at_desk
from tests.relationships.test_links import person
from tests.web import Web

pytestmark = pytest.mark.django_db


def editor(cast: Cast) -> Actor:
    return at_desk(cast.administrator, Permission.SAFETY_EDIT, Permission.SAFETY_READ)


def today(cast: Cast) -> Any:
    return today_in(cast.organization.time_zone)


def never(cast: Cast, **more: Any) -> NeverRelease:
    how: dict[str, Any] = {
        "by": editor(cast),
        "client": cast.client(cast.child),
        "named": marks.Named(name="Hollis Crane", description="Red beard", call="Ingrid"),
        "reason": "Police file 77–1/26",
    }
    return marks.never_release(**how | more)


def apart(cast: Cast, barred: Member, **more: Any) -> NoContact:
    how: dict[str, Any] = {
        "by": editor(cast),
        "protected": cast.client(cast.child),
        "barred": cast.client(barred),
        "reason": "Family court 12-345",
        "starts_on": today(cast),
    }
    return marks.no_contact(**how | more)


def roster_of(cast: Cast, web: Web, staff: Staff, session: Any) -> Any:
    return web.as_(staff).get(reverse("staff:session", args=[cast.organization.slug, session.code]))


def with_class(cast: Cast) -> Any:
    session = make.session_today(cast.organization)
    make.RegistrationFactory(session=session, client=cast.client(cast.child))
    return session


def test_the_roster_and_the_profile_show_who_picks_up_and_who_never(web: Web, cast: Cast) -> None:
    ManagerLink.objects.filter(manager=cast.other_guardian).update(pick_up=True)
    row = make.pick_up_person(cast.child, cast.owner)
    mark, session = make.never_release(cast.client(cast.child)), with_class(cast)
    profile = reverse("staff:client", args=[cast.organization.slug, cast.client(cast.child).number])
    photos = [
        reverse("staff:pick_up_photo", args=[cast.organization.slug, row.code]),
        reverse("staff:never_release_photo", args=[cast.organization.slug, mark.code]),
    ]
    for staff in (cast.administrator, cast.front_desk, cast.instructor):
        for page in (roster_of(cast, web, staff, session), web.as_(staff).get(profile)):
            for words in (
                "Hollis Crane",
                "Red beard",
                "Call Ingrid Vale",
                "Ottoline Brook",
                "(416) 555-0188",
            ):
                assert words in page.words
            assert ("Amara Okafor" in page.words, "Rosa Marin" in page.words, "77–1/26" in page.text) == (
                True, True, False,
            )  # fmt: skip
            assert all(photo in page.text for photo in photos)
    for photo in photos:
        assert web.as_(cast.instructor).get(photo).response["Content-Type"] == "image/webp"
        assert web.as_(cast.account_reader).get(photo).status == 403
    without = web.as_(cast.account_reader).get(profile)
    assert ("Hollis" in without.text, "Ottoline" in without.text, "Safety" in without.text) == (False,) * 3


def test_staff_without_the_right_see_a_roster_without_any_of_it(web: Web, cast: Cast) -> None:
    make.pick_up_person(cast.child, cast.owner)
    make.never_release(cast.client(cast.child))
    session = with_class(cast)
    role = cast.instructor.roles.get()
    role.permissions = [each for each in role.permissions if each != Permission.SAFETY_READ]
    role.save(update_fields=["permissions"])
    page = roster_of(cast, web, cast.instructor, session)
    assert (page.status, "Toby" in page.text, "Hollis" in page.text, "Ottoline" in page.text) == (
        200, True, False, False,
    )  # fmt: skip


def test_a_roster_costs_one_query_for_all_of_it_however_many_come(cast: Cast) -> None:
    clients = [cast.client(cast.child), cast.client(cast.sibling)]
    counted = []
    for _round in range(2):
        for client in clients:
            make.pick_up_person(client.member, cast.owner)
            make.never_release(client)
        with CaptureQueriesContext(connection) as captured:
            found = safety.of_clients(cast.organization, clients, today(cast))
        counted.append((len(captured), len(found)))
    assert counted == [(1, 2), (1, 2)]


def test_whoever_must_not_take_the_child_is_no_picker_whatever_right_they_have(cast: Cast) -> None:
    ManagerLink.objects.filter(manager=cast.other_guardian).update(pick_up=True)
    never(cast, named=marks.Named(name="", person=cast.client(cast.other_guardian)))
    apart(cast, cast.co_owner)
    make.pick_up_person(cast.child, cast.other_guardian, name="Fausto Reyes")
    make.pick_up_person(cast.child, cast.owner, name="Rósa  marin")
    make.pick_up_person(cast.child, cast.owner, name="Too late", ends_on=today(cast))
    make.pick_up_person(
        cast.child, cast.owner, name="Too early", starts_on=today(cast) + timedelta(days=2), ends_on=None
    )
    make.pick_up_person(cast.child, cast.owner, name="Elsewhere", organization=cast.rival)
    found = safety.of_client(cast.organization, cast.client(cast.child), today(cast))
    assert {(stop.name, stop.is_apart) for stop in found.stops} == {
        (cast.co_owner.full_name, True), ("Rosa Marin", False),
    }  # fmt: skip
    assert [(each.name, bool(each.doubt)) for each in found.pickers] == [
        ("Amara Okafor", False), ("Fausto Reyes", True), ("Rósa  marin", True),
    ]  # fmt: skip
    assert safety.of_client(cast.rival, cast.client(cast.child), today(cast)).stops == []


def test_never_release_is_recorded_once_and_lifted_with_a_reason(cast: Cast) -> None:
    rosa = marks.Named(name="", person=cast.client(cast.other_guardian))
    mark = never(cast, named=rosa, ends_on=today(cast) + timedelta(days=5))
    assert (mark.name, mark.person, mark.recorded_by) == (
        "Rosa Marin",
        cast.other_guardian,
        cast.administrator,
    )
    for error, more in (
        (MarkStands, {"named": rosa}),
        (ReasonMissing, {"reason": "  "}),
        (MarkWithOneself, {"named": marks.Named(name="", person=cast.client(cast.child))}),
        (LinkDatesUnusable, {"ends_on": today(cast)}),
        (NotAllowed, {"by": at_desk(cast.front_desk, Permission.SAFETY_READ)}),
        (NotAllowed, {"by": at_desk(cast.rival_administrator, Permission.SAFETY_EDIT)}),
        (NotAllowed, {"named": marks.Named(name="", person=cast.client(cast.stranger, cast.rival))}),
    ):
        with pytest.raises(error):
            never(cast, **more)
    with pytest.raises(ReasonMissing):
        marks.lift_never_release(by=editor(cast), mark=mark, reason="")
    marks.lift_never_release(by=editor(cast), mark=mark, reason="Order withdrawn")
    with pytest.raises(MarkLifted):
        marks.lift_never_release(by=editor(cast), mark=mark, reason="Again")
    assert safety.of_client(cast.organization, cast.client(cast.child), today(cast)).stops == []
    assert [(each.action, each.changes) for each in AuditEvent.objects.filter(action__contains="never")] == [
        ("relationships.never_release_recorded", {}), ("relationships.never_release_lifted", {}),
    ]  # fmt: skip


def test_the_family_is_told_of_no_mark_by_page_mail_activity_or_copy(web: Web, cast: Cast) -> None:
    fill(cast)
    Message.objects.all().delete()
    mark = never(cast, named=marks.Named(name="", person=cast.client(cast.other_guardian)))
    never(cast)
    held = apart(cast, cast.stranger)
    marks.lift_never_release(by=editor(cast), mark=mark, reason="Order withdrawn")
    marks.lift_no_contact(by=editor(cast), mark=held, reason="Order withdrawn")
    assert not Message.objects.exists()

    owner = web.as_(cast.owner)
    texts = [
        owner.get(reverse(f"portal:{name}")).text
        for name in ("home", "people", "rights", "activity", "privacy")
    ]
    texts += [
        owner.get(reverse(f"portal:{name}", args=[cast.child.code])).text for name in ("person", "erase_show")
    ]
    copy = copy_for(cast.owner)
    texts.append(copy.text)
    secrets = (
        "Hollis",
        "77–1/26",
        "Red beard",
        "withdrawn",
        "ever release",
        "never-release",
        "court 12",
        "kept apart",
    )
    assert [(text[:80], words) for text in texts for words in secrets if words in text] == []


def test_no_contact_begins_and_is_over_by_its_days_and_holds_until_it_is_lifted(cast: Cast) -> None:
    def sees() -> bool:
        return bool(authority.may(person(cast.co_owner), FamilyPermission.VIEW, cast.child))

    mark = apart(cast, cast.co_owner, ends_on=today(cast) + timedelta(days=30))
    with pytest.raises(MarkStands):
        apart(cast, cast.co_owner)
    seen = authority.subjects(person(cast.co_owner), FamilyPermission.VIEW)
    assert (sees(), seen.filter(pk=cast.child.pk).exists()) == (False, False)
    now = timezone.now().date()
    for starts_on, ends_on, sees_now in (
        (now + timedelta(days=2), None, True),
        (now - timedelta(days=9), now - timedelta(days=1), True),
        (now, None, False),
    ):
        NoContact.objects.filter(pk=mark.pk).update(starts_on=starts_on, ends_on=ends_on)
        assert sees() is sees_now
    marks.lift_no_contact(by=editor(cast), mark=mark, reason="Lifted by the court")
    mark.refresh_from_db()
    assert (sees(), mark.lifted_by, mark.lift_reason) == (True, cast.administrator, "Lifted by the court")
    apart(cast, cast.co_owner)  # what was lifted makes room
    assert not sees()


def test_who_works_here_marks_and_lifts_nothing_of_their_own_family(cast: Cast) -> None:
    mark = apart(cast, cast.co_owner)
    Staff.objects.filter(pk=cast.administrator.pk).update(user=cast.co_owner.user)
    barred = Staff.objects.get(pk=cast.administrator.pk)
    by = at_desk(barred, Permission.SAFETY_EDIT)
    with pytest.raises(SelfDealing):
        marks.lift_no_contact(by=by, mark=mark, reason="Mine")
    with pytest.raises(SelfDealing):
        never(cast, by=by)


def test_staff_record_a_mark_with_its_paper_and_lift_it_in_the_browser(web: Web, cast: Cast) -> None:
    staff, client, other = web.as_(cast.administrator), cast.client(cast.child), cast.client(cast.co_owner)
    url = reverse("staff:no_contact_new", args=[cast.organization.slug, client.number])
    page = staff.get(url, {"q": other.given_name, "pick": other.number})
    assert "Both are in one account" in page.words
    sent = {
        "once": page.once,
        "pick": other.number,
        "reason": "Family court 12-345",
        "starts_on": today(cast).isoformat(),
        "document": SimpleUploadedFile("order.exe", b"%PDF-1.7 the order\n%%EOF\n", "text/html"),
    }
    made = staff.post(url, sent)
    mark = NoContact.objects.get()
    assert (made.path, "Both are in one account" in made.words, str(mark.document.name)[-4:]) == (
        reverse("staff:no_contact", args=[cast.organization.slug, mark.code]), True, ".pdf",
    )  # fmt: skip
    answer = staff.get(
        reverse("staff:no_contact_document", args=[cast.organization.slug, mark.code])
    ).response
    assert (answer["Content-Type"], answer["Content-Disposition"], answer["X-Content-Type-Options"]) == (
        "application/pdf", f'attachment; filename="no-contact-{mark.code}.pdf"', "nosniff",
    )  # fmt: skip
    assert AuditEvent.objects.filter(action="relationships.no_contact_document_read").count() == 1
    assert (
        cast.co_owner.full_name
        in staff.get(reverse("staff:no_contacts", args=[cast.organization.slug])).words
    )
    nobody = staff.post(url, {"once": page.once, "reason": "", "starts_on": "1850-01-01", "pick": "9999999"})
    assert (nobody.status, 'id="id_reason_error"' in nobody.text, 'id="id_starts_on_error"' in nobody.text) == (
        422, True, True,
    )  # fmt: skip
    refused = staff.post(made.path, {"reason": " "})
    lifted = staff.post(made.path, {"reason": "The court lifted it"})
    assert (refused.status, "The court lifted it" in lifted.words, "Lift the mark" in lifted.words) == (
        422,
        True,
        False,
    )


def test_staff_record_never_release_of_anybody_in_the_browser_and_lift_it(web: Web, cast: Cast) -> None:
    staff, client = web.as_(cast.administrator), cast.client(cast.child)
    url = reverse("staff:never_release_new", args=[cast.organization.slug, client.number])
    once = staff.get(url).once
    wrong = staff.post(url, {"once": once, "name": "", "reason": "", "ends_on": "2001-01-01"})
    assert (wrong.status, *(f'id="id_{name}_error"' in wrong.text for name in ("name", "reason", "ends_on"))) == (
        422, True, True, True,
    )  # fmt: skip
    page = staff.post(url, {"once": once, "name": "Hollis Crane", "reason": "Police file 77–1/26"})
    staff.post(url, {"once": once, "name": "Hollis Crane", "reason": "Police file 77–1/26"})  # pressed twice
    mark = NeverRelease.objects.get()
    assert ("Hollis Crane" in page.words, "Police file 77–1/26" in page.words) == (True, True)
    lifted = staff.post(
        reverse("staff:never_release", args=[cast.organization.slug, mark.code]), {"reason": "Withdrawn"}
    )
    assert ("No mark stands" in lifted.words, "Lifted" in lifted.words) == (True, True)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"%PDF-1.4 cut off", b"MZ\x90\x00", b"%!PS %%EOF", b"x" * (13 * 1024 * 1024)]
)
def test_what_is_no_paper_is_refused(content: bytes) -> None:
    with pytest.raises(PaperUnusable):
        paper_from(SimpleUploadedFile("order.pdf", content))


def test_a_picture_of_a_paper_is_made_anew_and_stays_legible() -> None:
    from PIL import Image

    made = paper_from(SimpleUploadedFile("order.pdf", pictures.plain((3000, 4000))))
    with Image.open(BytesIO(made.read())) as picture:
        assert (made.name, picture.format, max(picture.size)) == ("picture.webp", "WEBP", 2000)
