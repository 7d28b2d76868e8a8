"""Staff pages of scheduling: the live schedule, and the roster of an open class."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.calendars import local_day
from accounts.errors import Refused
from accounts.permissions import Permission
from scheduling import board, roster
from scheduling.models import Registration, Session
from scheduling.operations import attendance
from scheduling.places import CoursePlaces, SessionPlaces

BOARD = "scheduling/staff/today.html"
LAYOUTS = ("room", "time", "coach")


@require_safe
@staff_view(Permission.SCHEDULE_READ)
def today(request: StaffRequest) -> HttpResponse:
    """The live schedule of a day."""
    now = timezone.now()
    day = _day(request, local_day(now, request.organization.time_zone))
    return render(request, BOARD, _board(request, day, now))


@require_safe
@staff_view(Permission.SCHEDULE_READ)
def session(request: StaffRequest, code: str) -> HttpResponse:
    """The live schedule with one class open: its details and roster (F01)."""
    now = timezone.now()
    opened = _session(request, code)
    context = _board(request, local_day(opened.starts_at, request.organization.time_zone), now)
    return render(request, BOARD, context | _roster(request, opened, now))


@require_POST
@staff_view(Permission.ROSTER_CHECK_IN)
def check_in(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Check a client in."""
    return _attend(request, code, number, attendance.check_in, _("%(name)s is here"))


@require_POST
@staff_view(Permission.ROSTER_CHECK_IN)
def undo_check_in(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Take a check-in back."""
    return _attend(request, code, number, attendance.undo_check_in, _("%(name)s is still to come"))


@require_POST
@staff_view(Permission.ROSTER_CHECK_IN)
def mark_away(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Note that a client did not come."""
    return _attend(request, code, number, attendance.mark_no_show, _("%(name)s is away"))


def _attend(request: StaffRequest, code: str, number: int, operation: Any, said: str) -> HttpResponse:
    """Run one attendance operation and show the roster again."""
    opened = _session(request, code)
    registration = get_object_or_404(
        Registration.objects.select_related("client", "session").exclude(
            client__member__in=request.organization.kept_from
        ),
        session=opened,
        client__number=number,
        state__in=roster.ON_ROSTER,
    )
    try:
        operation(by=request.actor, registration=registration)
        told = said % {"name": registration.client.full_name}
        level = messages.SUCCESS
    except Refused as refusal:
        told, level = str(refusal), messages.WARNING
    if request.htmx:
        context = _roster(request, _session(request, code), timezone.now()) | {"told": told}
        return render(request, f"{BOARD}#roster", context)
    messages.add_message(request, level, told)
    return HttpResponseRedirect(reverse("staff:session", args=[request.organization.slug, code]), status=303)


def _session(request: StaffRequest, code: str) -> Session:
    sessions = request.organization.sessions.select_related(
        "schedule", "service", "room", "coach", "organization"
    )
    return get_object_or_404(sessions, code=code)


def _day(request: StaffRequest, fallback: date) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return fallback


def _board(request: StaffRequest, day: date, now: datetime) -> dict[str, Any]:
    by = request.GET.get("by", "room")
    layout = by if by in LAYOUTS else "room"
    sessions = board.sessions_of(request.organization, day)
    return {
        "board": board.lay_out(sessions, organization=request.organization, day=day, now=now, by=layout),
        "layout": layout,
        "is_chosen": by in LAYOUTS and "by" in request.GET,
        "today": local_day(now, request.organization.time_zone),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "day_at": datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(request.organization.time_zone)),
        "now": now,
    }


def _roster(request: StaffRequest, opened: Session, now: datetime) -> dict[str, Any]:
    may_read_safety = request.actor.has(Permission.SAFETY_READ)
    return {
        "opened": opened,
        "roster": roster.of(
            opened, at=now, with_safety=may_read_safety, kept_from=request.organization.kept_from
        ),
        "may_read_safety": may_read_safety,
        "may_check_in": request.actor.has(Permission.ROSTER_CHECK_IN),
        "may_see_money": request.actor.has(Permission.SELL) or request.actor.has(Permission.LEDGER_READ),
        "may_read_memos": request.actor.has(Permission.MEMOS_READ),
        "register_url": _register_url(request, opened, now),
        "may_read_clients": request.actor.has(Permission.CLIENTS_READ),
    }


def _register_url(request: StaffRequest, opened: Session, now: datetime) -> str:
    """Where somebody is registered for the class: the meeting where it is sold by itself, else its course."""
    wanted = (Permission.SELL, Permission.CLIENTS_READ)
    is_over = opened.cancelled_at is not None or opened.ends_at <= now
    if is_over or not all(request.actor.has(each) for each in wanted):
        return ""
    for kind, code, product in (
        (SessionPlaces.key, opened.code, opened.service.drop_in_id),
        (CoursePlaces.key, opened.schedule.code, opened.schedule.course_fee_id),
    ):
        if product is not None:
            return reverse("staff:register", args=[request.organization.slug, kind, code])
    return ""
