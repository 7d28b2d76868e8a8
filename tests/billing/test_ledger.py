"""The ledger: balanced, append-only, and balances that can be built anew (RULES 3.6, 3.7, G9, G12)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.actors import Actor
from accounts.models import AuditEvent
from accounts.money import Money
from billing import ledger
from billing.enums import LedgerKind
from billing.ledger import Unbalanced
from billing.models import LedgerAccount, LedgerEntry, LedgerTransaction, OpenBalance
from tests import factories as make
from tests.billing.purse import books
from tests.cast import Cast

BY = Actor.of_command("tests")


def cad(minor: int) -> Money:
    return Money(minor, "CAD")


def post(cast: Cast, *entries: ledger.Entry, **about: Any) -> LedgerTransaction:
    how: dict[str, Any] = {"kind": LedgerKind.INVOICE, "at": timezone.now()} | about
    return ledger.post(by=BY, organization=cast.organization, entries=entries, **how)


def sold(cast: Cast, minor: int = 9600) -> LedgerTransaction:
    return post(
        cast,
        ledger.debit(ledger.RECEIVABLE, cad(minor), cast.household),
        ledger.credit(ledger.revenue("programs"), cad(minor)),
    )


@pytest.mark.django_db
def test_a_movement_writes_both_sides_and_who_did_it(cast: Cast) -> None:
    movement = post(
        cast,
        ledger.debit(ledger.RECEIVABLE, cad(10848), cast.household),
        ledger.credit(ledger.revenue("programs"), cad(4800)),
        ledger.credit(ledger.revenue("programs"), cad(4800)),
        ledger.credit(ledger.tax("hst"), cad(1248)),
    )
    rows = movement.entries.order_by("pk").values_list("account__code", "household", "amount_minor")
    assert list(rows) == [
        ("receivable", cast.household.pk, 10848),
        ("revenue:programs", None, -9600),
        ("tax:hst", None, -1248),
    ]
    assert ledger.balance(cast.household) == cad(10848)
    assert ledger.account_balance(cast.organization, "tax:hst") == cad(-1248)
    assert AuditEvent.objects.filter(action="billing.invoice_posted", actor_name="tests").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "entries",
    [
        lambda cast: [ledger.debit(ledger.RECEIVABLE, cad(1), cast.household)],
        lambda cast: [ledger.debit(ledger.CASH, cad(2)), ledger.credit(ledger.revenue("x"), cad(1))],
        lambda cast: [ledger.debit(ledger.CASH, cad(0)), ledger.credit(ledger.revenue("x"), cad(0))],
        lambda cast: [
            ledger.debit(ledger.CASH, Money(1, "GBP")),
            ledger.credit(ledger.revenue("x"), Money(1, "GBP")),
        ],
        lambda cast: [ledger.debit(ledger.RECEIVABLE, cad(1)), ledger.credit(ledger.revenue("x"), cad(1))],
        lambda cast: [
            ledger.debit(ledger.CASH, cad(1), cast.household),
            ledger.credit(ledger.revenue("x"), cad(1)),
        ],
    ],
    ids=[
        "one side",
        "not zero",
        "nothing",
        "another currency",
        "receivable of nobody",
        "cash of a household",
    ],
)
def test_what_is_no_movement_is_refused_and_nothing_kept(
    cast: Cast, entries: Callable[[Cast], list[ledger.Entry]]
) -> None:
    with pytest.raises(Unbalanced):
        post(cast, *entries(cast))
    assert not LedgerTransaction.objects.exists()


@pytest.mark.django_db
def test_a_mistake_is_reversed_once_and_never_edited(cast: Cast) -> None:
    movement = sold(cast)
    ledger.reverse(by=BY, movement=movement, at=timezone.now())
    assert books(cast.organization) == {"receivable": 0, "revenue:programs": 0}
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.reverse(by=BY, movement=movement, at=timezone.now())
    for change in (
        lambda: LedgerEntry.objects.update(amount_minor=1),
        lambda: LedgerTransaction.objects.update(at=timezone.now() + timedelta(days=1)),
        lambda: connection.cursor().execute("DELETE FROM billing_ledgerentry"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_raw_sql_cannot_unbalance_the_books(cast: Cast) -> None:
    movement = sold(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            organization=cast.organization,
            transaction=movement,
            account=LedgerAccount.objects.get(code="receivable"),
            household=cast.household,
            amount_minor=1,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerTransaction.objects.create(
            organization=cast.organization, kind=LedgerKind.INVOICE, at=timezone.now()
        )
    assert books(cast.organization) == {"receivable": 9600, "revenue:programs": -9600}


@pytest.mark.django_db(transaction=True)
def test_an_entry_cannot_stand_in_the_books_of_another_organisation(cast: Cast) -> None:
    movement = sold(cast)
    theirs = LedgerAccount.objects.create(organization=cast.rival, code="cash")
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                organization=cast.organization, transaction=movement, account=theirs, amount_minor=minor
            )
            for minor in (5, -5)
        )


@pytest.mark.django_db
def test_balances_of_many_households_are_one_query(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    sold(cast)
    with django_assert_num_queries(1):
        found = ledger.balances([cast.household, cast.stranger_household])
    assert found == {cast.household.pk: cad(9600), cast.stranger_household.pk: cad(0)}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "pay", "pay cash", "refund", "reverse"]),
        st.integers(0, 2),
        st.integers(1, 10**9),
    ),
    min_size=1,
    max_size=12,
)


class RandomMoney(TestCase):
    """Whatever happens to money, the books balance, and balances built from the rows are the balances told."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=STEPS)
    def test_every_movement_balances_and_rebuilt_balances_are_equal(
        self, steps: list[tuple[str, int, int]]
    ) -> None:
        organization = make.OrganizationFactory()
        households = [make.HouseholdFactory(organization=organization) for _n in range(3)]
        expected: Counter[int] = Counter()
        made: list[tuple[LedgerTransaction, int, int]] = []
        for what, who, minor in steps:
            household = households[who]
            owed = ledger.debit(ledger.RECEIVABLE, cad(minor), household)
            paid = ledger.credit(ledger.RECEIVABLE, cad(minor), household)
            if what == "reverse":
                if not made:
                    continue
                movement, pk, sign = made.pop()
                ledger.reverse(by=BY, movement=movement, at=timezone.now())
                expected[pk] -= sign
                continue
            tax = minor * 13 // 113
            entries = {
                "sell": [
                    owed,
                    ledger.credit(ledger.revenue("programs"), cad(minor - tax)),
                    ledger.credit(ledger.tax("hst"), cad(tax)),
                ],
                "pay": [ledger.debit(ledger.CARD_CLEARING, cad(minor)), paid],
                "pay cash": [ledger.debit(ledger.CASH, cad(minor)), paid],
                "refund": [owed, ledger.credit(ledger.CARD_CLEARING, cad(minor))],
            }[what]
            movement = ledger.post(
                by=BY, organization=organization, kind=LedgerKind.INVOICE, at=timezone.now(), entries=entries
            )
            change = minor if what in ("sell", "refund") else -minor
            expected[household.pk] += change
            made.append((movement, household.pk, change))
        sums = LedgerEntry.objects.values_list("transaction").annotate(total=Sum("amount_minor"))
        assert {total for _pk, total in sums} <= {0}
        assert ledger.balances(households) == {h.pk: cad(expected[h.pk]) for h in households}
        found_by = {balance.household_id: balance.minor for balance in OpenBalance.objects.all()}
        assert found_by == {pk: minor for pk, minor in expected.items() if minor or pk in found_by}
        assert sum(books(organization).values()) == 0
