"""The ledger: the one place where money moves (RULES 3.6, 3.7).

Double entry, append-only: a transaction's entries sum to zero, debit positive. A balance is a SUM, never
a stored number; a mistake is reversed. The ledger holds no personal data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from accounts import audit
from accounts.actors import Actor
from accounts.models import Organization
from accounts.money import Money
from accounts.transactions import operation
from billing.enums import LedgerKind
from billing.models import Invoice, LedgerAccount, LedgerEntry, LedgerTransaction, Payment, Refund
from clients.models import Household

RECEIVABLE = "receivable"  # what households owe
CREDIT = "credit"  # what we owe households
CARD_CLEARING = "card-clearing"  # card money on its way from Stripe
CASH = "cash"
OF_A_HOUSEHOLD = frozenset({RECEIVABLE, CREDIT})


class Unbalanced(ValueError):
    """Entries that are no transaction: they do not sum to zero, mix currencies or name no household."""


@dataclass(frozen=True)
class Entry:
    """One side of a transaction; a debit is positive."""

    code: str
    amount: Money
    household: Household | None = None


def debit(code: str, amount: Money, household: Household | None = None) -> Entry:
    """``amount`` to the left side of account ``code``."""
    return Entry(code, amount, household)


def credit(code: str, amount: Money, household: Household | None = None) -> Entry:
    """``amount`` to the right side of account ``code``."""
    return Entry(code, -amount, household)


def revenue(category: str) -> str:
    """The account of what one category of products earns."""
    return f"revenue:{category}"


def tax(code: str) -> str:
    """The account of one tax, owed to the state."""
    return f"tax:{code}"


@operation
def post(
    *,
    by: Actor,
    organization: Organization,
    kind: LedgerKind,
    at: datetime,
    entries: Iterable[Entry],
    invoice: Invoice | None = None,
    payment: Payment | None = None,
    refund: Refund | None = None,
    reverses: LedgerTransaction | None = None,
) -> LedgerTransaction:
    """Write one balanced transaction, and who did it to the audit.

    Entries on one account and household are added up and those of nothing left out. ``invoice`` may have
    its id but no row yet: the number, taken last, makes the row. Raises Unbalanced.
    """
    rows = _added_up(organization, entries)
    accounts = _accounts(organization, {code for code, _household in rows})
    movement = LedgerTransaction.objects.create(
        organization=organization,
        kind=kind,
        at=at,
        invoice=invoice,
        payment=payment,
        refund=refund,
        reverses=reverses,
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            organization=organization,
            transaction=movement,
            account_id=accounts[code],
            household_id=household,
            amount_minor=minor,
        )
        for (code, household), minor in rows.items()
    )
    audit.record(
        by=by,
        action=f"billing.{kind.value}_posted",
        target=invoice or payment or refund or movement,
        organization=organization,
        changes={"transaction": movement.pk},
    )
    return movement


def reverse(*, by: Actor, movement: LedgerTransaction, at: datetime) -> LedgerTransaction:
    """Undo one transaction by its opposite. A second time is refused by the database."""
    currency = movement.organization.currency
    opposite = [
        Entry(entry.account.code, Money(-entry.amount_minor, currency), entry.household)
        for entry in movement.entries.select_related("account", "household")
    ]
    return post(
        by=by,
        organization=movement.organization,
        kind=LedgerKind.REVERSAL,
        at=at,
        entries=opposite,
        reverses=movement,
    )


@operation
def move_balance(
    *, by: Actor, household: Household, into: Household, at: datetime
) -> LedgerTransaction | None:
    """Let ``into`` owe, and have in credit, what ``household`` does; None where that is nothing.

    Both are locked. The books' sums by account stay what they were.
    """
    sums = (
        LedgerEntry.objects.filter(household=household)
        .values_list("account__code")
        .annotate(total=Sum("amount_minor"))
        .filter(~Q(total=0))
    )
    currency = household.organization.currency
    entries = []
    for code, total in sums:
        entries += [
            credit(code, Money(total, currency), household),
            debit(code, Money(total, currency), into),
        ]
    if not entries:
        return None
    return post(by=by, organization=household.organization, kind=LedgerKind.MOVE, at=at, entries=entries)


def balance(household: Household) -> Money:
    """What the household owes; negative is its credit."""
    return balances([household])[household.pk]


def balances(households: Sequence[Household]) -> dict[int, Money]:
    """By household id, in one query; nothing where the books know none."""
    sums: Mapping[int | None, int] = dict(
        LedgerEntry.objects.filter(household__in=[household.pk for household in households])
        .values_list("household")
        .annotate(total=Sum("amount_minor"))
        .values_list("household", "total")
    )
    return {h.pk: Money(sums.get(h.pk, 0), h.organization.currency) for h in households}


def account_balance(organization: Organization, code: str) -> Money:
    """The sum of one account of the organisation's books: debits less credits."""
    entries = LedgerEntry.objects.filter(account__organization=organization, account__code=code)
    return Money(entries.aggregate(total=Sum("amount_minor"))["total"] or 0, organization.currency)


def _added_up(organization: Organization, entries: Iterable[Entry]) -> dict[tuple[str, int | None], int]:
    """Minor units by account code and household; raises Unbalanced."""
    sums: dict[tuple[str, int | None], int] = {}
    for entry in entries:
        if entry.amount.currency != organization.currency:
            raise Unbalanced(f"{entry.amount.currency} in the books of {organization.currency}")
        if (entry.household is not None) != (entry.code in OF_A_HOUSEHOLD):
            raise Unbalanced(f"{entry.code} and its household do not fit")
        key = (entry.code, entry.household.pk if entry.household else None)
        sums[key] = sums.get(key, 0) + entry.amount.minor
    rows = {key: minor for key, minor in sums.items() if minor}
    if len(rows) < 2 or sum(rows.values()) != 0:
        raise Unbalanced(f"{len(rows)} entries that sum to {sum(rows.values())}")
    return rows


def _accounts(organization: Organization, codes: set[str]) -> dict[str, int]:
    """Ids of the organisation's accounts by code; opens those that are new."""
    wanted = LedgerAccount.objects.filter(organization=organization, code__in=codes)
    found = dict(wanted.values_list("code", "pk"))
    if missing := sorted(codes - found.keys()):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(organization=organization, code=code) for code in missing], ignore_conflicts=True
        )
        found = dict(wanted.values_list("code", "pk"))
    return found
