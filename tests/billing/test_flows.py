"""Paying: one charge, one invoice, whatever happens on the way (RULES 3.5, D08, G10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import NotAllowed
from billing import flows, stripe_gateway
from billing.devstripe.cards import (
    AUTHENTICATES_ONCE,
    DECLINED_WHEN_CHARGED,
    MASTERCARD,
    VISA,
    answer_3d_secure,
    save_test_card,
)
from billing.enums import CartState, PaymentState, RefundState
from billing.errors import CardUnusable, HoldRanOut, PaymentNeeded, PriceChanged, StripeUnavailable
from billing.models import CardConsent, Cart, Invoice, Payment, PaymentMethod, Refund, StripeCustomer
from billing.operations import carts, fulfilment
from clients.enums import ClientStatus
from messaging import letters
from messaging.models import Message
from scheduling.models import Schedule
from tests import factories as make
from tests.billing.purse import (
    another_card,
    books,
    counts,
    course,
    held_cart,
    open_cart,
    person,
    real_card,
    seats,
)
from tests.cast import Cast
from tests.devstripe import DevStripe

pytestmark = pytest.mark.django_db(transaction=True)

PAID_ONCE = {"invoices": 1, "payments": ["succeeded"], "movements": ["invoice", "payment"]}
NOTHING_BOOKED = {"invoices": 0, "payments": ["failed"], "movements": []}
CONFIRMED = "POST /v1/payment_intents/"


@pytest.fixture
def swim(cast: Cast) -> Schedule:
    return course(cast.organization, price=12800)


def pay(cast: Cast, cart: Cart, **how: object) -> Payment:
    return flows.pay(by=person(cast.owner, cast.organization), cart=cart, **({"method": cast.card} | how))  # type: ignore[arg-type]


def charged(devstripe: DevStripe) -> int:
    """What Stripe has taken, less what it gave back, in minor units."""
    intents = devstripe.get("/v1/payment_intents?limit=100")[1]["data"]
    taken = sum(i["amount"] for i in intents if i["status"] == "succeeded")
    refunds = devstripe.get("/v1/refunds?limit=100")[1]["data"]
    return int(taken - sum(r["amount"] for r in refunds if r["status"] == "succeeded"))


def test_a_saved_card_pays_for_two_children_at_once(cast: Cast, swim: Schedule, devstripe: DevStripe) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    payment = pay(cast, cart)
    cart.refresh_from_db()
    invoice = cart.invoice
    assert (payment.state, cart.state, seats(swim)) == (
        PaymentState.SUCCEEDED,
        CartState.FULFILLED,
        [("booked", 8)],
    )
    assert (invoice.number, invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (
        1,
        25600,
        3328,
        28928,
    )
    assert list(invoice.lines.order_by("pk").values_list("client__member", "amount_minor", "tax_minor")) == [
        (cast.child.pk, 12800, 1664),
        (cast.sibling.pk, 12800, 1664),
    ]
    assert books(cast.organization) == {
        "receivable": 0,
        "card-clearing": 28928,
        "revenue:programs": -25600,
        "tax:hst": -3328,
    }
    assert counts(cart) == PAID_ONCE
    assert charged(devstripe) == 28928
    assert [(a.amount_minor, a.payment) for a in invoice.allocations.all()] == [(28928, payment)]


def test_the_confirmation_goes_to_the_billing_contact_and_to_who_bought(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    cast.household.billing_contact = cast.co_owner
    cast.household.save()
    cart = held_cart(cast.owner, swim, [cast.child])
    pay(cast, cart)
    sent = Message.objects.filter(template="billing/email/booked").order_by("address")
    assert [(m.address, m.reader, m.member_ids) for m in sent] == [
        (cast.owner.email, cast.owner, [cast.child.pk]),
        (cast.co_owner.email, cast.co_owner, [cast.child.pk]),
    ]


def test_the_confirmation_says_what_for_whom_how_much_and_how_it_was_paid(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    pay(cast, cart)
    mail = letters.write(Message.objects.get(template="billing/email/booked"))
    assert mail.subject == "Booked: Swim 3 for Toby, Zuri"
    html = str(mail.alternatives[0][0])
    for words in (
        "$128.00",
        "$33.28",
        "$289.28",
        "Visa ending 94QX",
        reverse("portal:bill", args=[cart.invoice.code]),
    ):
        assert (words, words in mail.body, words in html) == (words, True, True)


def test_intents_carry_our_ids_alone(cast: Cast, swim: Schedule, devstripe: DevStripe) -> None:
    real_card(cast.card)
    payment = pay(cast, held_cart(cast.owner, swim, [cast.child]))
    [made] = devstripe.calls("POST /v1/payment_intents")[:1]
    assert {name: value for name, value in made["params"].items() if name.startswith("metadata")} == {
        "metadata[payment]": str(payment.pk),
        "metadata[organization]": str(cast.organization.pk),
    }
    said = str(devstripe.calls())
    assert [text for text in (*cast.strings_of_family, "Swim 3") if text in said] == []


def test_pressing_again_is_the_first_payment(cast: Cast, swim: Schedule, devstripe: DevStripe) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child])
    assert pay(cast, cart) == pay(cast, cart)
    assert (counts(cart), charged(devstripe)) == (PAID_ONCE, 14464)


def test_eight_presses_at_once_charge_once(cast: Cast, swim: Schedule, devstripe: DevStripe) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    gate = Barrier(8)

    def press(_number: int) -> str:
        try:
            gate.wait(timeout=20)
            return pay(cast, Cart.objects.get(pk=cart.pk)).state
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    assert set(answers) <= {PaymentState.NEW, PaymentState.SUCCEEDED}
    assert PaymentState.SUCCEEDED in answers
    assert counts(cart) == PAID_ONCE
    assert len(devstripe.calls("POST /v1/payment_intents")) == 2  # one made, one confirmed
    assert (charged(devstripe), seats(swim)) == (28928, [("booked", 8)])


def test_a_declined_card_leaves_the_places_held_and_another_card_pays(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card, DECLINED_WHEN_CHARGED)
    good = another_card(cast.card, MASTERCARD)
    cart = held_cart(cast.owner, swim, [cast.child])
    declined = pay(cast, cart)
    assert (declined.state, declined.failure_code) == (PaymentState.FAILED, "generic_decline")
    assert (counts(cart), seats(swim)) == (NOTHING_BOOKED, [("held", 4)])
    assert stripe_gateway.retrieve_payment_intent(declined.stripe_intent_id or "").status == "canceled"
    assert pay(cast, cart, method=good).state == PaymentState.SUCCEEDED
    assert counts(cart) == PAID_ONCE | {"payments": ["failed", "succeeded"]}
    assert charged(devstripe) == 14464


def test_3d_secure_waits_for_the_holder_and_then_is_paid(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = pay(cast, cart)
    assert (payment.state, counts(cart)["invoices"]) == (PaymentState.REQUIRES_ACTION, 0)
    intent = flows.to_confirm(payment_id=payment.pk)
    assert intent is not None
    answer_3d_secure(intent.id, intent.client_secret, success=True)
    assert flows.settle(payment_id=payment.pk).state == PaymentState.SUCCEEDED
    assert (counts(cart), charged(devstripe)) == (PAID_ONCE, 14464)


def test_3d_secure_refused_charges_nothing_and_keeps_the_places(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = pay(cast, cart)
    intent = flows.to_confirm(payment_id=payment.pk)
    assert intent is not None
    answer_3d_secure(intent.id, intent.client_secret, success=False)
    assert flows.settle(payment_id=payment.pk).state == PaymentState.FAILED
    assert (counts(cart), charged(devstripe), seats(swim)) == (NOTHING_BOOKED, 0, [("held", 4)])


def test_a_payment_waiting_for_the_bank_can_be_left_for_another_card(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card, AUTHENTICATES_ONCE)
    good = another_card(cast.card, VISA)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = pay(cast, cart)
    with pytest.raises(NotAllowed):
        flows.give_up(by=person(cast.stranger), payment=payment)
    assert flows.give_up(by=person(cast.owner), payment=payment).state == PaymentState.FAILED
    assert pay(cast, cart, method=good).state == PaymentState.SUCCEEDED
    assert charged(devstripe) == 14464


def test_nobody_confirming_with_the_bank_ends_with_the_hold(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = pay(cast, cart)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        flows.recover_unsettled()
        payment.refresh_from_db()
        assert payment.state == PaymentState.REQUIRES_ACTION
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        flows.recover_unsettled()
        payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.FAILED, "authentication_not_handled")
    assert stripe_gateway.retrieve_payment_intent(payment.stripe_intent_id or "").status == "canceled"


@pytest.mark.parametrize("mode", ["500", "drop_after"])
def test_no_answer_to_the_charge_is_found_out_later_and_never_paid_twice(
    cast: Cast, swim: Schedule, devstripe: DevStripe, mode: str
) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child])
    devstripe.fault(r"POST /v1/payment_intents/.*/confirm", mode, times=4)
    unknown = pay(cast, cart)
    assert unknown.state == PaymentState.NEW
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        flows.recover_unsettled()
    was_charged = mode == "drop_after"
    assert counts(cart) == (PAID_ONCE if was_charged else NOTHING_BOOKED)
    assert charged(devstripe) == (14464 if was_charged else 0)


def test_stripe_out_of_reach_before_anything_began_says_so_and_can_be_tried_again(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child])
    devstripe.fault("POST /v1/payment_intents", "500", times=2)
    with pytest.raises(StripeUnavailable):
        pay(cast, cart)
    assert counts(cart) == NOTHING_BOOKED
    assert pay(cast, cart).state == PaymentState.SUCCEEDED


def test_a_new_card_is_saved_first_with_consent_and_then_charged(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    me = person(cast.owner, cast.organization)
    setup = flows.begin_card(by=me, account=cast.owner.account, once="x")
    save_test_card(setup.id, MASTERCARD)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = flows.pay(by=me, cart=cart, setup_intent=setup.id)
    new = PaymentMethod.objects.exclude(pk=cast.card.pk).get(account=cast.owner.account)
    assert (payment.state, payment.method, payment.paid_by) == (PaymentState.SUCCEEDED, new, cast.owner)
    assert (new.brand, new.last4, new.holder) == ("mastercard", "4444", cast.owner)
    assert CardConsent.objects.filter(payment_method=new, organization=cast.organization).count() == 1


def test_another_familys_setup_intent_or_card_pays_nothing(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    real_card(cast.stranger_card)
    theirs = flows.begin_card(by=person(cast.stranger), account=cast.stranger.account, once="x")
    save_test_card(theirs.id)
    cart = held_cart(cast.owner, swim, [cast.child])
    with pytest.raises(CardUnusable):
        pay(cast, cart, method=None, setup_intent=theirs.id)
    with pytest.raises(CardUnusable):
        pay(cast, cart, method=cast.stranger_card)
    with pytest.raises(PaymentNeeded):
        pay(cast, cart, method=None)
    assert (counts(cart)["payments"], charged(devstripe)) == ([], 0)


def test_a_total_that_is_not_the_one_seen_is_not_charged(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    cart = held_cart(cast.owner, swim, [cast.child])
    with pytest.raises(PriceChanged):
        pay(cast, cart, seen_minor=14463)
    assert pay(cast, cart, seen_minor=14464).state == PaymentState.SUCCEEDED


def test_paying_starts_only_while_the_places_are_held(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    with pytest.raises(HoldRanOut):
        pay(cast, open_cart(cast.owner, swim, [cast.child]))
    cart = held_cart(cast.owner, swim, [cast.child])
    with time_machine.travel(timezone.now() + timedelta(minutes=16)), pytest.raises(HoldRanOut):
        pay(cast, cart)
    assert charged(devstripe) == 0


def paid_late(cast: Cast, swim: Schedule) -> tuple[Cart, Payment]:
    """Charged at the bank after the hold ran out, and not yet told to us."""
    real_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = pay(cast, cart)
    intent = flows.to_confirm(payment_id=payment.pk)
    assert intent is not None
    with time_machine.travel(timezone.now() + timedelta(minutes=17)):
        carts.lapse_overdue(by=Actor.of_job("tests"))
    answer_3d_secure(intent.id, intent.client_secret, success=True)
    cart.refresh_from_db()
    assert cart.state == CartState.LAPSED
    return cart, payment


def test_a_late_payment_takes_the_place_if_it_is_free(cast: Cast, devstripe: DevStripe) -> None:
    swim = course(cast.organization, capacity=1)
    cart, payment = paid_late(cast, swim)
    assert flows.settle(payment_id=payment.pk).state == PaymentState.SUCCEEDED
    assert (counts(cart), seats(swim)) == (PAID_ONCE, [("booked", 4), ("lapsed", 4)])


def test_a_late_payment_whose_place_is_gone_is_refunded_and_told(cast: Cast, devstripe: DevStripe) -> None:
    swim = course(cast.organization, capacity=1)
    cart, payment = paid_late(cast, swim)
    held_cart(cast.stranger, swim, [cast.stranger_child])
    for _again in range(2):
        assert flows.settle(payment_id=payment.pk).state == PaymentState.SUCCEEDED
    cart.refresh_from_db()
    refund = Refund.objects.get()
    assert (cart.state, refund.state, refund.amount_minor) == (
        CartState.CANCELLED,
        RefundState.SUCCEEDED,
        10848,
    )
    assert books(cast.organization) == {"receivable": 0, "card-clearing": 0}
    assert (charged(devstripe), Invoice.objects.count()) == (0, 0)
    [told] = Message.objects.filter(template="billing/email/given_back")
    assert (told.address, told.reader) == (cast.owner.email, cast.owner)
    mail = letters.write(told)
    assert mail.subject == "Not booked, and $108.48 sent back: Swim 3"
    assert "We have sent $108.48 back to your Visa ending 94QX." in mail.body


def test_a_refund_whose_answer_was_lost_is_found_and_not_made_twice(cast: Cast, devstripe: DevStripe) -> None:
    swim = course(cast.organization, capacity=1)
    _cart, payment = paid_late(cast, swim)
    held_cart(cast.stranger, swim, [cast.stranger_child])
    devstripe.fault("POST /v1/refunds", "drop_after", times=2)
    flows.settle(payment_id=payment.pk)
    assert Refund.objects.get().state == RefundState.NEW
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        flows.recover_unsettled()
    assert (Refund.objects.get().state, charged(devstripe)) == (RefundState.SUCCEEDED, 0)
    assert len(devstripe.get("/v1/refunds")[1]["data"]) == 1


def test_one_stripe_customer_an_account_even_when_two_ask_at_once(cast: Cast, devstripe: DevStripe) -> None:
    account = make.MemberFactory(owner=True).account
    gate = Barrier(4)

    def ask(_number: int) -> str:
        try:
            gate.wait(timeout=20)
            return flows.ensure_customer(account=account).stripe_id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ask, range(4)))
    assert ids == {StripeCustomer.objects.get(account=account).stripe_id}
    assert len(devstripe.get("/v1/customers")[1]["data"]) == 1


def test_what_costs_nothing_is_booked_without_a_payment(cast: Cast, devstripe: DevStripe) -> None:
    cart = held_cart(cast.owner, course(cast.organization, price=0), [cast.child])
    assert flows.check_out(by=person(cast.owner), cart=cart, order=flows.Order(missing=[])) is None
    assert counts(cart) == {"invoices": 1, "payments": [], "movements": []}
    assert Invoice.objects.get().total_minor == 0


def test_fulfilling_twice_is_one_invoice_and_a_cart_that_costs_is_not_given_away(
    cast: Cast, swim: Schedule
) -> None:
    free = held_cart(cast.owner, course(cast.organization, price=0), [cast.child])
    me = person(cast.owner)
    assert fulfilment.fulfil(by=me, cart=free) == fulfilment.fulfil(by=me, cart=free)
    with pytest.raises(PaymentNeeded):
        fulfilment.fulfil(by=me, cart=held_cart(cast.owner, swim, [cast.child]))


def test_the_first_purchase_makes_leads_active_and_the_payer_a_client_who_takes_no_part(
    cast: Cast, swim: Schedule, devstripe: DevStripe
) -> None:
    payer = make.MemberFactory(owner=True, with_login=True, email="payer@mail.test")
    child = make.MemberFactory(account=payer.account, born_on=make.years_ago(8))
    card = real_card(make.PaymentMethodFactory(holder=payer))
    cart = held_cart(payer, swim, [child])
    flows.pay(by=person(payer, cast.organization), cart=cart, method=card)
    found = child.clients.get(), payer.clients.get()
    assert [(client.status, client.participates) for client in found] == [
        (ClientStatus.ACTIVE, True),
        (ClientStatus.LEAD, False),
    ]


def test_flows_refuse_to_run_inside_a_transaction(cast: Cast, swim: Schedule) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    with transaction.atomic(), pytest.raises(flows.NotHere):
        pay(cast, cart)
