"""Two records of one person become one: everything of both stays, and what undo needs is written down (RULES 4.1)."""

from datetime import date
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from accounts.actors import Actor
from accounts.models import Member
from accounts.operations import photos as family_photos
from clients.enums import ClientStatus, MergeReason
from clients.errors import CannotMerge
from clients.models import Client, Memo, Merge, MergeChange
from clients.operations import admission, merging
from relationships.errors import KeptApart
from relationships.models import NeverRelease, NoContact
from scheduling.enums import EnrolmentState, RegistrationState
from scheduling.models import CourseEnrolment, Registration
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DESK = Actor.of_command("test")


@pytest.fixture
def twice(cast: Cast) -> Client:
    """The child, entered a second time in an account of the desk's."""
    member = make.MemberFactory(given_name="Tobi", family_name="Okafor", email="", phone="+14165550999")
    client: Client = make.ClientFactory(organization=cast.organization, member=member)
    return client


def join(cast: Cast, drop: Client, keep: Client | None = None) -> Merge:
    return merging.join(
        by=DESK, keep=keep or cast.client(cast.child), drop=drop, because=MergeReason.DUPLICATE
    )


def changes_of(merge: Merge) -> dict[tuple[str, int, str], str | None]:
    return {(each.table, each.row_id, each.column): each.old_value for each in merge.changes.all()}


def test_every_row_goes_to_the_kept_one_and_the_tombstone_answers_for_it(cast: Cast, twice: Client) -> None:
    keep = cast.client(cast.child)
    memo = make.MemoFactory(client=twice)
    signature = make.SignatureFactory(version__document__organization=cast.organization, client=twice)
    line = make.InvoiceLineFactory(invoice__household=twice.household, client=twice)
    registration = make.RegistrationFactory(session=make.session_today(cast.organization), client=twice)
    mark = NeverRelease.objects.create(organization=cast.organization, client=twice, name="X", reason="Y")

    merge = join(cast, twice)

    for row in (memo, signature, line, registration, mark):
        row.refresh_from_db()
        assert row.client_id == keep.pk
    twice.refresh_from_db()
    assert (twice.status, twice.merged_into_id) == (ClientStatus.MERGED, keep.pk)
    assert admission.admit(by=DESK, organization=cast.organization, members=[twice.member]) == [keep]
    old = str(twice.pk)
    assert changes_of(merge) == {
        ("clients_memo", memo.pk, "client_id"): old,
        ("waivers_signature", signature.pk, "client_id"): old,
        ("billing_invoiceline", line.pk, "client_id"): old,
        ("scheduling_registration", registration.pk, "client_id"): old,
        ("relationships_neverrelease", mark.pk, "client_id"): old,
        ("clients_client", twice.pk, "status"): "active",
        ("clients_client", twice.pk, "merged_into_id"): None,
        ("clients_client", keep.pk, "phone"): "",
    }


def test_what_the_kept_one_does_not_know_is_taken_over_as_staffs_word(cast: Cast, twice: Client) -> None:
    join(cast, twice)

    keep = Client.objects.get(pk=cast.client(cast.child).pk)
    assert (keep.given_name, keep.phone, keep.staff_set) == ("Toby", "+14165550999", ["phone"])
    assert Client.objects.at(cast.organization).standing().matching("14165550999").get() == keep


def test_the_database_lets_a_merge_change_whose_it_is_and_nothing_else(cast: Cast, twice: Client) -> None:
    signature = make.SignatureFactory(version__document__organization=cast.organization, client=twice)
    merge = Merge.objects.create(
        organization=cast.organization, keep=cast.client(cast.child), drop=twice,
        because=MergeReason.DUPLICATE, merged_at="2026-01-01T00:00Z",
    )  # fmt: skip
    to, other = cast.client(cast.child).pk, cast.client(cast.sibling).pk

    def refused(named: int | str, change: str) -> None:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            run(named, change)

    def run(named: int | str, change: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('kinroll.merge', %s, true)", [str(named)])
            cursor.execute(f"UPDATE waivers_signature SET {change} WHERE id = {signature.pk}")

    refused("", f"client_id = {to}")
    refused(merge.pk + 1, f"client_id = {to}")
    refused(merge.pk, f"client_id = {other}")
    refused(merge.pk, f"client_id = {to}, typed_name = 'X'")
    run(merge.pk, f"client_id = {to}")
    refused(merge.pk, f"client_id = {twice.pk}")
    MergeChange.objects.create(
        merge=merge, table="waivers_signature", row_id=signature.pk, column="client_id", old_value=twice.pk
    )
    run(merge.pk, f"client_id = {twice.pk}")


@pytest.mark.parametrize(
    ("kept", "dropped", "stays"),
    [("booked", "attended", "dropped"), ("booked", "booked", "kept"), ("attended", "no_show", "kept")],
)
def test_nobody_sits_in_a_class_twice_and_having_been_there_counts_most(
    cast: Cast, twice: Client, kept: str, dropped: str, stays: str
) -> None:
    session = make.session_today(cast.organization)
    rows = {
        "kept": make.RegistrationFactory(session=session, client=cast.client(cast.child), state=kept),
        "dropped": make.RegistrationFactory(session=session, client=twice, state=dropped),
    }

    join(cast, twice)

    active = Registration.objects.exclude(state=RegistrationState.CANCELLED)
    assert [row.pk for row in active] == [rows[stays].pk]
    session.refresh_from_db()
    assert (session.seats_taken, Registration.objects.filter(client=cast.client(cast.child)).count()) == (
        1,
        2,
    )


def test_two_places_in_one_course_become_one(cast: Cast, twice: Client) -> None:
    course = make.course(service__organization=cast.organization)
    for client in (cast.client(cast.child), twice):
        CourseEnrolment.objects.create(
            organization=cast.organization, schedule=course, client=client, state=EnrolmentState.BOOKED
        )

    join(cast, twice)

    states = CourseEnrolment.objects.order_by("id").values_list("client", "state")
    kept = cast.client(cast.child).pk
    assert list(states) == [(kept, "booked"), (kept, "cancelled")]


def test_who_must_be_kept_apart_stays_apart_under_the_other_name(cast: Cast, twice: Client) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.stranger, protected=twice.member)
    make.NoContactFactory(organization=cast.rival, barred=cast.other_guardian, protected=twice.member)

    join(cast, twice)

    marks = {(mark.organization, mark.protected) for mark in NoContact.objects.all()}
    assert marks == {(cast.organization, cast.child), (cast.rival, twice.member)}


def test_two_who_must_be_kept_apart_are_not_joined(cast: Cast, twice: Client) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.child, protected=twice.member)

    with pytest.raises(KeptApart):
        join(cast, twice)
    assert Merge.objects.count() == 0


def test_what_was_joined_into_the_dropped_one_is_answered_by_the_kept_one(cast: Cast, twice: Client) -> None:
    member: Any = make.MemberFactory()
    third = make.ClientFactory(organization=cast.organization, member=member)
    join(cast, third, keep=twice)

    join(cast, twice)

    third.refresh_from_db()
    assert third.merged_into == cast.client(cast.child)


@pytest.mark.parametrize("who", ["itself", "joined already", "of another organisation"])
def test_only_two_standing_records_of_one_organisation_are_joined(
    cast: Cast, twice: Client, who: str
) -> None:
    drop = twice
    if who == "itself":
        drop = cast.client(cast.child)
    elif who == "joined already":
        join(cast, twice, keep=cast.client(cast.sibling))
    else:
        drop = cast.client(cast.stranger, cast.rival)

    with pytest.raises(CannotMerge):
        join(cast, drop)


def test_a_record_comes_to_stand_for_another_member_with_what_staff_entered_marked(
    cast: Cast, twice: Client
) -> None:
    Client.objects.filter(member=cast.sibling).delete()
    former: Member = twice.member
    memo: Memo = make.MemoFactory(client=twice)

    merge = merging.stand_for(by=DESK, client=twice, member=cast.sibling, because=MergeReason.CLAIM)

    twice.refresh_from_db()
    assert (twice.member, twice.household, memo.client) == (cast.sibling, cast.household, twice)
    assert {"given_name", "phone", "born_on"} <= set(twice.staff_set)
    assert (twice.given_name, twice.born_on != date.min) == ("Tobi", True)
    assert (merge.keep, merge.drop) == (twice, None)
    assert changes_of(merge)["clients_client", twice.pk, "member_id"] == str(former.pk)


def test_staffs_picture_stays_with_the_kept_one_in_a_file_of_its_own(cast: Cast, twice: Client) -> None:
    photo = make.photo(twice.member)
    twice.refresh_from_db()
    join(cast, twice)
    family_photos.set_photo(by=DESK, member=twice.member, picture=None)

    keep = Client.objects.get(pk=cast.client(cast.child).pk)
    assert (keep.photo.name != photo, keep.staff_set) == (True, ["phone", "photo"])
    assert default_storage.exists(str(keep.photo)) is True
    assert Client.objects.get(pk=twice.pk).photo.name == ""


def test_who_is_stood_for_anew_keeps_staffs_picture_or_follows_the_familys(cast: Cast, twice: Client) -> None:
    with_one, without = twice, make.ClientFactory(organization=cast.organization)
    make.photo(twice.member)
    with_one.refresh_from_db()
    own = make.photo(cast.stranger)
    for client, member in ((with_one, make.MemberFactory()), (without, cast.stranger)):
        Client.objects.filter(member=cast.stranger, organization=cast.organization).delete()
        merging.stand_for(by=DESK, client=client, member=member, because=MergeReason.CLAIM)
        client.refresh_from_db()

    assert ("photo" in with_one.staff_set, with_one.photo.name not in ("", with_one.member.photo.name)) == (
        True,
        True,
    )
    assert ("photo" in without.staff_set, without.photo.name) == (False, own)
