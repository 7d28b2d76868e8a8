"""What billing shows on pages of lower apps."""

from datetime import datetime
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, StringAgg, Subquery, Sum, Value, Window
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PortalRequest
from accounts.models import AccountOwner
from accounts.money import Money
from accounts.permissions import Permission
from accounts.registries import NavItem, Section
from billing import showing
from billing.enums import CartState
from billing.models import Cart, Invoice, InvoiceLine, LedgerEntry, PaymentMethod
from clients.models import Client, Household
from relationships import authority
from relationships.enums import AccountPermission

MOST = 5


def load_held_carts(request: HttpRequest, members: Any) -> dict[str, Any]:
    """What was begun and not paid, while its places are held. One query."""
    accounts = authority.accounts(cast(PortalRequest, request).actor, AccountPermission.PAY)
    rows: list[Any] = list(
        Cart.objects.filter(account__in=accounts, state=CartState.HELD, held_until__gt=timezone.now())
        .filter(**_where(request))
        .select_related("organization")
        .annotate(
            places=Count("lines"),
            words=StringAgg("lines__label", delimiter=Value(", "), distinct=True),
            count=Window(Count("pk")),
        )
        .order_by("held_until", "pk")[:MOST]
    )
    return {"rows": rows, "count": rows[0].count if rows else 0}


def load_family_bills(request: HttpRequest, members: Any) -> dict[str, Any]:
    """The newest bills of the accounts the reader runs, and how many there are. One query."""
    accounts = authority.accounts(cast(PortalRequest, request).actor, AccountPermission.PAY)
    rows: list[Any] = list(
        Invoice.objects.of_accounts(accounts)
        .filter(**_where(request))
        .with_paid()
        .with_words()
        .select_related("organization")
        .annotate(count=Window(Count("pk")))
        .newest()[:MOST]
    )
    return {
        "rows": [showing.bill_shown(row, row.paid_minor, row.words) for row in rows],
        "count": rows[0].count if rows else 0,
    }


def load_cards(request: HttpRequest, members: Any) -> dict[str, Any]:
    """The saved cards of the accounts the reader runs. One query."""
    reader = cast(PortalRequest, request)
    accounts = authority.accounts(reader.actor, AccountPermission.CARDS)
    rows: list[Any] = list(
        PaymentMethod.objects.of_accounts(accounts).standing().annotate(count=Window(Count("pk")))[:MOST]
    )
    now = timezone.now()
    return {
        "rows": [showing.card_shown(row, reader.member, now) for row in rows],
        "count": rows[0].count if rows else 0,
    }


def _where(request: HttpRequest) -> dict[str, Any]:
    """At the organisation that the family's page was narrowed to, or everywhere."""
    at = getattr(request, "at", None)
    return {"organization": at} if at is not None else {}


def load_client(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The household's balance, with its bills for an owner and else those about the client (P10). One query."""
    about = Exists(InvoiceLine.objects.filter(invoice=OuterRef("pk"), client=client))
    is_owner = Exists(AccountOwner.objects.filter(member=client.member_id))
    return _money_of(client.household_id, about | is_owner)


def _money_of(household_id: int, which: Any = None) -> dict[str, Any]:
    it = OuterRef(OuterRef("pk"))
    homes = Household.objects.filter(Q(pk=it) | Q(merged_into=it)).values("pk")  # with its joined ones
    invoices = Invoice.objects.filter(household__in=homes).order_by()
    if which is not None:
        invoices = invoices.filter(which)
    entries = LedgerEntry.objects.filter(household=OuterRef("pk")).order_by().values("household")
    row = (
        Household.objects.filter(pk=household_id)
        .annotate(
            currency=F("organization__currency"),
            owed=Subquery(entries.annotate(total=Sum("amount_minor")).values("total")),
            count=Subquery(invoices.annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")),
            bills=ArraySubquery(
                invoices.with_paid()
                .with_words()
                .newest()
                .values(
                    json=JSONObject(
                        number="number", at="issued_at", total="total_minor", paid="paid_minor", words="words"
                    )
                )[:MOST]
            ),
        )
        .values("currency", "owed", "count", "bills")
        .get()
    )
    currency = row["currency"]
    owed = Money(row["owed"] or 0, currency)
    return {
        "rows": [
            {
                "number": bill["number"],
                "at": datetime.fromisoformat(bill["at"]),
                "what": bill["words"],
                "total": Money(bill["total"], currency),
                "open": Money(bill["total"] - bill["paid"], currency),
            }
            for bill in row["bills"]
        ],
        "count": row["count"] or 0,
        "owed": owed,
        "credit": -owed,
    }


held_carts = Section(
    key="held",
    order=10,
    title=_("Not paid yet"),
    template="billing/portal/sections/held_carts.html",
    load=load_held_carts,
)
family_bills = Section(
    key="bills",
    order=60,
    title=_("Bills"),
    template="billing/portal/sections/bills.html",
    load=load_family_bills,
    column="side",
)
cards = Section(
    key="cards",
    order=70,
    title=_("Cards"),
    template="billing/portal/sections/cards.html",
    load=load_cards,
    column="side",
)
client_bills = Section(
    key="bills",
    order=20,
    title=_("Bills"),
    template="billing/staff/sections/bills.html",
    load=load_client,
    permission=Permission.ACCOUNTS_READ,
    column="side",
)
bills_page = NavItem(
    key="bills", order=40, audience="portal", label=_("Bills"), url_name="portal:bills", icon="document-text"
)
