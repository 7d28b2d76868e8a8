"""Several owners: making one, stepping down, and never none (D06, RULES 1.7, 2.3)."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import LastOwner, NotAllowed
from accounts.models import Account, AccountOwner, AuditEvent, Member
from clients.models import Household
from messaging.models import Message
from relationships.authority import subjects
from relationships.enums import FamilyPermission
from relationships.errors import NotOfAge
from relationships.models import ManagerLink
from relationships.operations import owners
from tests import factories as make
from tests.cast import Cast
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db

ACCOUNT = "/my/account/"
STEP_DOWN = "/my/account/step-down/"


def actor(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def owners_of(account: Account) -> list[str]:
    rows = AccountOwner.objects.filter(account=account).order_by("id")
    return list(rows.values_list("member__given_name", flat=True))


def mails() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("id").values_list("template", "address"))


@pytest.fixture
def grandmother(cast: Cast) -> Member:
    """An adult of the account, with a login, who runs nothing."""
    member: Member = make.MemberFactory(
        account=cast.owner.account,
        given_name="Ifeoma",
        family_name="Okafor",
        email="ifeoma.okafor@mail.test",
        with_login=True,
    )
    return member


def may_book(member: Member) -> set[str]:
    return set(subjects(actor(member), FamilyPermission.BOOK).values_list("given_name", flat=True))


def test_an_owner_makes_an_adult_of_the_account_an_owner_and_all_are_told(
    web: Web, cast: Cast, grandmother: Member
) -> None:
    page = web.as_(cast.owner).post(reverse("portal:owner_make", args=[grandmother.code]))

    assert (page.path, "Ifeoma runs the account with you now." in page.words) == (ACCOUNT, True)
    assert owners_of(cast.owner.account) == ["Amara", "Chidi", "Ifeoma"]
    assert may_book(grandmother) == {"Ifeoma", "Toby", "Zuri", "Noah"}
    assert mails() == [
        ("messaging/email/owner_made", "ifeoma.okafor@mail.test"),
        ("messaging/email/owner_joined", "chidi.okafor@mail.test"),
    ]
    event = AuditEvent.objects.get(action="relationships.owner_made")
    assert (event.actor_member_id, event.member_ids) == (cast.owner.pk, [grandmother.pk])


def test_making_the_same_owner_twice_is_making_one(cast: Cast, grandmother: Member) -> None:
    owners.make_owner(by=actor(cast.owner), member=grandmother)
    owners.make_owner(by=actor(cast.co_owner), member=grandmother)

    assert owners_of(cast.owner.account) == ["Amara", "Chidi", "Ifeoma"]
    assert len(mails()) == 2


def test_only_an_adult_can_be_an_owner(cast: Cast) -> None:
    for member in (cast.child, cast.teenager):
        with pytest.raises(NotOfAge):
            owners.make_owner(by=actor(cast.owner), member=member)
    cast.teenager.born_on = None
    cast.teenager.save(update_fields=["born_on"])
    with pytest.raises(NotOfAge, match="birth date"):
        owners.make_owner(by=actor(cast.owner), member=cast.teenager)

    assert owners_of(cast.owner.account) == ["Amara", "Chidi"]


def test_nobody_but_an_owner_of_that_account_makes_one(cast: Cast, grandmother: Member) -> None:
    for member in (grandmother, cast.teenager, cast.other_guardian, cast.stranger):
        with pytest.raises(NotAllowed):
            owners.make_owner(by=actor(member), member=grandmother)
    with pytest.raises(NotAllowed):
        owners.make_owner(by=actor(cast.owner), member=cast.stranger)

    assert owners_of(cast.owner.account) == ["Amara", "Chidi"]


def test_nobody_makes_an_owner_of_whom_they_are_kept_apart_from(
    web: Web, cast: Cast, grandmother: Member
) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.owner, protected=grandmother)

    with pytest.raises(NotAllowed):
        owners.make_owner(by=actor(cast.owner), member=grandmother)
    assert "Ifeoma" not in web.as_(cast.owner).get(ACCOUNT)

    owners.make_owner(by=actor(cast.co_owner), member=grandmother)
    assert mails() == [("messaging/email/owner_made", "ifeoma.okafor@mail.test")]
    assert "Ifeoma" not in web.as_(cast.owner).get(ACCOUNT)


def test_who_steps_down_keeps_acting_for_the_children_they_choose(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.co_owner)
    assert "Noah Okafor" in browser.get(STEP_DOWN).words

    page = browser.post(STEP_DOWN, {"keep": [cast.child.code]})

    assert "You no longer run this account. You are still in it." in page.words
    assert owners_of(cast.owner.account) == ["Amara"]
    assert may_book(cast.co_owner) == {"Chidi", "Toby"}
    link = ManagerLink.objects.get(manager=cast.co_owner)
    assert (link.dependent_id, link.sign, link.granted_by_id) == (cast.child.pk, False, cast.co_owner.pk)
    assert mails() == [
        ("messaging/email/links/made", "amara.okafor@mail.test"),
        ("messaging/email/owner_ended", "chidi.okafor@mail.test"),
        ("messaging/email/owner_left", "amara.okafor@mail.test"),
    ]
    assert (browser.get(ACCOUNT).status, browser.post(STEP_DOWN).status) == (404, 404)


def test_a_legal_guardian_who_steps_down_goes_on_signing(cast: Cast) -> None:
    owners.step_down(
        by=actor(cast.co_owner),
        account=cast.owner.account,
        keep_acting_for=[cast.child, cast.owner, cast.stranger_child],
        is_legal_guardian=True,
    )

    may_sign = subjects(actor(cast.co_owner), FamilyPermission.SIGN).values_list("given_name", flat=True)
    assert set(may_sign) == {"Chidi", "Toby"}
    assert ManagerLink.objects.filter(manager=cast.co_owner).count() == 1


def test_the_last_owner_cannot_step_down_and_is_told_what_would_help(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.stranger)
    assert "You are the only owner, and an account needs one." in browser.get(STEP_DOWN).words

    page = browser.post(STEP_DOWN)

    assert (page.status, "Make somebody else an owner first." in page.words) == (422, True)
    assert owners_of(cast.stranger.account) == ["Sven"]


def test_an_owner_who_could_not_log_in_is_not_left_alone(cast: Cast) -> None:
    uncle = make.MemberFactory(account=cast.stranger.account, given_name="Nils")
    owners.make_owner(by=actor(cast.stranger), member=uncle)

    with pytest.raises(LastOwner, match="No other owner has a login"):
        owners.step_down(by=actor(cast.stranger), account=cast.stranger.account)


def test_the_billing_contact_stays_an_owner_and_the_desk_finds_the_household_by_its_owners(
    cast: Cast, grandmother: Member
) -> None:
    home = Household.objects.get(pk=cast.household.pk)
    home.billing_contact = cast.owner
    home.save(update_fields=["billing_contact"])
    owners.make_owner(by=actor(cast.owner), member=grandmother)
    home.refresh_from_db()
    assert "ifeoma" in home.search_text

    owners.step_down(by=actor(cast.owner), account=cast.owner.account)

    home.refresh_from_db()
    assert (home.billing_contact, "amara" in home.search_text) == (cast.co_owner, False)
    event = AuditEvent.objects.get(action="clients.billing_contact_chosen")
    assert (event.organization_id, event.target_id) == (cast.organization.pk, home.pk)


def test_the_account_page_says_who_runs_it_and_who_could(web: Web, cast: Cast, grandmother: Member) -> None:
    words = web.as_(cast.owner).get(ACCOUNT).words

    assert "Ifeoma Okafor Has a login Make owner" in words
    assert "Toby Okafor Only adults can be owners." in words
    assert "Everything but sign for them" in words
    assert "Lindqvist" not in words


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_last_owners_who_step_down_at_once_exactly_one_remains() -> None:
    for _round in range(10):
        account = make.AccountFactory()
        people: list[Member] = [
            make.MemberFactory(account=account, owner=True, with_login=True) for _each in range(2)
        ]

        def step_down(index: int, of: Account = account, people: list[Member] = people) -> None:
            owners.step_down(by=actor(people[index]), account=of)

        results = at_once(2, step_down)

        refused = [result for result in results if isinstance(result, LastOwner)]
        assert (len(refused), AccountOwner.objects.filter(account=account).count()) == (1, 1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_database_alone_keeps_one_owner_when_two_are_removed_at_once() -> None:
    account = make.AccountFactory()
    people = [make.MemberFactory(account=account, owner=True) for _each in range(2)]

    results = at_once(2, lambda index: AccountOwner.objects.filter(member=people[index]).delete()[0])

    assert sorted(isinstance(result, IntegrityError) for result in results) == [False, True]
    assert AccountOwner.objects.filter(account=account).count() == 1
