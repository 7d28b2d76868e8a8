"""The closed lists of messaging."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """Where a message of the outbox stands."""

    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent: the address refused mail")
    NO_ADDRESS = "no_address", _("No address")
