"""A family with an account of its own claims the people whom staff entered, one by one (RULES 1.4)."""

from collections import Counter
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import InvitationUnusable, NotAllowed, WrongSecret
from accounts.models import Account, AccountOwner, AuditEvent, Invitation, Member
from accounts.money import Money
from accounts.operations import claiming, who_is_who
from accounts.operations.who_is_who import HasFamilyAlready, NobodyMine, NotProved, Unanswered
from accounts.people import PersonFields
from accounts.privacy.leaving import Leaving
from billing import ledger
from billing.enums import LedgerKind
from billing.models import Cart, Invoice, LedgerEntry, PaymentMethod, StripeCustomer
from clients.enums import ClientStatus
from clients.errors import RunByFamily
from clients.models import Client, Household, Memo
from clients.operations import desk, memos
from messaging.models import Message
from relationships.errors import KeptApart
from relationships.models import NoContact
from scheduling.operations import attendance
from tests import factories as make
from tests.accounts.claims import BORN_ON
from tests.accounts.families_twice import NEW, NOT_MINE, Twice, same, twice
from tests.races import at_once

pytestmark = pytest.mark.django_db


def books(made: Twice) -> dict[str, int]:
    """The sum of each account of the organisation's books, and of all."""
    entries = LedgerEntry.objects.filter(organization=made.organization)
    sums = entries.values_list("account__code").annotate(total=Sum("amount_minor"))
    return dict(sums.values_list("account__code", "total"))


def test_without_a_household_here_the_staff_made_one_becomes_the_familys_with_all_that_is_in_it() -> None:
    made = twice()
    memo = make.MemoFactory(client=made.olek)
    signature = make.SignatureFactory(version__document__organization=made.organization, client=made.zosia)
    bill = make.InvoiceLineFactory(invoice__household=made.household, client=made.olek).invoice
    made.owes(4200)
    number, before = made.household.number, books(made)
    made.prove()

    made.say()

    own = made.own
    assert (own.pk, own.number, own.billing_contact) == (made.wanda.household_id, number, made.me)
    people = {
        client.number: (client.member, client.household, client.given_name)
        for client in Client.objects.at(made.organization)
    }
    zosia = Member.objects.get(pk=made.zosia.member_id)
    assert people == {
        made.wanda.number: (made.me, own, "Wanda"),
        made.olek.number: (made.my_olek, own, "Olek"),
        made.zosia.number: (zosia, own, "Zosia"),
    }
    assert zosia.account == made.me.account
    memo.refresh_from_db(), signature.refresh_from_db(), bill.refresh_from_db()
    assert (memo.client, signature.client, bill.household) == (made.olek, made.zosia, own)
    assert (ledger.balance(own), books(made)) == (Money(4200, "CAD"), before)
    assert "family_name" in Client.objects.get(pk=made.olek.pk).staff_set


def test_with_a_household_here_records_are_joined_and_the_balance_moves() -> None:
    made = twice().here()
    memo = make.MemoFactory(client=made.olek)
    session = make.session_today(made.organization)
    place = make.RegistrationFactory(session=session, client=made.olek, state="attended")
    bill = make.InvoiceLineFactory(invoice__household=made.household, client=made.olek).invoice
    made.owes(4200)
    before = books(made)
    made.prove()

    made.say()

    own, former = made.own, Household.objects.get(pk=made.wanda.household_id)
    assert (former.merged_into, former.account) == (own, made.me.account)
    mine = Client.objects.get(organization=made.organization, member=made.my_olek)
    memo.refresh_from_db(), place.refresh_from_db(), bill.refresh_from_db()
    assert (memo.client, place.client, place.state) == (mine, mine, "attended")
    tombstone = Client.objects.get(pk=made.olek.pk)
    assert (tombstone.status, tombstone.merged_into) == (ClientStatus.MERGED, mine)
    zosia = Client.objects.get(pk=made.zosia.pk)
    assert (zosia.household, zosia.member.account) == (own, made.me.account)
    assert (ledger.balance(former), ledger.balance(own)) == (Money(0, "CAD"), Money(4200, "CAD"))
    assert books(made) == before
    assert [each.pk for each in Invoice.objects.of_accounts([made.me.account])] == [bill.pk]


def test_what_is_booked_on_the_joined_household_later_is_booked_on_the_familys() -> None:
    made = twice().here()
    stale = made.household
    made.prove()
    made.say()

    amount = Money(1000, "CAD")
    ledger.post(
        by=made.desk, organization=made.organization, kind=LedgerKind.INVOICE, at=timezone.now(),
        entries=[ledger.debit(ledger.RECEIVABLE, amount, stale), ledger.credit("revenue:programs", amount)],
    )  # fmt: skip

    assert (ledger.balance(stale), ledger.balance(made.own)) == (Money(0, "CAD"), amount)


@pytest.mark.parametrize("is_here", [False, True])
def test_who_is_not_mine_stays_with_the_desk_and_in_a_household_of_their_own(is_here: bool) -> None:
    made = twice().here() if is_here else twice()
    made.owes(4200)
    made.prove()

    made.say(zosia=NOT_MINE)

    zosia = Client.objects.get(pk=made.zosia.pk)
    left = Account.objects.get(pk=made.left.pk)
    assert (zosia.member.account, left.kept_by) == (left, made.organization)
    assert [each.given_name for each in left.members.all()] == ["Zosia"]
    assert (zosia.household.account, zosia.household.merged_into) == (left, None)
    assert zosia.household != made.own
    assert ledger.balance(made.own) == Money(4200, "CAD")
    desk.add_person(
        by=made.desk, household=zosia.household, person=PersonFields(given_name="Ben"), is_sure=True
    )
    with pytest.raises(RunByFamily):
        desk.add_person(by=made.desk, household=made.own, person=PersonFields(given_name="Ben"))


def test_when_the_invited_person_stays_the_household_stays_with_its_bills() -> None:
    made = twice()
    made.owes(4200)
    made.prove()

    made.say(wanda=NOT_MINE, olek=same(made.my_olek), zosia=NOT_MINE)

    household = Household.objects.get(pk=made.wanda.household_id)
    assert (household.account, household.billing_contact) == (made.left, made.wanda.member)
    assert (ledger.balance(household), ledger.balance(made.own)) == (Money(4200, "CAD"), Money(0, "CAD"))
    assert Client.objects.get(pk=made.olek.pk).household == made.own


def test_an_adult_who_stays_runs_what_is_left_and_can_be_invited() -> None:
    made = twice()
    piotr = desk.add_person(
        by=made.desk,
        household=made.household,
        person=PersonFields(given_name="Piotr", email="piotr@mail.test", born_on=BORN_ON),
    )
    made.prove()
    answers = {each.member.code: NOT_MINE for each in (made.olek, made.zosia, piotr)}
    who_is_who.connect(
        by=made.by, token=made.token, answers={**answers, made.wanda.member.code: same(made.me)}
    )

    assert list(AccountOwner.objects.filter(account=made.left).values_list("member", flat=True)) == [
        piotr.member_id
    ]
    assert Client.objects.get(pk=piotr.pk).household.billing_contact == piotr.member


def test_cards_come_along_as_one_more_customer_of_the_account() -> None:
    made = twice()
    theirs = make.PaymentMethodFactory(holder=made.wanda.member, last4="1111")
    primary = make.PaymentMethodFactory(holder=made.me, last4="2222")
    payment = make.PaymentFactory(household=made.household, paid_by=made.wanda.member)
    made.prove()

    made.say()

    cards = PaymentMethod.objects.filter(account=made.me.account).order_by("last4")
    assert [(card.last4, card.holder) for card in cards] == [("1111", made.me), ("2222", made.me)]
    customers = StripeCustomer.objects.filter(account=made.me.account)
    assert set(customers.values_list("pk", "is_primary")) == {
        (theirs.customer_id, False),
        (primary.customer_id, True),
    }
    payment.refresh_from_db()
    assert payment.paid_by == made.me


def test_carts_the_desk_had_begun_are_let_go() -> None:
    made = twice()
    cart = make.CartFactory(organization=made.organization, buyer=made.wanda.member)
    make.CartLineFactory(cart=cart, member=made.olek.member)
    made.prove()
    made.say()
    assert Cart.objects.get(pk=cart.pk).state == "cancelled"


def test_a_no_contact_mark_of_the_desk_holds_for_the_person_under_their_own_name() -> None:
    made = twice()
    other: Any = make.ClientFactory(organization=made.organization)
    make.NoContactFactory(organization=made.organization, barred=made.wanda.member, protected=other.member)
    made.prove()
    made.say()
    mark = NoContact.objects.get()
    assert (mark.barred, mark.protected) == (made.me, other.member)


def test_who_is_barred_from_somebody_there_is_refused_before_a_name_is_shown() -> None:
    made = twice()
    make.NoContactFactory(organization=made.organization, barred=made.me, protected=made.zosia.member)
    with pytest.raises(KeptApart):
        made.prove()
    with pytest.raises(NotProved):
        made.say()


def test_a_mark_made_after_the_proof_stops_it_as_well_and_nothing_is_done() -> None:
    made = twice()
    made.prove()
    make.NoContactFactory(organization=made.organization, barred=made.my_olek, protected=made.zosia.member)
    with pytest.raises(KeptApart):
        made.say()
    assert Invitation.objects.get(pk=made.invitation.pk).used_at is None
    assert Member.objects.get(pk=made.zosia.member_id).account == made.left


def test_the_second_thing_is_asked_first_and_its_tries_are_counted() -> None:
    made = twice()
    with pytest.raises(NotProved):
        made.say()
    with pytest.raises(WrongSecret):
        claiming.prove(by=made.by, token=made.token, secret="000000")
    assert Invitation.objects.get(pk=made.invitation.pk).tries_left == 4
    made.prove()
    stranger = make.MemberFactory(with_login=True, owner=True)
    with pytest.raises(NotProved):
        who_is_who.connect(by=Actor(kind=ActorKind.PERSON, user=stranger.user), token=made.token, answers={})


def test_the_proof_holds_for_an_hour(time_machine: Any) -> None:
    made = twice()
    made.prove()
    time_machine.move_to(timezone.now() + who_is_who.PROOF_HOLDS)
    with pytest.raises(NotProved):
        made.say()


def test_every_person_has_an_answer_and_one_of_ones_own_people_only() -> None:
    made = twice()
    partner = make.MemberFactory(account=made.me.account, with_login=True)
    stranger = make.MemberFactory()
    made.prove()
    for wrong in (same(partner), same(stranger)):
        with pytest.raises(NotAllowed):
            made.say(wanda=wrong)
    with pytest.raises(NobodyMine):
        made.say(wanda=NOT_MINE, olek=NOT_MINE, zosia=NOT_MINE)
    with pytest.raises(Unanswered):
        who_is_who.connect(by=made.by, token=made.token, answers={made.wanda.member.code: NEW})
    assert not AuditEvent.objects.filter(action="accounts.joined").exists()


def test_who_does_not_run_their_account_is_told_so_and_keeps_their_tries() -> None:
    made = twice()
    make.MemberFactory(account=made.me.account, owner=True, with_login=True)
    AccountOwner.objects.filter(member=made.me).delete()
    with pytest.raises(HasFamilyAlready, match="An owner of it has to connect the two"):
        made.prove()
    assert Invitation.objects.get(pk=made.invitation.pk).tries_left == 5


def test_whoever_is_recognised_is_nobodys_to_claim_again() -> None:
    made = twice()
    made.prove()
    made.say(zosia=NOT_MINE)
    wanda = Member.objects.get(pk=made.wanda.member_id)
    assert (wanda.same_as, wanda.account.kept_by, wanda.account == made.left) == (
        made.me,
        made.organization,
        False,
    )
    with pytest.raises(InvitationUnusable):
        made.say()


def test_every_owner_of_the_family_is_told_and_the_audit_names_nobody() -> None:
    made = twice()
    partner = make.MemberFactory(account=made.me.account, with_login=True, owner=True)
    made.prove()
    made.say(zosia=NOT_MINE)
    told = Message.objects.filter(template="messaging/email/joined")
    assert {message.reader for message in told} == {made.me, partner}
    event = AuditEvent.objects.get(action="accounts.joined")
    assert event.changes == {"same": 2, "new": 0, "not_mine": 1}


def test_a_person_is_suggested_by_first_name_and_birth_date() -> None:
    made = twice()
    own = who_is_who.own_people(made.by, made.me, made.organization)
    people = who_is_who.staff_made(made.left)
    assert [who_is_who.suggested(person, own) for person in people] == [
        same(made.me),
        same(made.my_olek),
        NEW,
    ]


def test_a_change_of_the_desk_that_comes_too_late_is_not_written_to_the_family() -> None:
    made = twice()
    stale = Client.objects.select_related("member").get(pk=made.olek.pk)
    made.prove()
    made.say()
    desk.change_client(by=made.desk, client=stale, person=PersonFields(given_name="Oleg"), participates=True)
    made.my_olek.refresh_from_db()
    current = Client.objects.get(pk=made.olek.pk)
    assert (made.my_olek.given_name, current.given_name) == ("Olek", "Oleg")


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_of_four_who_say_it_at_once_one_is_heard_and_everything_is_there_once() -> None:
    made = twice().here()
    made.owes(4200)
    before = books(made)
    made.prove()

    results = at_once(4, lambda _index: made.say())

    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"Account": 1, "InvitationUnusable": 3}
    assert books(made) == before
    assert ledger.balance(made.own) == Money(4200, "CAD")
    assert AuditEvent.objects.filter(action="accounts.joined").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_staff_who_edit_check_in_and_note_at_the_same_time_lose_nothing() -> None:
    made = twice().here()
    session = make.session_today(made.organization)
    place = make.RegistrationFactory(session=session, client=made.olek)
    made.prove()
    stale = Client.objects.select_related("member", "organization").get(pk=made.olek.pk)

    def act(index: int) -> Any:
        match index:
            case 0:
                return made.say()
            case 1:
                return attendance.check_in(by=made.desk, registration=place)
            case 2:
                return desk.change_client(
                    by=made.desk, client=stale, person=PersonFields(given_name="Oleg"), participates=True
                )
            case _:
                return memos.write(by=made.desk, client=stale, text="Inhaler")

    results = at_once(4, act)

    assert isinstance(results[0], Account)
    refused = {type(result).__name__ for result in results if isinstance(result, Exception)}
    assert refused <= {"CannotChange"}
    place.refresh_from_db()
    mine = Client.objects.get(organization=made.organization, member=made.my_olek)
    assert (place.client, place.state) == (mine, "attended")
    assert Memo.objects.get().client == mine


def test_whoever_is_erased_is_erased_under_the_name_that_staff_gave_them_too() -> None:
    made = twice().here()
    made.prove()
    made.say()

    leaving = Leaving.of(made.me.account, [made.my_olek], is_whole=False, asker=made.me.pk)

    assert leaving.members == (made.my_olek.pk, made.olek.member_id)
