"""Who may ask for an erasure, who has a say in it, and what is in its way (RULES 4.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import flows as accounts_flows
from accounts.enums import PrivacyState
from accounts.errors import ErasureRefused, NotAllowed
from accounts.models import Account, AccountOwner, Member, PrivacyRequest, User
from accounts.operations import erasure
from messaging.models import Message
from relationships import flows
from relationships.errors import KeptApart
from relationships.models import ManagerLink
from relationships.operations import erasing
from scheduling.models import Registration
from tests import factories as make
from tests.billing.purse import course, held_cart, person
from tests.cast import Cast, assemble

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("devstripe")]


@pytest.fixture
def people() -> Cast:
    return assemble()


def guardian_of(cast: Cast, child: Member) -> ManagerLink:
    """Rosa is a legal guardian of the child."""
    ManagerLink.objects.filter(manager=cast.other_guardian, dependent=child).delete()
    link: ManagerLink = make.ManagerLinkFactory(
        manager=cast.other_guardian, dependent=child, sign=True, is_legal_guardian=True
    )
    return link


def ask(by: Member, member: Member | None, account: Account | None = None) -> PrivacyRequest:
    return flows.erase(by=person(by), account=account or by.account, member=member)


def names(*members: Member) -> list[str]:
    return [Member.objects.get(pk=member.pk).given_name for member in members]


def mails(template: str) -> list[str]:
    found = Message.objects.filter(template=f"messaging/email/{template}").order_by("address")
    return list(found.values_list("address", flat=True))


def test_who_may_have_whom_erased(people: Cast) -> None:
    no_login = make.MemberFactory(account=people.owner.account, given_name="Oma", born_on=make.years_ago(70))
    grown = make.MemberFactory(account=people.owner.account, with_login=True, born_on=make.years_ago(20))
    everybody: list[Member] = [*people.family, no_login, grown]

    def whom(actor: Member) -> list[str]:
        return [each.given_name for each in everybody if erasing.may_erase(person(actor), each)]

    assert whom(people.owner) == ["Amara", "Toby", "Zuri", "Noah", "Oma"]
    assert whom(people.co_owner) == ["Chidi", "Toby", "Zuri", "Noah", "Oma"]
    assert whom(grown) == [grown.given_name]
    assert whom(people.teenager) == whom(people.other_guardian) == whom(people.stranger) == []


def test_nobody_else_gets_further_than_the_question(people: Cast) -> None:
    for stranger in (people.teenager, people.other_guardian, people.stranger):
        with pytest.raises(NotAllowed):
            ask(stranger, people.child, people.owner.account)
        with pytest.raises(NotAllowed):
            ask(stranger, None, people.owner.account)
    assert not PrivacyRequest.objects.exists()


def test_a_child_is_gone_at_once_and_the_family_stays(people: Cast) -> None:
    asked = ask(people.owner, people.child)
    done = accounts_flows.erase(request_id=asked.pk)

    assert (asked.state, done.state) == ("running", "done")
    assert names(*people.family) == ["Amara", "Chidi", "Erased person", "Zuri", "Noah"]
    assert "toby" not in people.household.__class__.objects.get(pk=people.household.pk).search_text
    assert mails("erased") == []
    assert mails("erased_other") == [people.owner.email, people.co_owner.email]
    assert ManagerLink.objects.get(dependent=people.child).ended_at is not None


def test_who_erases_themselves_is_logged_out_at_once_and_the_other_owner_goes_on(people: Cast) -> None:
    asked = ask(people.co_owner, people.co_owner)

    assert asked.state == PrivacyState.RUNNING
    assert people.co_owner.user_id is not None
    login = User.objects.get(pk=people.co_owner.user_id)
    assert (login.is_active, login.has_usable_password()) == (False, False)
    assert list(
        AccountOwner.objects.values_list("member", flat=True).filter(account=people.owner.account)
    ) == [people.owner.pk]
    accounts_flows.erase(request_id=asked.pk)
    assert not User.objects.filter(pk=people.co_owner.user_id).exists()
    assert mails("erased_other") == [people.owner.email]


def test_the_last_owner_cannot_go_while_others_remain(people: Cast) -> None:
    AccountOwner.objects.filter(member=people.co_owner).delete()

    with pytest.raises(ErasureRefused, match="needs an owner who can log in"):
        ask(people.owner, people.owner)
    assert not PrivacyRequest.objects.exists()
    assert names(people.owner) == ["Amara"]


def test_somebody_alone_in_an_account_is_the_whole_of_it(people: Cast) -> None:
    asked = ask(people.other_guardian, people.other_guardian)

    done = accounts_flows.erase(request_id=asked.pk)
    assert (done.member, done.state) == (None, "done")
    assert Account.objects.get(pk=people.other_guardian.account_id).erased_at is not None


def test_a_login_that_is_used_for_work_stays(people: Cast) -> None:
    make.StaffFactory(organization=people.rival, user=people.other_guardian.user, name="Rosa Marin")

    accounts_flows.erase(request_id=ask(people.other_guardian, people.other_guardian).pk)

    assert people.other_guardian.user_id is not None
    login = User.objects.get(pk=people.other_guardian.user_id)
    assert (login.is_active, login.email) == (True, people.other_guardian.email)
    assert names(people.other_guardian) == ["Erased person"]
    assert people.rival.staff.filter(user=login, name="Rosa Marin").exists()


# The whole account


def test_the_whole_account_waits_for_the_other_owner_who_is_told_and_begins_when_they_agree(
    people: Cast,
) -> None:
    asked = ask(people.owner, None)

    assert (asked.state, mails("erasure_asked")) == ("waiting", [people.co_owner.email])
    assert asked.due_at is not None
    assert asked.due_at - timezone.now() > timedelta(days=13)
    assert accounts_flows.erase(request_id=asked.pk).state == "waiting"
    with pytest.raises(NotAllowed):
        erasing.agree(by=person(people.teenager), request=asked)
    erasing.agree(by=person(people.co_owner), request=asked)
    assert accounts_flows.erase(request_id=asked.pk).state == "done"
    assert names(*people.family) == ["Erased person"] * 5


def test_without_an_answer_it_begins_after_fourteen_days_and_who_did_not_agree_keeps_the_children(
    people: Cast,
) -> None:
    asked = ask(people.owner, None)

    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert asked.pk not in erasure.to_look_at()
        assert accounts_flows.erase(request_id=asked.pk).state == "waiting"
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert asked.pk in erasure.to_look_at()
        done = accounts_flows.erase(request_id=asked.pk)
    assert (done.state, done.last_error) == ("done", "")
    assert names(*people.family) == ["Erased person", "Chidi", "Toby", "Zuri", "Noah"]
    accounts = {Member.objects.get(pk=each.pk).account_id for each in people.family[1:]}
    assert len(accounts) == 1
    assert accounts != {people.owner.account_id}
    assert AccountOwner.objects.get(member=people.co_owner).account_id in accounts


def test_an_adult_with_a_login_leaves_with_what_is_theirs(people: Cast) -> None:
    AccountOwner.objects.filter(member=people.co_owner).delete()

    done = accounts_flows.erase(request_id=ask(people.owner, None).pk)

    assert done.state == "done"
    assert names(*people.family) == ["Erased person", "Chidi", *["Erased person"] * 3]
    assert Member.objects.get(pk=people.co_owner.pk).account_id != people.owner.account_id


def test_it_is_taken_back_by_who_asked_until_it_begins(people: Cast) -> None:
    asked = ask(people.owner, None)

    with pytest.raises(NotAllowed):
        erasing.take_back(by=person(people.co_owner), request=asked)
    assert erasing.take_back(by=person(people.owner), request=asked) is True
    assert mails("erasure_taken_back") == [people.co_owner.email]
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert accounts_flows.erase(request_id=asked.pk).state == "cancelled"
    begun = ask(people.owner, people.sibling)
    assert erasing.take_back(by=person(people.owner), request=begun) is False


def test_asked_twice_it_is_one(people: Cast) -> None:
    assert ask(people.owner, None).pk == ask(people.owner, None).pk
    assert mails("erasure_asked") == [people.co_owner.email]


# Another guardian


def test_a_child_with_another_guardian_waits_for_them_however_long_it_takes(people: Cast) -> None:
    guardian_of(people, people.child)

    asked = ask(people.owner, people.child)

    assert (asked.state, asked.due_at) == ("waiting", None)
    assert mails("erasure_offered") == [people.other_guardian.email]
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert accounts_flows.erase(request_id=asked.pk).state == "waiting"
    erasing.agree(by=person(people.other_guardian), request=asked)
    assert accounts_flows.erase(request_id=asked.pk).state == "done"
    assert names(people.child) == ["Erased person"]


def test_another_guardian_takes_the_child_over_instead(people: Cast) -> None:
    guardian_of(people, people.child)
    asked = ask(people.owner, people.child)

    for other in (people.stranger, people.co_owner):
        with pytest.raises(NotAllowed):
            erasing.keep_child(by=person(other), request=asked, child=people.child)
    with pytest.raises(NotAllowed):
        erasing.keep_child(by=person(people.other_guardian), request=asked, child=people.sibling)
    erasing.keep_child(by=person(people.other_guardian), request=asked, child=people.child)

    child = Member.objects.get(pk=people.child.pk)
    assert (child.given_name, child.account) == ("Toby", people.other_guardian.account)
    assert PrivacyRequest.objects.get().state == "cancelled"
    kept = ManagerLink.objects.filter(dependent=child, ended_at=None).values_list("manager", "view")
    assert sorted(kept) == sorted([(people.co_owner.pk, True), (people.other_guardian.pk, True)])


def test_a_whole_account_is_erased_once_its_child_is_taken_over(people: Cast) -> None:
    guardian_of(people, people.child)
    asked = ask(people.owner, None)
    erasing.agree(by=person(people.co_owner), request=asked)
    assert accounts_flows.erase(request_id=asked.pk).state == "waiting"

    erasing.keep_child(by=person(people.other_guardian), request=asked, child=people.child)

    assert accounts_flows.erase(request_id=asked.pk).state == "done"
    assert names(*people.family) == [
        "Erased person",
        "Erased person",
        "Toby",
        "Erased person",
        "Erased person",
    ]


def test_a_guardian_who_declines_ends_it_and_the_family_is_told(people: Cast) -> None:
    guardian_of(people, people.child)
    asked = ask(people.owner, people.child)

    assert erasing.take_back(by=person(people.other_guardian), request=asked) is True

    assert PrivacyRequest.objects.get().state == "cancelled"
    assert mails("erasure_taken_back") == [people.owner.email]
    assert names(people.child) == ["Toby"]


def test_an_account_with_such_a_child_waits_too(people: Cast) -> None:
    guardian_of(people, people.child)
    asked = ask(people.owner, None)
    erasing.agree(by=person(people.co_owner), request=asked)

    with time_machine.travel(timezone.now() + timedelta(days=30)):
        waiting = accounts_flows.erase(request_id=asked.pk)
        assert (waiting.state, waiting.last_error) == ("waiting", "blocked")
        assert names(*people.family) == ["Amara", "Chidi", "Toby", "Zuri", "Noah"]
        erasing.agree(by=person(people.other_guardian), request=asked)
        assert accounts_flows.erase(request_id=asked.pk).state == "done"


def test_an_adult_child_is_nobodys_to_keep(people: Cast) -> None:
    guardian_of(people, people.child)
    Member.objects.filter(pk=people.child.pk).update(born_on=make.years_ago(19))

    assert ask(people.owner, Member.objects.get(pk=people.child.pk)).state == "running"


# What is in the way


def test_unpaid_bills_are_paid_first(people: Cast) -> None:
    make.InvoiceLineFactory(invoice__household=people.household, client=people.client(people.child))

    for member in (None, people.child):
        with pytest.raises(ErasureRefused, match=r"is not paid: \$96\.00"):
            ask(people.owner, member)
    assert ask(people.owner, people.sibling).state == "running"  # it is not about her


def test_places_held_at_checkout_are_paid_or_let_go_first(people: Cast) -> None:
    held_cart(people.owner, course(people.organization), [people.child])

    with pytest.raises(ErasureRefused, match="Places are held at a checkout of Riverside Recreation"):
        ask(people.owner, people.child)


def test_an_open_cart_and_places_to_come_are_let_go(people: Cast) -> None:
    coming = make.course(service__organization=people.organization)
    make.RegistrationFactory(session=coming.sessions.first(), client=people.client(people.child))
    cart = make.CartLineFactory(
        cart__organization=people.organization,
        cart__buyer=people.owner,
        member=people.child,
        product__organization=people.organization,
    ).cart

    accounts_flows.erase(request_id=ask(people.owner, people.child).pk)

    cart.refresh_from_db()
    assert (cart.state, Registration.objects.get().state) == ("cancelled", "cancelled")
    session = coming.sessions.first()
    assert session is not None
    assert session.seats_taken == 0


def test_a_mark_that_keeps_them_from_somebody_else_is_told_as_to_a_stranger(people: Cast) -> None:
    make.NoContactFactory(
        organization=people.organization, barred=people.co_owner, protected=people.stranger_child
    )

    with pytest.raises(ErasureRefused) as refused:
        ask(people.co_owner, people.co_owner)
    assert str(refused.value) == str(KeptApart.message)


def test_who_is_barred_from_somebody_has_them_not_erased(people: Cast) -> None:
    make.NoContactFactory(organization=people.organization, barred=people.owner, protected=people.child)

    with pytest.raises(KeptApart):
        ask(people.owner, people.child)
    assert names(people.child) == ["Toby"]
