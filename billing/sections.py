"""What billing shows on pages of lower apps."""

from datetime import date, datetime
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, StringAgg, Subquery, Sum, Value, Window
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import PortalRequest
from accounts.models import AccountOwner
from accounts.money import Money
from accounts.permissions import Permission
from accounts.registries import NavItem, Section, ToDo, ToDos
from accounts.templatetags.kinroll import local_day, money
from billing import lending, showing
from billing.enums import CartState
from billing.models import CartLine, Invoice, InvoiceLine, LedgerEntry, PaymentMethod
from clients.models import Client, Household
from relationships import authority
from relationships.enums import AccountPermission
from relationships.lending import LoanPart
from relationships.models import ManagerLink

MOST = 5


def load_held_carts(request: HttpRequest, members: Any) -> dict[str, Any]:
    """What was begun and not paid, while its places are held. One query."""
    rows: list[Any] = list(
        lending.carts_of(cast(PortalRequest, request).actor)
        .filter(state=CartState.HELD, held_until__gt=timezone.now())
        .filter(**_where(request), **_about(request, CartLine, "cart", "member"))
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
        .hiding(_apart(request))
        .filter(**_where(request), **_about(request, InvoiceLine, "invoice", "client__member"))
        .with_paid()
        .with_words()
        .select_related("organization")
        .annotate(count=Window(Count("pk")))
        .newest()[:MOST]
    )
    return {
        "rows": [showing.bill_shown(row, row.paid_minor, row.words) for row in rows],
        "count": rows[0].count if rows else 0,
        "is_asked": _is_asked(request),
    }


def load_due(request: HttpRequest, members: Any) -> list[ToDo]:
    """Bills to pay, of the accounts the reader runs, the one due first first. One query."""
    accounts = authority.accounts(cast(PortalRequest, request).actor, AccountPermission.PAY)
    rows: Any = (
        Invoice.objects.of_accounts(accounts)
        .hiding(_apart(request))
        .filter(**_where(request), **_about(request, InvoiceLine, "invoice", "client__member"))
        .unpaid()
        .with_words()
        .select_related("organization")
        .order_by("due_on", "pk")[:MOST]
    )
    return [_due(showing.bill_shown(row, row.paid_minor, row.words), row.due_on) for row in rows]


def load_cards(request: HttpRequest, members: Any) -> dict[str, Any]:
    """The saved cards of the accounts the reader runs, or those of one person (P10). One query."""
    reader = cast(PortalRequest, request)
    accounts = authority.accounts(reader.actor, AccountPermission.CARDS)
    cards = PaymentMethod.objects.of_accounts(accounts).standing()
    if (who := getattr(request, "who", None)) is not None:
        cards = cards.filter(holder=who)
    rows: list[Any] = list(cards.annotate(count=Window(Count("pk")))[:MOST])
    now = timezone.now()
    return {
        "rows": [showing.card_shown(row, reader.member, now) for row in rows],
        "count": rows[0].count if rows else 0,
        "is_asked": _is_asked(request),
    }


def _due(bill: showing.Bill, due_on: date) -> ToDo:
    facts = {
        "amount": money(bill.open, bill.organization),
        "organization": bill.organization.name,
        "day": local_day(due_on, bill.organization),
    }
    return ToDo(
        title=_("%(amount)s to pay to %(organization)s") % facts,
        text=_("%(what)s. Due %(day)s.") % {"what": bill.what, "day": facts["day"]},
        url=reverse("portal:bill", args=[bill.code]),
        action=_("See the bill"),
        icon="document-text",
        kind="stop",
    )


def _apart(request: HttpRequest) -> Any:
    """Of whom the reader must learn nothing (RULES 2.1)."""
    return authority.apart_from(cast(PortalRequest, request).actor)


def _is_asked(request: HttpRequest) -> bool:
    """Whether an empty list is worth a sentence: to an owner, who looks at all of the account or at themselves."""
    who = getattr(request, "who", None)
    return getattr(request, "runs_account", True) and who in (None, getattr(request, "member", None))


def _about(request: HttpRequest, lines: Any, parent: str, person: str) -> dict[str, Any]:
    """What has a line for the person that the family's page was narrowed to, or everything."""
    who = getattr(request, "who", None)
    return {} if who is None else {"pk__in": lines.objects.filter(**{person: who}).values(parent)}


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


def load_spent(link: ManagerLink) -> dict[str, Any]:
    """What was paid this month with a card that is lent, place by place (P07)."""
    return {"rows": lending.spent_by_place(link, timezone.now())}


spent = LoanPart(key="spent", order=10, load=load_spent, template="billing/portal/spent.html")
held_carts = Section(
    key="held",
    order=10,
    title=gettext_lazy("Not paid yet"),
    template="billing/portal/sections/held_carts.html",
    load=load_held_carts,
)
family_bills = Section(
    key="bills",
    order=60,
    title=gettext_lazy("Bills"),
    template="billing/portal/sections/bills.html",
    load=load_family_bills,
    column="side",
)
cards = Section(
    key="cards",
    order=70,
    title=gettext_lazy("Cards"),
    template="billing/portal/sections/cards.html",
    load=load_cards,
    column="side",
)
due = ToDos(key="due", order=20, load=load_due)
client_bills = Section(
    key="bills",
    order=20,
    title=gettext_lazy("Bills"),
    template="billing/staff/sections/bills.html",
    load=load_client,
    permission=Permission.ACCOUNTS_READ,
    column="side",
)
bills_page = NavItem(
    key="bills",
    order=40,
    audience="portal",
    label=gettext_lazy("Bills"),
    url_name="portal:bills",
    icon="document-text",
)
