"""When something can be booked: opening, closing, not at all, over."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.errors import Text
from accounts.models import Organization
from accounts.templatetags.kinroll import local_day, local_time
from billing.selling import Objection
from scheduling.enums import Bookable
from scheduling.models import Schedule


def opens_at(schedule: Schedule, starts_at: datetime) -> datetime | None:
    """When booking opens: the schedule's own moment, else the service's days before the start. None: at once."""
    days = schedule.service.booking_opens_days
    if schedule.booking_opens_at is not None or days is None:
        return schedule.booking_opens_at
    return starts_at - timedelta(days=days)


def closes_at(schedule: Schedule, starts_at: datetime) -> datetime:
    """When booking closes; the first instant at which it is too late."""
    return starts_at - timedelta(minutes=schedule.service.booking_closes_minutes)


def objection(
    *,
    schedule: Schedule,
    organization: Organization,
    starts_at: datetime | None,
    ends_at: datetime | None,
    at: datetime,
) -> Objection | None:
    """Why ``schedule`` cannot be booked at ``at``, or None.

    ``starts_at`` is the first start of what is booked, ``ends_at`` its last end; None where no session
    stands.
    """
    if starts_at is None or ends_at is None or at >= ends_at:
        return _no("over", _("This class is over."), _("Look in the schedule for another one."))
    if schedule.bookable == Bookable.CLOSED:
        return _no("not-bookable", _("This class can’t be booked now."), _("Ask at the desk."))
    opening = opens_at(schedule, starts_at)
    if opening is not None and at < opening:
        when = {"day": local_day(opening, organization, "full"), "time": local_time(opening, organization)}
        return _no("not-open-yet", _("Booking opens on %(day)s at %(time)s.") % when, "")
    if at >= closes_at(schedule, starts_at):
        when = {"day": local_day(starts_at, organization, "full")}
        if at >= starts_at:
            text = _("Booking has closed: this class started on %(day)s.") % when
        else:
            text = _("Booking has closed. This class starts on %(day)s.") % when
        return _no("booking-closed", text, _("Ask at the desk."))
    return None


def _no(code: str, reason: Text, way_out: Text) -> Objection:
    return Objection(code=code, reason=reason, way_out=way_out)
