"""Relationships of a client, for staff: add, confirm, attest, end (C01, P16, RULES 2.5)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.errors import Refused
from accounts.people import clean_text
from accounts.permissions import Permission
from clients.models import Client
from relationships import desk
from relationships.forms import DeskLinkForm
from relationships.models import ManagerLink
from relationships.operations import desk_links
from relationships.operations.links import Terms

PAGE = "relationships/staff/client_links.html"
MOST_FOUND = 10
MOST_PICKED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.CLIENTS_READ)
def client_links(request: StaffRequest, number: int) -> HttpResponse:
    """Who may act for a client, and for whom they may; pick several people and link them in one go (P16)."""
    subject = _client(request, number)
    picked = _picked(request, subject)
    today = today_in(request.organization.time_zone)
    form = DeskLinkForm(request.POST or None, name=subject.short_name, today=today)
    query = clean_text(request.GET.get("q", "")[:100])
    found, _count = desk.links_of(subject, today, desk.MOST_ON_PAGE)
    context: dict[str, Any] = {
        "client": subject,
        "links": found,
        "picked": picked,
        "found": _found(request, subject, query, picked),
        "person_query": query,
        "form": form,
        "may_link": request.actor.has(Permission.LINKS_EDIT),
        "may_confirm": request.actor.has(Permission.LINKS_OVERRIDE),
    }
    if request.method != "POST":
        return render(request, PAGE, context)
    if not request.actor.has(Permission.LINKS_EDIT):
        raise PermissionDenied
    if not picked:
        form.add_error(None, _("Search for somebody, and tick who it is."))
    if not form.is_valid():
        return not_done(request, PAGE, context)

    def save() -> str:
        _make(request, subject, picked, form)
        return _url(request, subject)

    try:
        return done_once(request, save)
    except Refused as refused:
        form.add_error(None, str(refused))
        return not_done(request, PAGE, context)


@require_POST
@staff_view(Permission.LINKS_EDIT)
def client_link_change(request: StaffRequest, number: int, code: str) -> HttpResponse:
    """Confirm what waits, attest a guardian, or end a link that staff here made."""
    subject = _client(request, number)
    ours = ManagerLink.objects.filter(organization=request.organization)
    link = get_object_or_404(ours, code=code)
    try:
        match request.POST.get("act"):
            case "confirm":
                desk_links.confirm(by=request.actor, link=link)
                messages.success(request, _("Confirmed. It counts from now on."))
            case "attest":
                desk_links.attest_guardian(by=request.actor, link=link, reason=request.POST.get("reason", ""))
                messages.success(request, _("Written down."))
            case "end":
                desk_links.end(by=request.actor, link=link)
                messages.success(request, _("Ended. From now on each sees only their own."))
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, subject))


def _make(request: StaffRequest, subject: Client, picked: list[Client], form: DeskLinkForm) -> None:
    terms: Terms = form.terms()
    if form.cleaned_data["direction"] == "manages":
        made = desk_links.make(by=request.actor, manager=subject, dependents=picked, terms=terms)
    else:
        made = [
            link
            for other in picked
            for link in desk_links.make(by=request.actor, manager=other, dependents=[subject], terms=terms)
        ]
    messages.success(
        request, ngettext("%(n)s person linked", "%(n)s people linked", len(made)) % {"n": len(made)}
    )


def _client(request: StaffRequest, number: int) -> Client:
    rows = request.organization.clients.standing().select_related(
        "member__account", "household", "organization"
    )
    found: Client = get_object_or_404(rows, number=number)
    return found


def _picked(request: StaffRequest, subject: Client) -> list[Client]:
    """Those that were ticked, of this organisation, in their order."""
    sent = request.POST if request.method == "POST" else request.GET
    numbers = [
        int(text) for text in sent.getlist("pick")[:MOST_PICKED] if text.isdecimal() and len(text) < 12
    ]
    rows = request.organization.clients.standing().filter(number__in=numbers).exclude(pk=subject.pk)
    return list(rows.select_related("member__account", "household").by_name())


def _found(request: StaffRequest, subject: Client, query: str, picked: list[Client]) -> list[Client]:
    if not query:
        return []
    rows = request.organization.clients.standing().matching(query).exclude(pk=subject.pk)
    rows = rows.exclude(pk__in=[client.pk for client in picked])
    return list(rows.select_related("household").by_name()[:MOST_FOUND])


def _url(request: StaffRequest, subject: Client) -> str:
    return reverse("staff:client_links", args=[request.organization.slug, subject.number])
