"""Who did what here: the list with its filters, and the same as a file (B22)."""

from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import spreadsheets
from accounts.access import StaffRequest, staff_view
from accounts.activity import TOPICS, page_of
from accounts.calendars import today_in
from accounts.permissions import Permission
from clients import deeds


@require_safe
@staff_view(Permission.AUDIT_READ)
def activity(request: StaffRequest) -> HttpResponse:
    """What was done at this organisation, newest first, page by page."""
    choice = deeds.choice_of(request.GET.dict())
    page = page_of(deeds.events_of(request.organization, choice), request.GET.get("before", ""))
    here = reverse("staff:activity", args=[request.organization.slug])
    context = {
        "deeds": deeds.deeds(request.organization, request.staff, page.events),
        "choice": choice,
        "authors": deeds.authors(request.organization),
        "topics": TOPICS.items(),
        "may_open_clients": request.actor.has(Permission.CLIENTS_READ),
        "older_url": f"?{urlencode(choice.query | {'before': page.older})}" if page.older else "",
        "newest_url": f"{here}?{urlencode(choice.query)}" if request.GET.get("before") else "",
        "file_url": reverse("staff:activity_file", args=[request.organization.slug])
        + (f"?{urlencode(choice.query)}" if choice.query else ""),
    }
    return render(request, "clients/staff/activity.html", context)


@require_safe
@staff_view(Permission.AUDIT_READ)
def activity_file(request: StaffRequest) -> HttpResponse:
    """The same list whole, as CSV. It streams: a million rows take no memory."""
    choice = deeds.choice_of(request.GET.dict())
    rows = deeds.table(request.organization, request.staff, choice)
    today = today_in(request.organization.time_zone)
    name = _("activity")
    answer: Any = StreamingHttpResponse(
        spreadsheets.lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{request.organization.slug}-{today}.csv"'
        },
    )
    return cast(HttpResponse, answer)  # it streams, and is passed on as any other
