"""Money: integer minor units and a currency, never a float. Parsed and printed here alone, by Babel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import NumberFormatError, format_currency, parse_decimal
from django.utils.translation import gettext as _

from accounts.errors import Refused

MINUS = "\u2212"


class AmountUnreadable(Refused):
    """An amount that cannot be read in the locale it was typed in."""


def minor_digits(currency: str) -> int:
    """Digits after the point: 2 for CAD, 0 for JPY."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (cents) of ``currency`` (ISO 4217). Arithmetic refuses to mix currencies."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in ``currency``."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum; nothing of ``currency`` for no amounts."""
        return sum(amounts, cls.zero(currency))

    @classmethod
    def parse(cls, text: str, currency: str, locale: str) -> "Money":
        """Read what a person typed, such as ``1,234.50``. Raises AmountUnreadable."""
        digits = minor_digits(currency)
        try:
            amount = parse_decimal(text.strip(), locale=locale, strict=True).scaleb(digits)
        except NumberFormatError as error:
            raise AmountUnreadable(_("Write the amount in digits, such as 42.00.")) from error
        if amount != amount.to_integral_value():
            raise AmountUnreadable(
                _("An amount in %s has at most %d digits after the point.") % (currency, digits)
            )
        return cls(int(amount), currency)

    def format(self, locale: str) -> str:
        """As the locale writes it: ``$42.00``, ``42,00 $``; minus is U+2212."""
        return _formatted(self.minor, self.currency, locale)

    def share(self, weights: Sequence[int]) -> list["Money"]:
        """Split by ``weights`` without losing a unit: largest remainders get the odd ones, first ones first."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are not negative and not all zero")
        parts = [abs(self.minor) * weight // total for weight in weights]
        rest = abs(self.minor) - sum(parts)
        by_remainder = sorted(range(len(weights)), key=lambda i: -(abs(self.minor) * weights[i] % total))
        for i in by_remainder[:rest]:
            parts[i] += 1
        sign = -1 if self.minor < 0 else 1
        return [Money(sign * part, self.currency) for part in parts]

    def at_rate(self, millionths: int) -> "Money":
        """This share of the amount, in millionths (13 % is 130,000), half up away from zero."""
        exact = Decimal(self.minor) * millionths / 1_000_000
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    def _minor_of(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __bool__(self) -> bool:
        return self.minor != 0


@lru_cache(maxsize=4096)
def _formatted(minor: int, currency: str, locale: str) -> str:
    """Babel takes twenty times as long to write an amount as to remember it."""
    amount = Decimal(abs(minor)).scaleb(-minor_digits(currency))
    text = format_currency(amount, currency, locale=locale)
    return f"{MINUS}{text}" if minor < 0 else text
