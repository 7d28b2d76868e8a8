"""What billing puts into an export: bills, payments, refunds, cards, and what was left in a cart.

Money belongs to the account that pays: it is in the copy of who runs that account, and everybody has what
they paid themselves. Of what others paid for somebody nothing is said (RULES 2.10).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exporting import (
    Column,
    ExportPart,
    Holding,
    LeftOut,
    Row,
    Scope,
    columns,
    counted,
    either,
    export_left_out,
    export_parts,
    privacy_holdings,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON
from accounts.money import Money
from billing import ledger
from billing.enums import CartState, PaymentKind, PaymentState, ProductKind, RefundState
from billing.models import (
    CardConsent,
    CartLine,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payment,
    PaymentMethod,
    Refund,
    StripeCustomer,
)


def invoices_of(scope: Scope) -> QuerySet[Invoice]:
    """Bills of the account that the reader runs, and those they paid themselves."""
    wanted = []
    if scope.runs_account and scope.is_whole_account:
        wanted.append(Q(household__account=scope.account))
    if scope.holds_reader:
        wanted.append(Q(allocations__payment__paid_by=scope.reader))
    rows = either(Invoice, *wanted)
    return rows.filter(pk__in=Invoice.objects.hiding(scope.barred).values("pk")) if scope.barred else rows


def lines_of(scope: Scope) -> QuerySet[InvoiceLine]:
    """Lines of those bills, and for an owner those about the person whom the copy is of."""
    wanted = [Q(invoice__in=invoices_of(scope).values("pk"))]
    if scope.runs_account:
        wanted.append(Q(invoice__household__account=scope.account, client__member__in=scope.whole))
    rows = either(InvoiceLine, *wanted)
    return rows.exclude(client__member__in=scope.barred) if scope.barred else rows


def payments_of(scope: Scope) -> QuerySet[Payment]:
    """Payments of the account that the reader runs, and their own."""
    wanted = []
    if scope.runs_account and scope.is_whole_account:
        wanted.append(Q(household__account=scope.account))
    if scope.holds_reader:
        wanted.append(Q(paid_by=scope.reader))
    rows = either(Payment, *wanted)
    about = Q(allocations__invoice__lines__client__member__in=scope.barred) | Q(
        cart__lines__member__in=scope.barred
    )
    return rows.exclude(pk__in=Payment.objects.filter(about).values("pk")) if scope.barred else rows


def cards_of(scope: Scope) -> QuerySet[PaymentMethod]:
    """The account's cards, for who runs it; else one's own."""
    wanted = [Q(holder__in=scope.whole)]
    if scope.runs_account and scope.is_whole_account:
        wanted.append(Q(account=scope.account))
    return either(PaymentMethod, *wanted)


def bills(scope: Scope) -> Iterator[Row]:
    """Each bill, and what is left to pay."""
    rows: Any = Invoice.objects.filter(pk__in=invoices_of(scope).values("pk")).with_paid()
    for each in stream(rows.select_related("organization").order_by("pk")):
        yield {
            "organization": each.organization.name,
            "bill": each.number,
            "issued_at": each.issued_at,
            "due_on": each.due_on,
            "before_tax": Money(each.subtotal_minor, each.currency),
            "tax": Money(each.tax_minor, each.currency),
            "total": Money(each.total_minor, each.currency),
            "paid": Money(each.paid_minor, each.currency),
        }


def lines(scope: Scope) -> Iterator[Row]:
    """What was bought, for whom."""
    rows = lines_of(scope).select_related("organization", "invoice", "client", "tax_rate")
    for each in stream(rows.order_by("pk")):
        yield {
            "organization": each.organization.name,
            "bill": each.invoice.number,
            "person": scope.person(each.client.member_id),
            "kind": each.kind,
            "what": each.label,
            "detail": each.detail,
            "before_tax": Money(each.amount_minor, each.invoice.currency),
            "tax": Money(each.tax_minor, each.invoice.currency),
            "tax_name": each.tax_rate.name if each.tax_rate else "",
        }


def payments(scope: Scope) -> Iterator[Row]:
    """Payments with the bills they went to: the receipts."""
    bills_paid = ArrayAgg("allocations__invoice__number", filter=Q(allocations__isnull=False), default=[])
    rows = payments_of(scope).select_related("organization", "method").annotate(bills=bills_paid)
    for each in stream(rows.order_by("pk")):
        yield {
            "organization": each.organization.name,
            "begun_at": each.created_at,
            "paid_at": each.succeeded_at,
            "amount": Money(each.amount_minor, each.currency),
            "state": each.state,
            "by": each.kind,
            "card": _card(each.method),
            "paid_by": scope.name_of(each.paid_by_id),
            "bills": each.bills,
        }


def refunds(scope: Scope) -> Iterator[Row]:
    """What was given back on those payments."""
    rows = Refund.objects.filter(payment__in=payments_of(scope)).select_related("organization", "payment")
    for each in stream(rows.order_by("pk")):
        yield {
            "organization": each.organization.name,
            "begun_at": each.created_at,
            "amount": Money(each.amount_minor, each.payment.currency),
            "state": each.state,
        }


def cards(scope: Scope) -> Iterator[Row]:
    """Brand, last four digits and expiry: more is not held here."""
    standing = Q(consents__withdrawn_at__isnull=True, consents__isnull=False)
    consented = ArrayAgg("consents__organization__name", filter=standing, default=[])
    for each in stream(cards_of(scope).annotate(consented=consented).order_by("pk")):
        yield {
            "holder": scope.name_of(each.holder_id),
            "card": _card(each),
            "expires": f"{each.exp_month:02}/{each.exp_year}",
            "saved_at": each.created_at,
            "removed_at": each.removed_at,
            "may_be_charged_by": each.consented,
        }


def references(scope: Scope) -> Iterator[Row]:
    """Under what name the payment service knows the account."""
    if scope.runs_account:
        for each in stream(StripeCustomer.objects.filter(account=scope.account).order_by("pk")):
            yield {"service": "Stripe", "reference": each.stripe_id, "since": each.created_at}


def balances(scope: Scope) -> Iterator[Row]:
    """What the account owes at each organisation, or has to its credit."""
    if not scope.runs_account:
        return
    entries = LedgerEntry.objects.filter(household__account=scope.account, account__code=ledger.RECEIVABLE)
    rows = entries.order_by("organization").values("organization__name", "organization__currency")
    for each in rows.annotate(owed=Sum("amount_minor")).iterator():
        yield {
            "organization": each["organization__name"],
            "owed": Money(each["owed"], each["organization__currency"]),
        }


def carts(scope: Scope) -> Iterator[Row]:
    """What was begun and not bought."""
    wanted = []
    if scope.runs_account:
        of_whom = {} if scope.is_whole_account else {"member__in": scope.whole}
        wanted.append(Q(cart__account=scope.account, **of_whom))
    if scope.holds_reader:
        wanted.append(Q(cart__buyer=scope.reader))
    rows = either(CartLine, *wanted).exclude(cart__state=CartState.FULFILLED)
    if scope.barred:
        rows = rows.exclude(member__in=scope.barred)
    for each in stream(rows.select_related("organization", "cart").order_by("pk")):
        yield {
            "organization": each.organization.name,
            "begun_at": each.cart.created_at,
            "state": each.cart.state,
            "person": scope.person(each.member_id),
            "what": each.label,
            "detail": each.detail,
        }


def count_bills(scope: Scope) -> Mapping[int | None, int]:
    """Bills by organisation. One query."""
    return counted(invoices_of(scope).order_by().values_list("organization").annotate(n=Count("pk")))


def count_cards(scope: Scope) -> Mapping[int | None, int]:
    """Cards, on the family's own side. One query."""
    return counted([(None, cards_of(scope).filter(removed_at=None).count())])


def _card(method: PaymentMethod | None) -> str:
    return f"{method.brand} {method.last4}" if method else ""


def _bills_in_words(n: int) -> str:
    return ngettext("%(n)s bill", "%(n)s bills", n) % {"n": n}


def _cards_in_words(n: int) -> str:
    return ngettext(
        "%(n)s card: brand, last four digits and expiry", "%(n)s cards: brand, last four digits and expiry", n
    ) % {"n": n}


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    export_left_out.register(CARDS)
    privacy_holdings.register(Holding(key="bills", order=50, count=count_bills, words=_bills_in_words))
    privacy_holdings.register(Holding(key="cards", order=30, count=count_cards, words=_cards_in_words))


def _part(
    key: str, order: int, title: Any, about: Any, rows: Any, *parts: Any, models: tuple[str, ...]
) -> ExportPart:
    return ExportPart(key=key, order=order, title=title, about=about, columns=parts, rows=rows, models=models)


PARTS = (
    _part(
        "bills", 50, _("Bills"), _("Bills of your account, and bills that you paid."), bills,
        ORGANIZATION,
        *columns(
            bill=_("Bill"), issued_at=_("Issued"), due_on=_("Due"), before_tax=_("Before tax"), tax=_("Tax"),
            total=_("Total"), paid=_("Paid"),
        ),
        models=("billing.Invoice", "billing.Allocation"),
    ),
    _part(
        "bill_lines", 51, _("What was bought"), _("Line by line, and for whom."), lines,
        ORGANIZATION, *columns(bill=_("Bill")), PERSON,
        Column(key="kind", title=_("Kind"), choices=dict(ProductKind.choices)),
        *columns(
            what=_("What"), detail=_("Details"), before_tax=_("Before tax"), tax=_("Tax"), tax_name=_("Tax name")
        ),
        models=("billing.InvoiceLine",),
    ),
    _part(
        "payments", 52, _("Payments"), _("Payments of your account, and your own, with the bills they paid."), payments,
        ORGANIZATION, *columns(begun_at=_("Begun"), paid_at=_("Paid"), amount=_("Amount")),
        Column(key="state", title=_("State"), choices=dict(PaymentState.choices)),
        Column(key="by", title=_("By"), choices=dict(PaymentKind.choices)),
        *columns(card=_("Card"), paid_by=_("Paid by"), bills=_("Bills")),
        models=("billing.Payment",),
    ),
    _part(
        "refunds", 53, _("Refunds"), _("What was given back."), refunds,
        ORGANIZATION, *columns(begun_at=_("Begun"), amount=_("Amount")),
        Column(key="state", title=_("State"), choices=dict(RefundState.choices)),
        models=("billing.Refund",),
    ),
    _part(
        "balances", 54, _("Balances"), _("What your account owes; a minus is your credit."), balances,
        ORGANIZATION, *columns(owed=_("Owed")),
        models=("billing.LedgerEntry",),
    ),
    _part(
        "cards", 55, _("Cards"), _("Saved cards. The numbers are at the payment service alone."), cards,
        *columns(
            holder=_("Whose"), card=_("Card"), expires=_("Expires"), saved_at=_("Saved"), removed_at=_("Removed"),
            may_be_charged_by=_("May be charged by"),
        ),
        models=("billing.PaymentMethod", CardConsent._meta.label),
    ),
    _part(
        "payment_service", 56, _("At the payment service"), _("Under what name it knows your account."), references,
        *columns(service=_("Service"), reference=_("Reference"), since=_("Since")),
        models=("billing.StripeCustomer",),
    ),
    _part(
        "carts", 57, _("Begun and not bought"), _("Checkouts that were left, or are still open."), carts,
        ORGANIZATION, *columns(begun_at=_("Begun")),
        Column(key="state", title=_("State"), choices=dict(CartState.choices)),
        PERSON, *columns(what=_("What"), detail=_("Details")),
        models=("billing.Cart", "billing.CartLine"),
    ),
)  # fmt: skip

CARDS = LeftOut(
    key="cards",
    order=40,
    text=_("Card numbers: they are at the payment service and were never here."),
)
