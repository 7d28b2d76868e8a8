"""The closed lists of scheduling."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceKind(models.TextChoices):
    """What kind of thing people come to."""

    CLASS = "class", _("Class")
    COURSE = "course", _("Course")


class RegistrationState(models.TextChoices):
    """Where a registration stands. Active ones take a seat (RULES 3.2)."""

    HELD = "held", _("Held")
    LAPSED = "lapsed", _("Run out")
    WAITLISTED = "waitlisted", _("On the waiting list")
    BOOKED = "booked", _("Booked")
    ATTENDED = "attended", _("Here")
    NO_SHOW = "no_show", _("Away")
    CANCELLED = "cancelled", _("Cancelled")
    LATE_CANCELLED = "late_cancelled", _("Cancelled late")


ACTIVE_STATES = (
    RegistrationState.HELD,
    RegistrationState.BOOKED,
    RegistrationState.ATTENDED,
    RegistrationState.NO_SHOW,
)


class EnrolmentState(models.TextChoices):
    """Where a place in a whole course stands."""

    HELD = "held", _("Held")
    LAPSED = "lapsed", _("Run out")
    BOOKED = "booked", _("Booked")
    CANCELLED = "cancelled", _("Cancelled")


class Bookable(models.TextChoices):
    """Whether a schedule can be booked at all; the windows come on top."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Not presently available")
