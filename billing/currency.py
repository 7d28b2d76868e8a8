"""An organisation's currency is fixed by the first row of its books (RULES 3.6)."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.registries import SettingLock
from billing.models import LedgerTransaction, Payment


def is_fixed(organization: Organization) -> bool:
    """Whether there are books, or a payment that may become a row of them."""
    return (
        LedgerTransaction.objects.filter(organization=organization).exists()
        or Payment.objects.filter(organization=organization).exists()
    )


fixed_currency = SettingLock(
    key="currency",
    order=10,
    field="currency",
    reason=_("Fixed since the first payment: every bill and the books are in it."),
    holds=is_fixed,
)
