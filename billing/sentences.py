"""What the actions of billing are called in the activity pages."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.activity import Reason, Topic, reasons, say
from billing.models import Cart


def register() -> None:
    """Called once, when the apps are ready."""
    say(
        Topic.BOOKINGS,
        {
            "billing.cart_begun": _("Booking was begun"),
            "billing.cart_held": _("Checkout was begun, and the places were held"),
            "billing.cart_lapsed": _("The time for checking out ran out"),
            "billing.cart_cancelled": _("Checkout was left, and nothing was booked"),
            "billing.right_overridden": _("The desk booked though a right was missing"),
        },
    )
    say(
        Topic.MONEY,
        {
            "billing.card_saved": _("A card was saved"),
            "billing.card_consented": _("The organisation may charge a card"),
            "billing.card_removed": _("A card was removed"),
            "billing.payment_begun": _("A payment was begun"),
            "billing.payment_failed": _("A payment failed, and nothing was charged"),
            "billing.payment_refund_begun": _("A refund was begun"),
            "billing.invoice_posted": _("A bill was issued"),
            "billing.move_posted": _("A balance moved with a joined account"),
            "billing.payment_posted": _("A payment was booked"),
            "billing.refund_posted": _("A refund was booked"),
            "billing.reversal_posted": _("A booking in the ledger was corrected"),
        },
    )
    reasons.register(Reason(key="billing.right_overridden", load=why_overridden))


def why_overridden(carts: Iterable[int]) -> dict[int, str]:
    """By cart: why staff passed over the missing right."""
    return dict(Cart.objects.filter(pk__in=carts).values_list("pk", "override_reason"))
