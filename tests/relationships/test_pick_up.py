"""Guardians say who may pick a child up, and the other guardians are told (RULES 2.10, 2.11)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Member
from messaging import letters
from messaging.models import Message
from relationships.errors import PickUpPersonGone, TooManyPickUpPeople
from relationships.models import ManagerLink, NeverRelease, PickUpPerson
from relationships.operations import pick_up
from relationships.operations.pick_up import Details
from tests import factories as make
from tests import pictures
from tests.cast import Cast
from tests.relationships.test_links import person
from tests.web import Web

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date


def details(name: str = "Ottoline Brook", **more: Any) -> Details:
    how: dict[str, Any] = {"name": name, "phone": "+14165550188", "starts_on": TODAY(), **more}
    return Details(**how)


def let_rosa_pick_up(cast: Cast) -> None:
    ManagerLink.objects.filter(manager=cast.other_guardian).update(pick_up=True, granted_by=cast.owner)


def page_of(cast: Cast, web: Web, who: Member) -> Any:
    return web.as_(who).get(reverse("portal:person", args=[cast.child.code]))


def told() -> dict[str, str]:
    mails = {message.address: str(letters.write(message).body) for message in Message.objects.all()}
    Message.objects.all().delete()
    return mails


def test_an_owner_names_somebody_changes_them_and_takes_them_off(web: Web, cast: Cast) -> None:
    owner = web.as_(cast.owner)
    url = reverse("portal:pick_up_add", args=[cast.child.code])
    sent = {
        "once": owner.get(url).once,
        "name": "  Ottoline\u202e Brook ",
        "relation": "grandmother",
        "phone": "416 555 0188",
        "starts_on": TODAY().isoformat(),
        "ends_on": (TODAY() + timedelta(days=9)).isoformat(),
        "photo": SimpleUploadedFile("x.png", pictures.plain((200, 100)), "image/png"),
    }
    page = owner.post(url, sent)
    assert ("Ottoline Brook" in page.words, "grandmother · (416) 555-0188" in page.words) == (True, True)
    sent["photo"] = SimpleUploadedFile("x.png", pictures.plain((200, 100)), "image/png")
    owner.post(url, sent)  # pressed twice
    row = PickUpPerson.objects.get()
    assert (row.member, row.added_by, row.phone, row.ends_on) == (
        cast.child, cast.owner, "+14165550188", TODAY() + timedelta(days=10),
    )  # fmt: skip
    assert (
        owner.get(reverse("portal:pick_up_photo", args=[row.code])).response["Content-Type"] == "image/webp"
    )

    changed = {**sent, "name": "Ottoline Brook-Vale", "drop_photo": "on", "ends_on": ""}
    del changed["photo"]
    assert "Ottoline Brook-Vale" in owner.post(reverse("portal:pick_up", args=[row.code]), changed).words
    row.refresh_from_db()
    assert (row.ends_on, bool(row.photo)) == (None, False)

    gone = owner.post(reverse("portal:pick_up_end", args=[row.code]))
    assert "Ottoline" not in gone.words
    assert list(
        AuditEvent.objects.filter(action__startswith="relationships.pick_up").values_list("action", flat=True)
    ) == ["relationships.pick_up_added", "relationships.pick_up_changed", "relationships.pick_up_ended"]
    assert owner.get(reverse("portal:pick_up", args=[row.code])).status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("phone", "nonsense"),
        ("photo", SimpleUploadedFile("x.png", b"no picture", "image/png")),
        ("starts_on", "1850-01-01"),
        ("starts_on", "9999-12-31"),
        ("ends_on", "9999-12-31"),
        ("ends_on", "2020-01-01"),
    ],
)
def test_what_cannot_be_kept_is_told_by_field_and_nothing_typed_is_lost(
    web: Web, cast: Cast, field: str, value: Any
) -> None:
    owner, url = web.as_(cast.owner), reverse("portal:pick_up_add", args=[cast.child.code])
    sent = {
        "once": owner.get(url).once,
        "name": "Ottoline",
        "relation": "aunt <b>",
        "starts_on": TODAY().isoformat(),
    }
    page = owner.post(url, sent | {field: value})
    assert (page.status, f'id="id_{field}_error"' in page.text, 'value="aunt <b>"' in page.text) == (
        422,
        True,
        True,
    )
    assert not PickUpPerson.objects.exists()


def test_who_has_neither_the_account_nor_the_right_changes_nothing(web: Web, cast: Cast) -> None:
    row = make.pick_up_person(cast.child, cast.owner)
    rosa = web.as_(cast.other_guardian)  # sees and books, and may not pick up
    for name, code in (
        ("pick_up_add", cast.child.code), ("pick_up", row.code), ("pick_up_end", row.code), ("pick_up_photo", row.code),
    ):  # fmt: skip
        assert rosa.get(reverse(f"portal:{name}", args=[code])).status == 404
    for who in (cast.other_guardian, cast.stranger, cast.teenager):
        with pytest.raises(NotAllowed):
            pick_up.add(by=person(who), member=cast.child, details=details())
    with pytest.raises(NotAllowed):
        pick_up.end(by=person(cast.other_guardian), person=row)
    let_rosa_pick_up(cast)
    with pytest.raises(NotAllowed):  # it is another household's
        pick_up.end(by=person(cast.other_guardian), person=row)
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    with pytest.raises(NotAllowed):
        pick_up.add(by=person(cast.co_owner), member=cast.child, details=details())


def test_owners_read_the_whole_list_and_another_guardian_their_own_rows(web: Web, cast: Cast) -> None:
    let_rosa_pick_up(cast)
    make.pick_up_person(cast.child, cast.owner, name="Ottoline Brook")
    make.pick_up_person(
        cast.child, cast.other_guardian, name="Fausto Reyes", phone="+14165550199", relation="uncle"
    )

    ours = page_of(cast, web, cast.co_owner).words
    for words in (
        "Amara Okafor",
        "Rosa Marin",
        "Ottoline Brook",
        "(416) 555-0188",
        "Somebody another guardian named",
    ):
        assert words in ours
    assert ("Fausto" in ours, "(416) 555-0199" in ours, "uncle" in ours) == (False, False, False)

    theirs = page_of(cast, web, cast.other_guardian)
    assert ("Fausto Reyes" in theirs, "(416) 555-0199" in theirs, "3 people of another guardian" in theirs.words) == (
        True, True, True,
    )  # fmt: skip
    for words in ("Ottoline", "555-0188", "Amara"):
        assert words not in theirs.text


def test_an_owner_ends_what_another_guardian_named_and_does_not_rewrite_it(web: Web, cast: Cast) -> None:
    let_rosa_pick_up(cast)
    row = make.pick_up_person(cast.child, cast.other_guardian)
    owner = web.as_(cast.owner)
    assert owner.get(reverse("portal:pick_up", args=[row.code])).status == 404
    assert owner.get(reverse("portal:pick_up_photo", args=[row.code])).status == 404
    with pytest.raises(NotAllowed):
        pick_up.change(by=person(cast.owner), person=row, details=details())
    assert owner.post(reverse("portal:pick_up_end", args=[row.code])).status == 200
    with pytest.raises(PickUpPersonGone):
        pick_up.end(by=person(cast.owner), person=row)


def test_the_other_guardians_are_told_and_of_another_household_without_names(cast: Cast) -> None:
    let_rosa_pick_up(cast)
    row = pick_up.add(by=person(cast.owner), member=cast.child, details=details())
    mails = told()
    assert set(mails) == {cast.co_owner.email, cast.other_guardian.email}
    assert "Amara Okafor put Ottoline Brook on the list of who may pick up Toby" in mails[cast.co_owner.email]
    for words in ("Ottoline", "Amara", "Okafor", "0188"):
        assert words not in mails[cast.other_guardian.email]

    pick_up.change(by=person(cast.owner), person=row, details=details())  # the same again
    assert told() == {}
    pick_up.change(by=person(cast.owner), person=row, details=details("Ottoline Vale"))
    assert set(told()) == {cast.co_owner.email, cast.other_guardian.email}

    pick_up.add(by=person(cast.other_guardian), member=cast.child, details=details("Fausto Reyes"))
    mails = told()
    assert set(mails) == {cast.owner.email, cast.co_owner.email}
    assert "Another guardian put somebody on the list" in mails[cast.owner.email]
    assert ("Rosa" in mails[cast.owner.email], "Fausto" in mails[cast.owner.email]) == (False, False)


def test_nobody_who_is_barred_or_under_never_release_is_told(cast: Cast) -> None:
    let_rosa_pick_up(cast)
    make.NoContactFactory(organization=cast.rival, barred=cast.co_owner, protected=cast.child)
    NeverRelease.objects.create(
        organization=cast.organization, client=cast.client(cast.child), person=cast.other_guardian,
        name="Rosa Marin", reason="Order",
    )  # fmt: skip
    pick_up.add(by=person(cast.owner), member=cast.child, details=details())
    assert told() == {}


def test_a_list_ends_at_twenty(cast: Cast) -> None:
    for n in range(20):
        make.pick_up_person(cast.child, cast.owner, name=f"Person {n}")
    with pytest.raises(TooManyPickUpPeople):
        pick_up.add(by=person(cast.owner), member=cast.child, details=details())
