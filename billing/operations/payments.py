"""Payments: each move of a state is one conditional UPDATE that must change exactly one row (RULES 3.5)."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account
from accounts.money import Money
from accounts.transactions import operation
from billing import ledger, sums
from billing.enums import LedgerKind, PaymentKind, PaymentState, RefundState
from billing.errors import CardUnusable, CartGone, HoldRanOut, PaymentNeeded, PriceChanged
from billing.models import Cart, Payment, PaymentMethod, Refund
from billing.operations import borrowing, cards, carts
from clients.operations import households
from relationships.models import ManagerLink

_MONEY_OF = {PaymentKind.CARD: ledger.CARD_CLEARING, PaymentKind.CASH: ledger.CASH}
WAITING = (PaymentState.NEW, PaymentState.REQUIRES_ACTION)


class PaymentMoved(RuntimeError):
    """Somebody else moved the payment first: read it again."""


@operation
def begin(
    *,
    by: Actor,
    cart: Cart,
    method: PaymentMethod | None = None,
    link: ManagerLink | None = None,
    seen_minor: int | None = None,
) -> tuple[Payment, bool]:
    """The one payment that can be under way for the cart, and whether it is new.

    That there is one only, however often the button is pressed, is kept by the cart's lock and the
    database (``payment_cart_once``). Consent to charge the card is written with it. ``seen_minor`` is the
    total the payer agreed to. With ``link`` the card is the one that it lends, and the cart is bought in the
    lender's name: their card must be consented already, and the month's cap leave the total, which is asked
    under the link's lock. Staff charge only what ``borrowing.charge_at_desk`` lets them. Raises NotAllowed,
    CartGone, HoldRanOut, PriceChanged, CardUnusable, PaymentNeeded, LoanOver, LentForOneself, OverTheCap,
    CardNotForDesk.
    """
    cart = carts.lock(cart.pk)
    carts.may_check_out(by, cart)
    if live := Payment.objects.filter(cart=cart, state__in=carts.LIVE).first():
        return live, False
    _is_payable(cart, timezone.now())
    total = sums.add_up(carts.lines_of(cart), cart.organization.currency).total
    if seen_minor is not None and seen_minor != total.minor:
        raise PriceChanged
    is_desk = by.kind is ActorKind.STAFF
    if is_desk:
        borrowing.charge_at_desk(by=by, cart=cart, method=method)
    elif link is not None:
        borrowing.buy_for(by=by, cart=cart, link=link)
    else:
        borrowing.buy_alone(by=by, cart=cart)
    household = households.begin(by=by, organization=cart.organization, account=cart.account)
    if link is not None:
        method = borrowing.lent_card(by=by, cart=cart, link=link, total=total)
    if method is None:
        raise PaymentNeeded
    usable(method, cart.account)
    payment = Payment.objects.create(
        organization=cart.organization,
        household=household,
        cart=cart,
        lent_by=link,
        paid_by=method.holder,
        kind=PaymentKind.CARD,
        method=method,
        amount_minor=total.minor,
        currency=total.currency,
    )
    if link is None and not is_desk:
        cards.consent(by=by, organization=cart.organization, method=method)
    _record(by, payment, "begun")
    return payment, True


def usable(method: PaymentMethod, account: Account) -> None:
    """Raise CardUnusable unless the card is the account's and not removed."""
    if method.account_id != account.pk or method.removed_at is not None:
        raise CardUnusable


def store_intent(*, payment: Payment, intent_id: str) -> None:
    """Remember the intent before anything can be charged. Raises PaymentMoved if the payment was given up."""
    waiting = Payment.objects.filter(pk=payment.pk, state=PaymentState.NEW, stripe_intent_id=None)
    if waiting.update(stripe_intent_id=intent_id) != 1:
        raise PaymentMoved
    payment.stripe_intent_id = intent_id


def wait_for_holder(*, payment_id: int) -> None:
    """The bank wants the card's holder to confirm."""
    Payment.objects.filter(pk=payment_id, state=PaymentState.NEW).update(state=PaymentState.REQUIRES_ACTION)


@operation
def fail(*, by: Actor, payment_id: int, code: str) -> None:
    """The payment came to nothing; the cart stays as it is, and another card can be tried."""
    if _move(payment_id, state=PaymentState.FAILED, failure_code=code[:60]):
        _record(
            by, Payment.objects.select_related("organization").get(pk=payment_id), "failed", code=code[:60]
        )


@operation
def receive(*, by: Actor, payment: Payment, at: datetime) -> None:
    """The money came: debit cash or card clearing, credit what the household owes. Raises PaymentMoved."""
    if not _move(payment.pk, state=PaymentState.SUCCEEDED, succeeded_at=at):
        raise PaymentMoved
    payment.state, payment.succeeded_at = PaymentState.SUCCEEDED, at
    amount = Money(payment.amount_minor, payment.currency)
    ledger.post(
        by=by,
        organization=payment.organization,
        kind=LedgerKind.PAYMENT,
        at=at,
        payment=payment,
        entries=[
            ledger.debit(_MONEY_OF[PaymentKind(payment.kind)], amount),
            ledger.credit(ledger.RECEIVABLE, amount, payment.household),
        ],
    )


@operation
def owe_back(*, by: Actor, payment: Payment, reason: str) -> Refund:
    """Write down that the whole payment is given back; the flow does it at Stripe."""
    refund = Refund.objects.create(
        organization=payment.organization, payment=payment, amount_minor=payment.amount_minor, reason=reason
    )
    _record(by, payment, "refund_begun", reason=reason)
    return refund


@operation
def give_back(*, by: Actor, refund: Refund, stripe_refund_id: str) -> bool:
    """Stripe has given the money back: books it. False if that was done before."""
    waiting = Refund.objects.filter(pk=refund.pk, state=RefundState.NEW)
    if waiting.update(state=RefundState.SUCCEEDED, stripe_refund_id=stripe_refund_id) != 1:
        return False
    payment = refund.payment
    amount = Money(refund.amount_minor, payment.currency)
    ledger.post(
        by=by,
        organization=refund.organization,
        kind=LedgerKind.REFUND,
        at=timezone.now(),
        refund=refund,
        entries=[
            ledger.debit(ledger.RECEIVABLE, amount, payment.household),
            ledger.credit(ledger.CARD_CLEARING, amount),
        ],
    )
    return True


def refund_failed(*, refund: Refund) -> None:
    """Stripe could not give the money back; staff see it stand on the household."""
    Refund.objects.filter(pk=refund.pk, state=RefundState.NEW).update(state=RefundState.FAILED)


def _is_payable(cart: Cart, now: datetime) -> None:
    if carts.is_held(cart, now):
        return
    raise CartGone if cart.state in carts.CLOSED else HoldRanOut


def _move(payment_id: int, **changes: Any) -> bool:
    """From waiting to wherever ``changes`` say; False if it waits no more."""
    return Payment.objects.filter(pk=payment_id, state__in=WAITING).update(**changes) == 1


def _record(by: Actor, payment: Payment, what: str, **changes: str) -> None:
    audit.record(
        by=by,
        action=f"billing.payment_{what}",
        target=payment,
        organization=payment.organization,
        members=[payment.paid_by_id],
        changes=changes,
    )
