"""The closed lists of billing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductKind(models.TextChoices):
    """What is sold."""

    COURSE_FEE = "course_fee", _("Course fee")
    DROP_IN = "drop_in", _("Drop-in fee")
    FEE = "fee", _("Fee")


class CartState(models.TextChoices):
    """Where a cart stands. ``held`` holds seats; ``fulfilled`` has its invoice."""

    OPEN = "open", _("Open")
    HELD = "held", _("Checking out")
    FULFILLED = "fulfilled", _("Done")
    LAPSED = "lapsed", _("Run out")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentKind(models.TextChoices):
    """How somebody paid."""

    CARD = "card", _("Card")
    CASH = "cash", _("Cash")


class PaymentState(models.TextChoices):
    """Where a payment stands. Only ``succeeded`` is money; the rest is intent."""

    NEW = "new", _("Begun")
    REQUIRES_ACTION = "requires_action", _("Waiting for the card holder")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class RefundState(models.TextChoices):
    """Where a refund stands."""

    NEW = "new", _("Begun")
    SUCCEEDED = "succeeded", _("Refunded")
    FAILED = "failed", _("Failed")


class StripeEventState(models.TextChoices):
    """Where a received event stands in the inbox."""

    RECEIVED = "received", _("Received")
    HANDLED = "handled", _("Handled")
    IGNORED = "ignored", _("Not ours")


class LedgerKind(models.TextChoices):
    """Why the ledger moved."""

    INVOICE = "invoice", _("Invoice")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Correction")
    MOVE = "move", _("Moved with a joined household")
