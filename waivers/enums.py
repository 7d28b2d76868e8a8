"""The closed lists of waivers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """What is signed or filled in."""

    WAIVER = "waiver", _("Waiver")
    FORM = "form", _("Form")


class Frequency(models.TextChoices):
    """How long a signature holds."""

    ONCE = "once", _("Once")
    YEARLY = "yearly", _("Every year")
    SEASON = "season", _("Until the season ends")
    DAYS = "days", _("For a number of days")


class Capacity(models.TextChoices):
    """In what capacity somebody signed (RULES 2.3, 2.4)."""

    SELF = "self", _("For themselves")
    OWNER = "owner", _("As the account’s owner")
    GUARDIAN = "guardian", _("As a legal guardian")
