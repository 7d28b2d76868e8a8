"""What billing knows of a household, for the list of accounts and their pages."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from accounts.money import Money
from accounts.templatetags.kinroll import locale_for
from billing import ledger
from billing.enums import CartState
from billing.models import Cart, OpenBalance
from clients.models import Household
from clients.querysets import HouseholdQuerySet
from clients.sections import Cell, HouseholdColumn, HouseholdFilter, HouseholdTab
from clients.staying import ReasonToStay


def balance_cells(organization: Organization, households: Sequence[Household]) -> Mapping[int, Cell]:
    """What each owes, or its credit: a sum of the ledger. One query."""
    return {pk: balance_cell(organization, owed) for pk, owed in ledger.balances(households).items()}


def balance_cell(organization: Organization, owed: Money) -> Cell:
    """$42.00 owed is loud, credit says so, nothing is quiet."""
    locale = str(locale_for(organization))
    if owed.minor > 0:
        return Cell(owed.format(locale), "money owed")
    if owed.minor < 0:
        return Cell(_("%(amount)s in credit") % {"amount": (-owed).format(locale)}, "money credit")
    return Cell(owed.format(locale), "money quiet-text")


def owing(households: HouseholdQuerySet) -> HouseholdQuerySet:
    """Those that owe money."""
    return households.filter(_open_balance(Q(minor__gt=0)))


def _open_balance(which: Q) -> Exists:
    return Exists(OpenBalance.objects.filter(which, household=OuterRef("pk")))


def _held_cart() -> Exists:
    """The family is checking out, or a payment of it is under way."""
    return Exists(
        Cart.objects.filter(
            account=OuterRef("account"), organization=OuterRef("organization"), state=CartState.HELD
        )
    )


balance = HouseholdColumn(
    key="balance", order=10, title=gettext_lazy("Balance"), load=balance_cells, is_number=True
)
owes = HouseholdFilter(key="owes", order=10, title=gettext_lazy("Owes money"), narrow=owing)
tabs = (
    HouseholdTab(key="billing", order=20, title=gettext_lazy("Billing"), url_name="staff:account_billing"),
    HouseholdTab(
        key="purchases", order=30, title=gettext_lazy("Purchases"), url_name="staff:account_purchases"
    ),
)
reasons_to_stay = (
    ReasonToStay(key="balance", order=10, holds=lambda: _open_balance(~Q(minor=0))),
    ReasonToStay(key="cart", order=20, holds=_held_cart),
)
