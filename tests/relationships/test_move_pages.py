"""The pages about moving to another account, for families and for staff (RULES 4.3)."""

import pytest
from django.urls import reverse

from accounts.models import AccountOwner, Member, Staff
from relationships.models import ManagerLink, MoveRequest
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db
ROSA = "rosa.marin@mail.test"


@pytest.fixture(autouse=True)
def _rosa_owns(cast: Cast) -> None:
    AccountOwner.objects.get_or_create(account=cast.other_guardian.account, member=cast.other_guardian)


def ask_page(member: Member) -> str:
    return reverse("portal:person_move", args=[member.code])


def test_a_child_moves_once_both_owners_and_the_other_account_agreed(web: Web, cast: Cast) -> None:
    owner = web.as_(cast.owner)
    page = owner.get(ask_page(cast.child))
    assert "Every owner of both accounts is asked" in page.words
    assert "At Riverside Recreation." in page.words
    asked = owner.post(page.path, {"target": ROSA, "note": "He lives there", "keeps_link": "on"})
    request = MoveRequest.objects.get()
    assert asked.path == reverse("portal:move", args=[request.code])
    assert "Chidi Okafor Not answered yet" in asked.words
    assert "The owners of the other account Not answered yet" in asked.words
    assert "Rosa" not in asked

    rosa = web.as_(cast.other_guardian)
    assert "Shall Toby Okafor move to another account?" in rosa.get("/my/").words
    there = rosa.get(asked.path)
    assert "Shall Toby Okafor come into your account?" in there.words
    assert ("He lives there" in there, "Chidi" in there, "keeps_link" in there.html) == (True, False, False)
    rosa.post(asked.path, {"agree": "1"})
    assert "Rosa Marin Agreed" in owner.get(asked.path).words

    done = web.as_(cast.co_owner).post(asked.path, {"agree": "1"})
    assert "All have agreed: Toby has moved." in done.words
    cast.child.refresh_from_db()
    assert cast.child.account == cast.other_guardian.account
    assert ManagerLink.objects.filter(manager=cast.owner, dependent=cast.child).exists()
    assert not ManagerLink.objects.filter(manager=cast.co_owner, dependent=cast.child).exists()
    assert "Toby Okafor has moved" in owner.get(asked.path).words


def test_an_unknown_address_and_a_known_one_look_the_same(web: Web, cast: Cast) -> None:
    owner = web.as_(cast.owner)
    seen = []
    for target, child in ((ROSA, cast.child), ("nobody@mail.test", cast.sibling)):
        page = owner.post(ask_page(child), {"target": target, "keeps_link": "on"})
        seen.append(page.words.replace("TO Shall Toby", "Shall X").replace("ZO Shall Zuri", "Shall X"))
    assert seen[0] == seen[1]


def test_a_no_ends_it_and_nothing_can_be_answered_after(web: Web, cast: Cast) -> None:
    web.as_(cast.owner).post(ask_page(cast.child), {"target": ROSA})
    page = reverse("portal:move", args=[MoveRequest.objects.get().code])
    rosa = web.as_(cast.other_guardian)
    assert "Declined. Everything stays as it is." in rosa.post(page, {"decline": "1"}).words
    late = web.as_(cast.co_owner).post(page, {"agree": "1"})
    assert late.status in (404, 422)
    cast.child.refresh_from_db()
    assert cast.child.account == cast.owner.account


def test_strangers_and_who_must_not_learn_of_them_find_nothing(web: Web, cast: Cast) -> None:
    web.as_(cast.owner).post(ask_page(cast.child), {"target": ROSA})
    page = reverse("portal:move", args=[MoveRequest.objects.get().code])
    assert web.as_(cast.stranger).get(page).status == 404
    rosa = web.as_(cast.other_guardian)
    assert page in rosa.get("/my/").html
    make.NoContactFactory(organization=cast.rival, barred=cast.other_guardian, protected=cast.child)
    assert (rosa.get(page).status, page in rosa.get("/my/").html) == (404, False)


def test_an_adult_leaves_for_an_account_of_their_own_in_one_press(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.co_owner)
    page = browser.get(ask_page(cast.co_owner))
    assert "You decide alone whether you leave." in page.words
    left = browser.post(page.path, {"own": "1", "own-keeps_link": "on"})
    assert (left.path, "You have an account of your own now." in left) == ("/my/", True)
    moved = Member.objects.get(pk=cast.co_owner.pk)
    assert moved.account != cast.owner.account
    assert ManagerLink.objects.filter(manager=moved, sign=False).count() == 3


def test_the_last_owner_is_told_why_not_and_minors_find_no_page(web: Web, cast: Cast) -> None:
    page = web.as_(cast.stranger).get(ask_page(cast.stranger))
    assert ("You are the only owner who can log in" in page, "<form class" in page.html) == (True, False)
    assert web.as_(cast.teenager).get(ask_page(cast.teenager)).status == 404


def test_staff_move_with_a_document_to_an_account_of_theirs_alone(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.administrator)
    page = reverse("staff:client_move", args=[cast.organization.slug, cast.client(cast.child).number])
    paper = {"reason": "Custody", "document_note": "Court order 8-991"}
    elsewhere = make.HouseholdFactory(organization=cast.rival, number=9999)
    for target in (str(elsewhere.number), "nobody@mail.test", "٣٣٣", "9" * 40):
        refused = desk.post(page, {"target": target, **paper})
        assert (refused.status, "No account here has this number or address." in refused) == (422, True)
    done = desk.post(page, {"target": ROSA, **paper})
    assert "Toby Okafor has moved." in done.words
    cast.child.refresh_from_db()
    assert cast.child.account == cast.other_guardian.account


def test_a_move_that_favours_its_author_waits_for_another(web: Web, cast: Cast) -> None:
    Staff.objects.filter(pk=cast.administrator.pk).update(user=cast.other_guardian.user)
    author = Staff.objects.get(pk=cast.administrator.pk)
    page = reverse("staff:client_move", args=[cast.organization.slug, cast.client(cast.child).number])
    home = cast.client(cast.other_guardian).household
    waits = web.as_(author).post(
        page, {"target": str(home.number), "reason": "Custody", "document_note": "Court order 8-991"}
    )
    assert "a second staff member has to confirm it" in waits.words.lower()
    assert "Confirm the move" not in waits
    other = make.StaffFactory(organization=cast.organization, roles=["administrator"])
    confirmed = web.as_(other).post(waits.path, {"confirm": "1"})
    assert "Confirmed: Toby Okafor has moved." in confirmed.words


def test_staff_give_an_adult_without_a_login_an_account_and_can_invite_them_to_it(
    web: Web, cast: Cast
) -> None:
    member = make.MemberFactory(
        account=cast.owner.account, given_name="Ade", email="ade@mail.test", born_on=make.years_ago(22)
    )
    client = make.ClientFactory(organization=cast.organization, member=member, household=cast.household)
    desk = web.as_(cast.administrator)
    page = reverse("staff:client_move", args=[cast.organization.slug, client.number])
    paper = {"reason": "Moved out", "document_note": "Lease, seen on paper"}
    assert "To a new account of their own" in desk.get(page).words
    refused = desk.post(page, {"where": "account", "target": "", **paper})
    assert (refused.status, "Say which account" in refused.words) == (422, True)

    done = desk.post(page, {"where": "own", **paper})

    assert "has an account of their own now, run by staff until they take it over." in done.words
    assert ("Run by staff" in done.words, "Send the invitation" in done.words) == (True, True)
    childs = reverse("staff:client_move", args=[cast.organization.slug, cast.client(cast.child).number])
    assert "To a new account of their own" not in desk.get(childs).words
