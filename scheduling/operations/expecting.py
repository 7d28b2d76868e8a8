"""Who has a place takes part: they cannot leave the lists meanwhile (RULES 1.2)."""

from django.utils import timezone

from accounts.templatetags.kinroll import local_day
from clients.events import LeavingLists
from scheduling.enums import RegistrationState
from scheduling.errors import StillExpected
from scheduling.models import Registration


def keep_expected(event: LeavingLists) -> None:
    """Raise StillExpected for a client with a place in a class to come."""
    coming = (RegistrationState.HELD, RegistrationState.BOOKED, RegistrationState.WAITLISTED)
    places = Registration.objects.filter(
        client=event.client, state__in=coming, session__ends_at__gt=timezone.now()
    )
    first = places.select_related("session__schedule").order_by("session__starts_at").first()
    if first is not None:
        day = local_day(first.session.starts_at, event.client.organization)
        raise StillExpected(event.client.short_name, first.session.schedule.title, day)
