"""How cards, bills and payments are shown, the same on every page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Member, Organization
from accounts.money import Money
from billing.errors import CARD_MESSAGES, CardDeclined
from billing.lending import Loan
from billing.models import Invoice, Payment, PaymentMethod

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
FACES = {"visa": "VISA", "mastercard": "MC", "amex": "AMEX", "discover": "DISC"}


@dataclass(frozen=True)
class Card:
    """A saved card: brand and last four digits only."""

    code: str
    face: str
    name: str
    whose: str
    until: str
    is_expired: bool


@dataclass(frozen=True)
class LentCard:
    """A card that is lent to the reader: whose it is, and what is left of this month's cap; None is no limit."""

    code: str
    name: str
    lender: str
    left: Money | None
    is_enough: bool


@dataclass(frozen=True)
class Bill:
    """A bill in a list."""

    code: str
    number: int
    organization: Organization
    issued_at: datetime
    total: Money
    open: Money
    what: str

    @property
    def is_paid(self) -> bool:
        """Whether nothing is left to pay."""
        return self.open.minor <= 0


def brand_name(brand: str) -> str:
    """As the brand writes itself."""
    return BRANDS.get(brand, brand.title())


def card_name(method: PaymentMethod) -> str:
    """Visa ending 4417."""
    return _("%(brand)s ending %(last4)s") % {"brand": brand_name(method.brand), "last4": method.last4}


def card_shown(method: PaymentMethod, reader: Member, now: datetime) -> Card:
    """``method`` for ``reader``; ``method.holder`` is loaded."""
    is_yours = method.holder_id == reader.pk
    return Card(
        code=method.stripe_id,
        face=FACES.get(method.brand, method.brand[:4].upper()),
        name=card_name(method),
        whose=_("Yours") if is_yours else method.holder.short_name,
        until=f"{method.exp_month:02}/{method.exp_year % 100:02}",
        is_expired=(method.exp_year, method.exp_month) < (now.year, now.month),
    )


def loan_shown(loan: Loan, total: Money) -> LentCard:
    """``loan`` for whom it is lent to, who wants to pay ``total``."""
    return LentCard(
        code=loan.code,
        name=lent_card_name(loan.lender),
        lender=loan.lender.short_name,
        left=loan.left,
        is_enough=loan.covers(total),
    )


def bill_shown(invoice: Invoice, paid_minor: int, what: str = "") -> Bill:
    """``invoice`` with what was allocated to it; ``invoice.organization`` is loaded."""
    return Bill(
        code=invoice.code,
        number=invoice.number,
        organization=invoice.organization,
        issued_at=invoice.issued_at,
        total=Money(invoice.total_minor, invoice.currency),
        open=Money(invoice.total_minor - paid_minor, invoice.currency),
        what=what,
    )


def lent_card_name(lender: Member) -> str:
    """Card of Amara: no more of it, to whom it is lent."""
    return _("Card of %(name)s") % {"name": lender.short_name}


def failure_words(payment: Payment) -> Any:
    """Why a failed payment failed, for whoever paid. Of a lent card only that it did not work."""
    if payment.lent_by_id is not None and payment.failure_code not in ("not_begun", "refused", "abandoned"):
        return _("This card could not be charged. Nothing was charged. Use another one, or ask who lent it.")
    if payment.failure_code in ("not_begun", "refused"):
        return _("The payment could not be begun. Nothing was charged. Try again in a moment.")
    if payment.failure_code == "abandoned":
        return _("The payment was not finished. Nothing was charged. Try again.")
    return CARD_MESSAGES[CardDeclined(payment.failure_code).message_key]
