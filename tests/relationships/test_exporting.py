"""A copy of everything held: who may have it of whom, and what is in it (B13, RULES 2.10)."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.enums import PrivacyKind, PrivacyState
from accounts.errors import NotAllowed, Refused
from accounts.exports import count_people
from accounts.models import Member, PrivacyRequest
from accounts.permissions import Permission
from relationships import exporting
from relationships.errors import BeingErased, KeptApart
from tests import factories as make
from tests.cast import Cast
from tests.relationships.copies import PICTURE, acting, copy_for, fill


def strings_of(*members: Member) -> list[str]:
    """What tells of these people."""
    return [
        text for one in members for text in (one.given_name, one.email, one.phone, one.address_line) if text
    ]


def names(subjects: Any) -> list[str]:
    return [subject.member.given_name if subject.member else "account" for subject in subjects]


def test_owners_have_copies_of_the_account_of_minors_and_of_adults_without_a_login(cast: Cast) -> None:
    make.MemberFactory(account=cast.owner.account, given_name="Grace", email="")

    assert names(exporting.subjects(acting(cast.owner))) == [
        "account",
        "Amara",
        "Grace",
        "Noah",
        "Toby",
        "Zuri",
    ]
    assert names(exporting.subjects(acting(cast.teenager))) == ["Noah"]
    assert names(exporting.subjects(acting(cast.other_guardian))) == ["account", "Rosa"]


@pytest.mark.parametrize(
    ("reader", "of"),
    [
        ("owner", "co_owner"),  # an adult with a login decides alone
        ("teenager", None),
        ("teenager", "child"),
        ("other_guardian", "child"),
        ("stranger", "child"),
    ],
)
def test_nobody_else_may_have_a_copy(cast: Cast, reader: str, of: str | None) -> None:
    who = getattr(cast, reader)
    account = cast.owner.account

    with pytest.raises(NotAllowed):
        exporting.scope_of(acting(who), account, getattr(cast, of) if of else None)


def test_an_owner_whose_age_nobody_knows_is_still_copied_by_nobody_else(cast: Cast) -> None:
    Member.objects.filter(pk=cast.co_owner.pk).update(born_on=None)

    with pytest.raises(NotAllowed):
        exporting.scope_of(acting(cast.owner), cast.owner.account, cast.co_owner)


def test_a_guardian_with_every_flag_has_no_copy_of_the_child(cast: Cast) -> None:
    flags = dict.fromkeys(
        ["view", "book", "forms", "sign", "notify", "use_passes", "edit_profile", "pick_up"], True
    )
    make.ManagerLinkFactory(
        manager=cast.other_guardian, dependent=cast.sibling, is_legal_guardian=True, **flags
    )

    with pytest.raises(NotAllowed):
        exporting.scope_of(acting(cast.other_guardian), cast.sibling.account, cast.sibling)


def test_a_copy_of_the_account_holds_every_kind_of_thing(cast: Cast) -> None:
    fill(cast)

    copy = copy_for(cast.owner)

    parts = copy.parts
    assert {row["person"] for row in parts["people"]} == {
        "Amara Okafor", "Chidi Okafor", "Noah Okafor", "Toby Okafor", "Zuri Okafor",
    }  # fmt: skip
    assert [row["text"] for row in parts["memos"]] == ["Bring the blue towel"]
    assert [row["text"] for row in parts["signed_texts"]] == ["I, Okafor, take part.", "I, Marin, take part."]
    assert [row["typed_name"] for row in parts["signatures"]] == ["Amara Okafor", ""]
    assert [row["what"] for row in parts["bill_lines"]] == ["Swim with Okafor"]
    assert [(row["amount"], row["card"], row["paid_by"]) for row in parts["payments"]] == [
        ({"amount": "96.00", "currency": "CAD"}, "visa 94QX", "Amara Okafor")
    ]
    assert [row["card"] for row in parts["cards"]] == ["visa 94QX"]
    assert [row["subject"] for row in parts["mails"]] == ["Your account at Club of Okafor is open"]
    assert [row["what"] for row in parts["carts"]] == ["Left behind by Okafor"]
    assert {row["email"] for row in parts["invitations"]} == {"invited.Okafor@mail.test"}
    assert [(row["class"], row["booked_by"], row["paid_by"]) for row in parts["registrations"]] == [
        ("Swim with Okafor", "Amara Okafor", "Your account"),
        ("Swim with Marin", "Another guardian", "Another guardian"),
    ]
    assert copy.files[f"photos/family/{cast.child.code}.webp"] == PICTURE
    client = cast.client(cast.child)
    assert copy.files[f"photos/riverside/{client.number}.webp"] == PICTURE + b" of the club"
    assert copy.table("cards")[0]["card"] == "visa 94QX"
    page = copy.files["index.html"].decode()
    assert [
        text for text in ("Bring the blue towel", "I, Okafor, take part.", "$96.00") if text not in page
    ] == []
    assert "http" not in page.replace("https://club.test/my/", "")


def test_a_copy_of_the_account_holds_nothing_of_other_families(cast: Cast) -> None:
    fill(cast)

    copy = copy_for(cast.owner)

    others = strings_of(cast.other_guardian, cast.stranger, cast.stranger_child)
    theirs = [
        f"{what} {whose}" for whose in ("Marin", "Lindqvist") for what in ("Aunt", "Phone of", "Browser of")
    ]
    hidden = [
        *others,
        *theirs,
        "writes Tobias",
        cast.stranger_card.last4,
        "Lindqvist",
        "Rosa Marin",
        "Marin family",
    ]
    assert copy.finds(*hidden) == []


def test_a_copy_holds_of_an_adult_with_a_login_their_name_and_what_the_account_paid(cast: Cast) -> None:
    fill(cast)

    copy = copy_for(cast.owner)

    private = [cast.co_owner.email, cast.co_owner.phone]
    assert copy.finds(*private) == []
    chidi = next(row for row in copy.parts["people"] if row["person"] == "Chidi Okafor")
    assert {key: value for key, value in chidi.items() if value not in (None, "")} == {
        "person": "Chidi Okafor",
        "is_owner": True,
    }


def test_notes_of_staff_stay_the_organisations_own_and_the_copy_says_so(cast: Cast) -> None:
    fill(cast)
    make.NoContactFactory(organization=cast.organization, barred=cast.stranger, protected=cast.child)

    copy = copy_for(cast.owner)

    assert copy.finds(cast.memo.text, "Court order") == []
    assert copy.finds("Notes that an organisation’s staff keep for themselves") != []


def test_another_guardian_gets_what_they_wrote_and_paid_and_nothing_of_the_family(cast: Cast) -> None:
    fill(cast)

    copy = copy_for(cast.other_guardian)

    parts = copy.parts
    assert [row["what"] for row in parts["bill_lines"]] == ["Swim with Marin"]
    assert [(row["person"], row["class"]) for row in parts["registrations"]] == [
        ("Toby Okafor", "Swim with Marin")
    ]
    assert [row["typed_name"] for row in parts["signatures"]] == ["Rosa Marin"]
    assert [row["ip"] for row in parts["activity"] if row["what"] == "A place was booked"] == [
        f"198.51.100.{cast.other_guardian.pk % 250}"
    ]
    family = [text for text in cast.strings_of_family if text != cast.child.given_name]
    assert copy.finds(*family, "Aunt Okafor", "Swim with Okafor", "Bring the blue towel") == []


def test_a_copy_of_a_child_is_of_that_child_alone(cast: Cast) -> None:
    fill(cast)

    copy = copy_for(cast.owner, cast.child)

    assert [row["person"] for row in copy.parts["people"]] == ["Toby Okafor"]
    others = strings_of(cast.co_owner, cast.sibling, cast.teenager, cast.other_guardian, cast.stranger)
    assert copy.finds(*others, cast.owner.email, cast.card.last4) == []
    assert [row["what"] for row in copy.parts["bill_lines"]] == ["Swim with Okafor"]


def test_addresses_and_devices_in_a_copy_are_ones_own_alone(cast: Cast) -> None:
    fill(cast)

    of_account = copy_for(cast.co_owner)

    assert of_account.finds("Phone of Okafor", "Browser of Okafor", f"198.51.100.{cast.owner.pk % 250}") == []
    assert len(copy_for(cast.owner).finds("Phone of Okafor", "Browser of Okafor")) == 2


def test_whoever_is_barred_gets_nothing_about_the_protected_person(cast: Cast) -> None:
    fill(cast)
    make.NoContactFactory(organization=cast.organization, barred=cast.owner, protected=cast.child)

    copy = copy_for(cast.owner)

    assert copy.finds("Toby", "Swim with Okafor", "I, Okafor") == []
    with pytest.raises(NotAllowed):
        exporting.scope_of(acting(cast.owner), cast.owner.account, cast.child)


def test_two_people_kept_apart_are_not_copied_into_one_file(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.teenager, protected=cast.child)

    with pytest.raises(KeptApart):
        exporting.scope_of(acting(cast.owner), cast.owner.account, None)
    assert exporting.scope_of(acting(cast.owner), cast.owner.account, cast.child).whole == {cast.child.pk}


def test_what_is_being_erased_is_not_copied(cast: Cast) -> None:
    request = PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE, account=cast.owner.account, requested_by=cast.owner, due_at=timezone.now()
    )
    exporting.scope_of(acting(cast.owner), cast.owner.account, None)  # it waits: a copy comes first

    PrivacyRequest.objects.filter(pk=request.pk).update(state=PrivacyState.RUNNING)

    for member in (None, cast.child):
        with pytest.raises(BeingErased):
            exporting.scope_of(acting(cast.owner), cast.owner.account, member)


def test_a_joined_client_says_what_it_was_joined_into_and_nothing_of_it(cast: Cast) -> None:
    joined, kept = cast.client(cast.child), cast.client(cast.stranger_child)
    joined.status, joined.merged_into = "merged", kept
    joined.save(update_fields=["status", "merged_into"])

    copy = copy_for(cast.owner, cast.child)

    assert [row["joined_into"] for row in copy.parts["clients"]] == [kept.number]
    assert copy.finds(*strings_of(cast.stranger_child)) == []


def test_what_staff_had_written_of_somebody_who_was_claimed_goes_into_their_copy(cast: Cast) -> None:
    kept = make.AccountFactory(name="", kept_by=cast.organization)
    twin = make.MemberFactory(account=kept, given_name="Tobias", email="", same_as=cast.child)
    made_at_the_desk = make.ClientFactory(organization=cast.organization, member=twin)
    session = make.session_today(cast.organization, title="Before the claim")
    make.RegistrationFactory(session=session, client=made_at_the_desk)

    of_child, of_sibling = copy_for(cast.owner, cast.child), copy_for(cast.owner, cast.sibling)

    assert [(row["person"], row["given_name"]) for row in of_child.parts["people"]] == [
        ("Toby Okafor", "Toby"),
        ("Toby Okafor", "Tobias"),
    ]
    assert [(row["person"], row["class"]) for row in of_child.parts["registrations"]] == [
        ("Toby Okafor", "Before the claim")
    ]
    assert of_sibling.finds("Tobias", "Before the claim") == []
    assert counted_people(cast) == len(copy_for(cast.owner, None).parts["people"]) - 1


def counted_people(cast: Cast) -> int:
    return count_people(exporting.overview(acting(cast.owner)))[None]


def test_a_picture_that_is_lost_does_not_stop_a_copy(cast: Cast) -> None:
    fill(cast)
    default_storage.delete(cast.child.photo.name or "")

    copy = copy_for(cast.owner, cast.child)

    assert [name for name in copy.files if name.startswith("photos/family")] == []
    assert [row["person"] for row in copy.parts["people"]] == ["Toby Okafor"]


def test_staff_rights_give_no_copy(cast: Cast) -> None:
    by = acting(cast.stranger)
    by = type(by)(kind=by.kind, user=by.user, member=by.member, permissions=frozenset(Permission))

    with pytest.raises(Refused):
        exporting.scope_of(by, cast.owner.account, None)
