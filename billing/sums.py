"""What the lines of a cart or bill come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from accounts.money import Money
from billing.models import TaxRate


class Line(Protocol):
    """A line of a cart or of an invoice."""

    amount_minor: int
    tax_minor: int

    @property
    def tax_rate(self) -> TaxRate | None: ...


@dataclass(frozen=True)
class Tax:
    """What one rate comes to."""

    rate: TaxRate
    amount: Money


@dataclass(frozen=True)
class Sums:
    """Before tax, each tax, and all."""

    subtotal: Money
    taxes: list[Tax]
    total: Money


def add_up(lines: Iterable[Line], currency: str) -> Sums:
    """The sums of ``lines``, whose tax is already written on each."""
    subtotal, rates, minors = 0, dict[int, TaxRate](), dict[int, int]()
    for line in lines:
        subtotal += line.amount_minor
        if line.tax_rate is not None:
            rates[line.tax_rate.pk] = line.tax_rate
            minors[line.tax_rate.pk] = minors.get(line.tax_rate.pk, 0) + line.tax_minor
    taxes = [Tax(rates[pk], Money(minor, currency)) for pk, minor in minors.items() if minor]
    return Sums(
        Money(subtotal, currency), taxes, Money(subtotal + sum(tax.amount.minor for tax in taxes), currency)
    )
