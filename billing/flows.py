"""Paying, settling and putting right: the flows between our rows and Stripe (RULES 3.5).

Not atomic, and they refuse to start inside a transaction. Each step is safe to repeat from what is stored:
a kill between any two of them ends, after ``recover_unsettled``, in paid-and-seated or in neither.

How a payment runs: the row (one live payment a cart, kept by the database) → the unconfirmed intent → its
id stored and committed → the hold prolonged → confirmed → settled. Whoever presses a second time, in
whatever tab, finds the row and is led to the first one's outcome. An intent is given up only at Stripe,
by cancelling it, before the row is failed: so a failed payment can never be charged later.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account, Organization
from accounts.money import Money
from billing import lending, stripe_gateway
from billing.enums import CartState, PaymentState, RefundState
from billing.errors import CardDeclined, CardUnusable, PaymentNeeded, StripeRefused, StripeUnavailable
from billing.models import Cart, Payment, PaymentMethod, Refund, StripeCustomer
from billing.operations import cards, carts, checkout, fulfilment, inbox, payments
from billing.stripe_gateway import StripeIntent, StripeSetup
from relationships import authority
from relationships.enums import AccountPermission
from relationships.models import ManagerLink
from waivers.requirements import Missing

logger = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(minutes=1)  # longer than any answer of Stripe's may take, with its repetition
SETTLING = Actor.of_job("billing.settle")


class NotHere(RuntimeError):
    """A flow was started inside a transaction, which could roll back what Stripe has done."""


def _alone() -> None:
    if connection.in_atomic_block:
        raise NotHere("a flow does not run inside a transaction")


# Cards


def ensure_customer(*, account: Account) -> StripeCustomer:
    """The account's customer at Stripe, made on first use (D08). Two at once end with the same one."""
    _alone()
    found = StripeCustomer.objects.filter(account=account, is_primary=True).first()
    if found is not None:
        return found
    stripe_id = stripe_gateway.create_customer(
        reference=account.code, idempotency_key=f"customer-{account.pk}-{account.code}"
    )
    return cards.keep_customer(account=account, stripe_id=stripe_id)


def begin_card(*, by: Actor, account: Account, once: str) -> StripeSetup:
    """A SetupIntent for the page to save a card with. ``once`` makes a repetition the same one.

    Raises NotAllowed and StripeUnavailable.
    """
    _alone()
    authority.may_run(by, AccountPermission.CARDS, account).or_refuse()
    customer = ensure_customer(account=account)
    return stripe_gateway.create_setup_intent(customer=customer.stripe_id, key=f"setup-{account.code}-{once}")


def save_card(
    *, by: Actor, account: Account, setup_intent: str, organization: Organization | None = None
) -> PaymentMethod:
    """Keep the card that a succeeded SetupIntent of this account has saved; the same one twice is one card.

    With ``organization``, the holder lets it charge the card. Raises CardUnusable, StripeUnavailable.
    """
    _alone()
    authority.may_run(by, AccountPermission.CARDS, account, organization).or_refuse()
    if by.member is None or not setup_intent:
        raise CardUnusable
    try:
        setup = stripe_gateway.retrieve_setup_intent(setup_intent)
    except StripeRefused as error:
        raise CardUnusable from error
    customer = StripeCustomer.objects.filter(account=account, stripe_id=setup.customer or "").first()
    if customer is None or setup.status != "succeeded" or not setup.payment_method:
        raise CardUnusable
    card = stripe_gateway.retrieve_card(setup.payment_method)
    return cards.save(
        by=by,
        customer=customer,
        holder=by.member,
        stripe_id=card.id,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        organization=organization,
    )


def remove_card(*, by: Actor, method: PaymentMethod) -> None:
    """Take the card from Stripe, then mark it removed. Safe to repeat. Raises NotAllowed, StripeUnavailable."""
    _alone()
    authority.may_run(by, AccountPermission.CARDS, method.account).or_refuse()
    stripe_gateway.detach_card(method.stripe_id)
    cards.remove(by=by, method=method)


def detach_removed(*, method_id: int) -> None:
    """Take a card that is removed here from Stripe too. Safe to repeat. Raises StripeUnavailable."""
    _alone()
    method = PaymentMethod.objects.filter(pk=method_id, removed_at__isnull=False).first()
    if method is not None:
        stripe_gateway.detach_card(method.stripe_id)


# Checking out


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the checkout page sends: the card, the link that lends one, or the SetupIntent that saved a new one;

    what was signed and seen.

    ``missing`` is what must be signed, as it stands now.
    """

    method: PaymentMethod | None = None
    link: ManagerLink | None = None
    setup_intent: str = ""
    missing: Sequence[Missing]
    answers: Sequence[checkout.Answer] = ()
    seen_minor: int | None = None


def check_out(*, by: Actor, cart: Cart, order: Order) -> Payment | None:
    """Sign what is missing, then pay; None when the cart costs nothing and is booked at once.

    What was signed stays signed when the card is declined. Raises SignatureMissing and all that ``pay`` does.
    """
    _alone()
    if cart.state != CartState.FULFILLED:
        checkout.sign(by=by, cart=cart, answers=order.answers, missing=order.missing)
    if checkout.is_free(cart):
        if cart.state != CartState.FULFILLED:
            carts.may_check_out(by, cart)
        fulfilment.fulfil(by=by, cart=cart)
        return None
    return pay(
        by=by,
        cart=cart,
        method=order.method,
        link=order.link,
        setup_intent=order.setup_intent,
        seen_minor=order.seen_minor,
    )


def pay(
    *,
    by: Actor,
    cart: Cart,
    method: PaymentMethod | None = None,
    link: ManagerLink | None = None,
    setup_intent: str = "",
    seen_minor: int | None = None,
) -> Payment:
    """Pay the cart by card: a saved one, the one that ``link`` lends, or the new one that ``setup_intent`` saved,

    which is kept first.

    The payment's state says what came of it: SUCCEEDED (the cart is fulfilled), REQUIRES_ACTION (3-D
    Secure), FAILED with its code (the cart stays held, another card can be tried), NEW (Stripe did not
    answer: recovery finds out). Pressed again, or in parallel, it is the first one's payment.
    Raises NotAllowed, EmailUnconfirmed, CartGone, HoldRanOut, PriceChanged, CardUnusable, and
    StripeUnavailable before anything could be charged.
    """
    _alone()
    if live := Payment.objects.filter(cart=cart, state__in=carts.LIVE).first():
        if not lending.is_borrower(by, cart):
            carts.may_buy(by, cart.account, cart.organization)
        return settle(payment_id=live.pk, by=by)
    if setup_intent and link is None:
        account = lending.own_account(by, cart)
        method = save_card(by=by, account=account, setup_intent=setup_intent, organization=cart.organization)
    if method is None and link is None:
        raise PaymentNeeded
    payment, is_new = payments.begin(by=by, cart=cart, method=method, link=link, seen_minor=seen_minor)
    if not is_new:
        return settle(payment_id=payment.pk, by=by)
    try:
        intent = _create_intent(payment)
        payments.store_intent(payment=payment, intent_id=intent.id)
    except payments.PaymentMoved:
        return _fresh(payment.pk)
    except StripeUnavailable:
        payments.fail(by=by, payment_id=payment.pk, code="not_begun")
        raise
    except StripeRefused as error:
        logger.exception("payment %s: Stripe would not begin it", payment.pk)
        payments.fail(by=by, payment_id=payment.pk, code="refused")
        raise CardUnusable from error
    carts.prolong(by=by, cart=cart)
    return _confirm(by, payment, intent.id)


def settle(*, payment_id: int, by: Actor | None = None) -> Payment:
    """Ask Stripe how the payment stands, and carry that out: the same for page, webhook and recovery.

    Safe twice, in parallel and in any order. A payment whose money came is fulfilled in the transaction
    that books it; if its places are gone it is refunded and the family told. Stripe out of reach changes
    nothing.
    """
    _alone()
    actor = by or SETTLING
    payment = _fresh(payment_id)
    if payment.state in payments.WAITING and payment.stripe_intent_id:
        try:
            _carry_out(actor, payment, stripe_gateway.retrieve_payment_intent(payment.stripe_intent_id))
        except StripeUnavailable:
            logger.warning("payment %s: Stripe is out of reach", payment_id)
    elif payment.state in payments.WAITING and _is_old(payment):
        payments.fail(by=actor, payment_id=payment.pk, code="abandoned")  # no intent: nothing can be charged
    _give_back_owed(actor, payment_id)
    return _fresh(payment_id)


def to_confirm(*, payment_id: int) -> StripeIntent | None:
    """The intent that the card's holder must confirm with their bank; None when nothing waits for that."""
    payment = settle(payment_id=payment_id)
    if payment.state != PaymentState.REQUIRES_ACTION or not payment.stripe_intent_id:
        return None
    try:
        intent = stripe_gateway.retrieve_payment_intent(payment.stripe_intent_id)
    except StripeUnavailable:
        return None
    return intent if intent.status == "requires_action" else None


def give_up(*, by: Actor, payment: Payment) -> Payment:
    """The payer leaves a payment that waits for their bank; if it was charged after all, it counts.

    Raises NotAllowed and StripeUnavailable.
    """
    _alone()
    authority.may_run(by, AccountPermission.PAY, payment.household.account).or_refuse()
    if payment.state == PaymentState.REQUIRES_ACTION and payment.stripe_intent_id:
        _abandon(by, payment, payment.stripe_intent_id, "authentication_not_handled")
        _give_back_owed(by, payment.pk)
    return _fresh(payment.pk)


def handle_event(*, event_id: str) -> None:
    """Act upon an event of the inbox: whatever it says, the payment is settled as Stripe has it now.

    The event only says that something happened to an intent, so its order and its repetition do not matter.
    """
    _alone()
    event = inbox.waiting(event_id)
    if event is None:
        return
    payment = Payment.objects.filter(stripe_intent_id=event.object_id).first()
    if payment is not None:
        settle(payment_id=payment.pk, by=Actor.of_webhook("stripe"))
    inbox.done(event=event, is_ours=payment is not None)


def recover_unsettled() -> int:
    """Settle every payment, refund and event that has waited for over a minute; returns how many payments.

    One that fails is logged and does not keep the others waiting.
    """
    _alone()
    before = timezone.now() - ABANDONED_AFTER
    waiting = Payment.objects.filter(state__in=payments.WAITING, created_at__lt=before)
    owed = Refund.objects.filter(state=RefundState.NEW, created_at__lt=before)
    found = sorted({*waiting.values_list("pk", flat=True), *owed.values_list("payment", flat=True)})
    for payment_id in found:
        try:
            settle(payment_id=payment_id)
        except Exception:
            logger.exception("payment %s is not settled", payment_id)
    for event_id in inbox.overdue(before):
        handle_event(event_id=event_id)
    return len(found)


# The steps


def _create_intent(payment: Payment) -> StripeIntent:
    """An unconfirmed intent with our ids alone."""
    method = payment.method
    if method is None:
        raise CardUnusable
    return stripe_gateway.create_payment_intent(
        customer=method.customer.stripe_id,
        amount=Money(payment.amount_minor, payment.currency),
        payment_method=method.stripe_id,
        metadata={"payment": str(payment.pk), "organization": str(payment.organization_id)},
        key=_key("payment", payment.pk, payment.created_at),
    )


def _confirm(by: Actor, payment: Payment, intent_id: str) -> Payment:
    """Charge. No answer, or a refusal, is for ``settle`` to understand."""
    cart = payment.cart
    path = reverse("public:checkout_return", args=[payment.organization.slug, cart.code if cart else ""])
    try:
        intent = stripe_gateway.confirm_payment_intent(
            intent_id,
            return_url=settings.BASE_URL.rstrip("/") + path,
            off_session=_is_without_holder(by, payment),
            key=_key("confirm", payment.pk, payment.created_at),
        )
        _carry_out(by, payment, intent)
    except CardDeclined as declined:
        _give_up(by, payment, intent_id, declined.code)
    except StripeRefused:
        logger.exception("payment %s: Stripe would not confirm it", payment.pk)
        _give_up(by, payment, intent_id, "refused")
    except StripeUnavailable:
        logger.warning("payment %s: no answer to its confirmation", payment.pk)
    _give_back_owed(by, payment.pk)
    return _fresh(payment.pk)


def _carry_out(by: Actor, payment: Payment, intent: StripeIntent) -> None:
    """Make our rows say what the intent says."""
    match intent.status:
        case "succeeded":
            fulfilment.finish(by=by, payment_id=payment.pk)
        case "canceled":
            payments.fail(by=by, payment_id=payment.pk, code=intent.last_error_code or "abandoned")
        case "requires_payment_method":
            _abandon(by, payment, intent.id, intent.last_error_code or "card_declined")
        case "requires_confirmation" if _is_old(payment):
            _abandon(by, payment, intent.id, "abandoned")
        case "requires_action" if payment.lent_by_id is not None:
            _abandon(by, payment, intent.id, "authentication_required")
        case "requires_action" if _is_over(payment):
            _abandon(by, payment, intent.id, "authentication_not_handled")
        case "requires_action":
            payments.wait_for_holder(payment_id=payment.pk)


def _abandon(by: Actor, payment: Payment, intent_id: str, code: str) -> None:
    """Cancel the intent, and only then fail the payment; if it was charged after all, that counts."""
    intent = stripe_gateway.cancel_payment_intent(intent_id)
    if intent.status == "succeeded":
        fulfilment.finish(by=by, payment_id=payment.pk)
    elif intent.status == "canceled":
        payments.fail(by=by, payment_id=payment.pk, code=code)


def _give_back_owed(by: Actor, payment_id: int) -> None:
    """Carry out at Stripe what we owe back, asking first whether it was done (RULES 3.5)."""
    owed = Refund.objects.filter(payment=payment_id, state=RefundState.NEW).select_related(
        "organization", "payment__household__account", "payment__household__billing_contact"
    )
    for refund in owed:
        try:
            _give_back(by, refund)
        except StripeUnavailable:
            logger.warning("refund %s: Stripe is out of reach, left for recovery", refund.pk)


def _give_back(by: Actor, refund: Refund) -> None:
    intent_id = refund.payment.stripe_intent_id or ""
    known = [
        found
        for found in stripe_gateway.list_refunds(intent_id)
        if found.metadata.get("refund") == str(refund.pk)
    ]
    made = (
        known[0]
        if known
        else stripe_gateway.create_refund(
            intent=intent_id,
            amount=Money(refund.amount_minor, refund.payment.currency),
            metadata={"refund": str(refund.pk)},
            key=_key("refund", refund.pk, refund.created_at),
        )
    )
    if made.status == "succeeded":
        checkout.given_back(by=by, refund=refund, stripe_refund_id=made.id)
    elif made.status in ("failed", "canceled"):
        logger.error("refund %s of payment %s failed at Stripe", refund.pk, refund.payment_id)
        payments.refund_failed(refund=refund)


def _give_up(by: Actor, payment: Payment, intent_id: str, code: str) -> None:
    """Abandon, or leave it to recovery when Stripe is out of reach."""
    try:
        _abandon(by, payment, intent_id, code)
    except StripeUnavailable:
        logger.warning("payment %s: Stripe is out of reach, left for recovery", payment.pk)


def _fresh(payment_id: int) -> Payment:
    return Payment.objects.select_related("cart", "organization", "method").get(pk=payment_id)


def _is_without_holder(by: Actor, payment: Payment) -> bool:
    """Nobody is there who could answer the bank: the card is lent, or the desk charges it."""
    return payment.lent_by_id is not None or by.kind is ActorKind.STAFF


def _is_old(payment: Payment) -> bool:
    """Whoever began it has had the time to finish; if they are still at it, Stripe decides who was first."""
    return payment.created_at < timezone.now() - ABANDONED_AFTER


def _is_over(payment: Payment) -> bool:
    """Nobody has confirmed with the bank while the places were held."""
    return payment.cart is None or not carts.is_held(payment.cart, timezone.now())


def _key(what: str, pk: int, made_at: datetime) -> str:
    """An idempotency key that another installation, or this one made anew, will not have used."""
    return f"{what}-{pk}-{made_at.timestamp():.6f}"
