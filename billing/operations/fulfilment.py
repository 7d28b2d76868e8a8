"""Fulfilment: a cart becomes bookings and an invoice, in one transaction (RULES 3.2, 3.6).

Locks in this order (RULES 3.9): cart, payment, household, what the Sellables lock, and last the counter of
invoice numbers: the number is taken when everything else is written. What many families want at once is
locked as late as that allows: everything that needs no seat is written before the seats are taken.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.calendars import local_day
from accounts.errors import Refused
from accounts.events import emit
from accounts.money import Money
from accounts.numbers import next_number
from accounts.transactions import operation
from billing import ledger
from billing.enums import CartState, LedgerKind, PaymentState
from billing.errors import CartGone, PaymentNeeded, PriceChanged
from billing.events import CartFulfilled
from billing.models import Allocation, Cart, CartLine, Invoice, InvoiceLine, Payment, Refund
from billing.operations import carts, payments, telling
from billing.sums import Sums, add_up
from clients.models import Client, Household
from clients.operations import activity, admission, households

NEXT_INVOICE_ID = "SELECT nextval(pg_get_serial_sequence('billing_invoice', 'id'))"
PLACE_GONE = "place_gone"


@operation
def fulfil(*, by: Actor, cart: Cart, payment: Payment | None = None) -> Invoice:
    """Book every line and issue the invoice, once; a fulfilled cart gives its invoice again.

    ``payment`` has succeeded and covers the whole; a cart that costs nothing needs none. Where the hold ran
    out, seats are taken anew if they are free. Activates the clients, writes the books, queues the
    confirmation, emits CartFulfilled. Raises CartGone, PaymentNeeded, PriceChanged, CannotBuy and what the
    Sellables refuse.
    """
    return fulfil_locked(by=by, cart=carts.lock(cart.pk), payment=payment)


def fulfil_locked(*, by: Actor, cart: Cart, payment: Payment | None, on_account: bool = False) -> Invoice:
    """As ``fulfil``, for a cart that is locked. ``on_account`` leaves the bill open: ``desk_sales`` asks whether."""
    if cart.state == CartState.FULFILLED:
        return cart.invoice
    if cart.state not in (CartState.HELD, CartState.LAPSED) or cart.account.erased_at is not None:
        raise CartGone
    now = timezone.now()
    lines = carts.lines_of(cart)
    sums = add_up(lines, cart.organization.currency)
    if not on_account:
        _is_covered(sums, payment)
    carts.ask_again(by, cart, lines, now)
    clients = carts.admitted(by, cart, lines, payer=cart.buyer)
    household = _locked_household(by, cart)
    admission.activate(by=by, clients=clients.values())
    invoice = _written(by, cart, household, lines, clients, sums, now)
    if payment is not None:
        Allocation.objects.create(
            organization=cart.organization, payment=payment, invoice=invoice, amount_minor=sums.total.minor
        )
    cart.state = CartState.FULFILLED
    cart.save(update_fields=["state", "updated_at"])
    telling.booked(cart=cart, lines=lines, sums=sums, invoice=invoice, payment=payment)
    for sellable, group in carts.by_kind(lines):
        sellable.fulfil(by=by, lines=group, clients=clients)
    emit(CartFulfilled(cart=cart, invoice=invoice, by=by))
    invoice.number = next_number(cart.organization, "invoice")
    invoice.save(force_insert=True)
    return invoice


@operation
def finish(*, by: Actor, payment_id: int) -> Refund | None:
    """The money of a payment has come: book it, and fulfil its cart.

    Where the cart cannot be fulfilled any more (the places are gone), nothing is booked, the cart is let go
    and the refund that is owed is returned. Harmless for a payment that is settled.
    """
    cart = carts.lock(Payment.objects.values_list("cart_id", flat=True).get(pk=payment_id))
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("organization", "household__account", "household__billing_contact", "method", "cart")
        .get(pk=payment_id)
    )
    if payment.state not in payments.WAITING:
        return None
    payments.receive(by=by, payment=payment, at=timezone.now())
    try:
        with transaction.atomic():
            fulfil_locked(by=by, cart=cart, payment=payment)
    except Refused:
        carts.release(by, carts.lines_of(cart))
        Cart.objects.filter(pk=cart.pk).exclude(state=CartState.FULFILLED).update(state=CartState.CANCELLED)
        return payments.owe_back(by=by, payment=payment, reason=PLACE_GONE)
    return None


def _is_covered(sums: Sums, payment: Payment | None) -> None:
    if payment is None:
        if sums.total:
            raise PaymentNeeded
    elif payment.state != PaymentState.SUCCEEDED or payment.amount_minor != sums.total.minor:
        raise PriceChanged


def _locked_household(by: Actor, cart: Cart) -> Household:
    locked = Household.objects.select_for_update(of=("self",)).select_related(
        "account", "billing_contact", "organization"
    )
    standing = locked.filter(organization=cart.organization, account=cart.account, merged_into=None).first()
    if standing is not None:
        activity.touch(standing)
        return standing
    household = households.begin(by=by, organization=cart.organization, account=cart.account)
    return locked.get(pk=household.pk)


def _written(
    by: Actor,
    cart: Cart,
    household: Household,
    lines: Sequence[CartLine],
    clients: Mapping[int, Client],
    sums: Sums,
    now: datetime,
) -> Invoice:
    """The invoice, complete but for its number and row; its lines and its books are written."""
    invoice = Invoice(
        pk=_next_invoice_id(),
        organization=cart.organization,
        household=household,
        cart=cart,
        currency=sums.total.currency,
        subtotal_minor=sums.subtotal.minor,
        tax_minor=sums.total.minor - sums.subtotal.minor,
        total_minor=sums.total.minor,
        issued_at=now,
        due_on=local_day(now, cart.organization.time_zone),
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            organization=cart.organization,
            invoice=invoice,
            client=clients[line.member_id],
            product=line.product,
            kind=line.product.kind,
            label=line.label,
            detail=line.detail,
            amount_minor=line.amount_minor,
            tax_rate=line.tax_rate,
            tax_minor=line.tax_minor,
        )
        for line in lines
    )
    if sums.total:
        _booked(by, invoice, household, lines, sums, now)
    return invoice


def _booked(
    by: Actor, invoice: Invoice, household: Household, lines: Sequence[CartLine], sums: Sums, now: datetime
) -> None:
    """Debit what the household owes; credit revenue by category and tax by code."""
    ledger.post(
        by=by,
        organization=invoice.organization,
        kind=LedgerKind.INVOICE,
        at=now,
        invoice=invoice,
        entries=[
            ledger.debit(ledger.RECEIVABLE, sums.total, household),
            *(
                ledger.credit(
                    ledger.revenue(line.product.category), Money(line.amount_minor, invoice.currency)
                )
                for line in lines
            ),
            *(ledger.credit(ledger.tax(tax.rate.code), tax.amount) for tax in sums.taxes),
        ],
    )


def _next_invoice_id() -> int:
    """The id is known before the row, so that the number can be the last thing taken."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_INVOICE_ID)
        return int(cursor.fetchone()[0])
