"""What a household was billed, paid and bought, as its organisation sees it (A12, A13). All of it in pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Prefetch, Subquery
from django.db.models.functions import JSONObject

from accounts.models import Organization
from accounts.money import Money
from accounts.permissions import Permission
from accounts.registries import Registry
from billing import showing, sums
from billing.enums import CartState, PaymentState
from billing.models import Allocation, CartLine, Invoice, InvoiceLine, Payment, Refund
from clients.models import Client, Household
from clients.paging import TimePage, page_by_time

NEWEST = 5
"""Of what one person bought, beside that of the others."""
CHIPS = {
    PaymentState.NEW: "wait",
    PaymentState.REQUIRES_ACTION: "wait",
    PaymentState.FAILED: "stop",
    PaymentState.CANCELLED: "",
}


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A payment in a list, with the bills it went to and what was given back of it."""

    at: datetime
    how: str
    by: str
    amount: Money
    bills: list[int]
    given_back: list[tuple[Refund, Money]]
    state: str
    chip: str | None

    @property
    def is_done(self) -> bool:
        """Whether the money came."""
        return self.chip is None


@dataclass(frozen=True, kw_only=True)
class Bought:
    """Something that was bought for one person; ``household`` is the number of the account that was billed."""

    label: str
    detail: str
    at: datetime
    amount: Money
    bill: int
    household: int


@dataclass(frozen=True, kw_only=True)
class Booked:
    """Something that another app knows of a person's purchases: what, when, and how it stands."""

    what: str
    when: str
    url: str = ""
    chip: str | None = None
    chip_kind: str = ""


@dataclass(frozen=True, kw_only=True)
class MemberPurchases:
    """What a higher app adds to the purchases of a household, by person.

    ``load(organization, clients, most)`` runs one SQL statement, and answers by client id with the newest
    ``most`` and how many there are. Who lacks ``link_permission`` sees no links.
    """

    key: str
    order: int
    title: Any
    load: Callable[[Organization, Sequence[Client], int], Mapping[int, tuple[list[Booked], int]]]
    link_permission: Permission
    permission: Permission = Permission.ACCOUNTS_READ


member_purchases: Registry[MemberPurchases] = Registry("purchases by member")


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """What one person bought and is booked for; the newest only."""

    client: Client
    bought: list[Bought]
    count: int
    booked: list[tuple[MemberPurchases, list[Booked], int]] = field(default_factory=list)

    @property
    def has_any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.bought or any(rows for _part, rows, _count in self.booked))


def bills_of(household: Household, after: str) -> tuple[list[showing.Bill], TimePage[Any]]:
    """A page of bills, the newest first. One query."""
    bills = (
        Invoice.objects.filter(household=household).with_paid().with_words().select_related("organization")
    )
    page: TimePage[Any] = page_by_time(bills, "issued_at", after=after)
    return [showing.bill_shown(row, row.paid_minor, row.words) for row in page.rows], page


def opened(household: Household, number: str) -> dict[str, Any] | None:
    """What stands on one bill of the household, to be shown in its place; None where there is no such bill."""
    if not number.isdecimal() or len(number) > 18:
        return None
    invoice = Invoice.objects.filter(household=household, number=int(number)).first()
    if invoice is None:
        return None
    lines = list(invoice.lines.select_related("client", "tax_rate").order_by("pk"))
    allocations = invoice.allocations.select_related("payment__method").order_by("pk")
    return {
        "number": invoice.number,
        "due_on": invoice.due_on,
        "lines": [(line, Money(line.amount_minor, invoice.currency)) for line in lines],
        "sums": sums.add_up(lines, invoice.currency),
        "payments": [
            {
                "at": each.payment.succeeded_at or each.created_at,
                "how": how_paid(each.payment),
                "amount": Money(each.amount_minor, invoice.currency),
            }
            for each in allocations
        ],
    }


def payments_of(household: Household, after: str) -> tuple[list[Paid], TimePage[Payment]]:
    """A page of payments, also those that failed, the newest first. Three queries."""
    payments = (
        Payment.objects.filter(household=household)
        .select_related("method", "paid_by")
        .prefetch_related(
            Prefetch("allocations", Allocation.objects.select_related("invoice").order_by("pk")),
            Prefetch("refunds", Refund.objects.order_by("pk")),
        )
    )
    page = page_by_time(payments, "created_at", after=after)
    return [_paid(payment) for payment in page.rows], page


def how_paid(payment: Payment) -> str:
    """Visa ending 4417, or cash."""
    if payment.method is not None:
        return showing.card_name(payment.method)
    return str(payment.get_kind_display())


def purchases_by_member(household: Household, clients: Sequence[Client]) -> list[Purchases]:
    """The newest things that were bought for each of ``clients``, whoever paid, and how many. One query."""
    lines = InvoiceLine.objects.filter(client=OuterRef("pk")).order_by()
    of_each = (
        Client.objects.filter(pk__in=[client.pk for client in clients])
        .annotate(
            count=Subquery(lines.values("client").annotate(total=Count("pk")).values("total")),
            newest=ArraySubquery(
                lines.order_by("-pk").values(
                    json=JSONObject(
                        label="label",
                        detail="detail",
                        at="invoice__issued_at",
                        amount="amount_minor",
                        bill="invoice__number",
                        household="invoice__household__number",
                    )
                )[:NEWEST]
            ),
        )
        .values_list("pk", "count", "newest")
    )
    found = {pk: (count or 0, newest) for pk, count, newest in of_each}
    currency = household.organization.currency
    return [
        Purchases(
            client=client,
            count=found[client.pk][0],
            bought=[
                Bought(
                    **line
                    | {
                        "at": datetime.fromisoformat(line["at"]),
                        "amount": Money(line["amount"], currency),
                    }
                )
                for line in found[client.pk][1]
            ],
        )
        for client in clients
    ]


def purchases_of(client: Client, after: str) -> tuple[list[Bought], TimePage[InvoiceLine]]:
    """A page of what was bought for one person, the newest first. One query."""
    lines = InvoiceLine.objects.filter(client=client).select_related("invoice__household")
    page = page_by_time(lines, "invoice__issued_at", after=after)
    return [
        Bought(
            label=line.label,
            detail=line.detail,
            at=line.invoice.issued_at,
            amount=Money(line.amount_minor, line.invoice.currency),
            bill=line.invoice.number,
            household=line.invoice.household.number,
        )
        for line in page.rows
    ], page


def being_bought(household: Household) -> list[CartLine]:
    """What the household is checking out at this moment. One query."""
    lines = CartLine.objects.filter(
        cart__account=household.account_id,
        cart__organization=household.organization_id,
        cart__state=CartState.HELD,
    )
    return list(lines.select_related("member").annotate(until=F("cart__held_until")).order_by("-pk")[:NEWEST])


def _paid(payment: Payment) -> Paid:
    is_done = payment.state == PaymentState.SUCCEEDED
    return Paid(
        at=payment.succeeded_at or payment.created_at,
        how=how_paid(payment),
        by=payment.paid_by.full_name,
        amount=Money(payment.amount_minor, payment.currency),
        bills=[each.invoice.number for each in payment.allocations.all()],
        given_back=[(each, Money(each.amount_minor, payment.currency)) for each in payment.refunds.all()],
        state=str(payment.get_state_display()),
        chip=None if is_done else CHIPS[PaymentState(payment.state)],
    )
