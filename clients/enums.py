"""The closed lists of clients."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClientStatus(models.TextChoices):
    """How far a person has come with an organisation (RULES 1.2)."""

    LEAD = "lead", _("Lead")
    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")
    MERGED = "merged", _("Merged")
    ERASED = "erased", _("Erased")


class Share(models.TextChoices):
    """What a family shares with an organisation about one person (RULES 1.1)."""

    CONTACT = "contact", _("Contact details")
    ADDRESS = "address", _("Address")
    PHOTO = "photo", _("Photo")


class MemoAudience(models.TextChoices):
    """Who reads a memo; fixed once it is saved (RULES 5.3)."""

    STAFF = "staff", _("Staff only")
    FAMILY = "family", _("The family too")


class MergeReason(models.TextChoices):
    """Why two records of one person were joined."""

    CLAIM = "claim", _("The family said so when it took its account over")
    DUPLICATE = "duplicate", _("The same person twice")
