"""The closed lists of accounts. Each is also a CHECK in the database."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActorKind(models.TextChoices):
    """Who or what did something."""

    PERSON = "person", _("Person")
    STAFF = "staff", _("Staff")
    JOB = "job", _("Job")
    COMMAND = "command", _("Command")
    WEBHOOK = "webhook", _("Webhook")


class InvitationPurpose(models.TextChoices):
    """What following an invitation leads to; the registry ``invitation_purposes`` holds the pages."""

    CLAIM = "claim", _("Activate an account that staff made")
    CONNECT = "connect", _("Connect an account that staff made to a login that exists")
    LOGIN = "login", _("Give a member a login of their own")


class PrivacyKind(models.TextChoices):
    """What somebody asks about their own data (D10, B13)."""

    EXPORT = "export", _("A copy of everything held")
    ERASE = "erase", _("Erase")


class PrivacyState(models.TextChoices):
    """How far a request has come; WAITING is for other owners, or for the day it falls due."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Taken back")
