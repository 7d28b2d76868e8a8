"""What scheduling knows of a household, for the list of accounts and their pages."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clients.staying import ReasonToStay
from scheduling.enums import RegistrationState
from scheduling.models import Registration

COMING = (RegistrationState.HELD, RegistrationState.BOOKED, RegistrationState.WAITLISTED)


def _is_booked() -> Exists:
    """Somebody of it comes to something, or waits to."""
    return Exists(
        Registration.objects.filter(
            client__household=OuterRef("pk"),
            state__in=COMING,
            session__ends_at__gt=timezone.now(),
            session__cancelled_at__isnull=True,
        )
    )


coming = ReasonToStay(key="coming", order=30, holds=_is_booked)
