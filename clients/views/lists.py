"""The list of clients: one name after the other, and a search."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.calendars import age_in_years, today_in
from accounts.models import Organization
from accounts.people import clean_text, format_phone
from accounts.permissions import Permission
from clients.enums import ClientStatus
from clients.family_changes import words_of
from clients.models import Client, Household
from clients.paging import NamePage, page_by_name
from clients.querysets import leading_word

ALL, CHANGED = "all", "changed"
SHOWN = (
    ("", _("Taking part")),
    (ClientStatus.LEAD, ClientStatus.LEAD.label),
    (ClientStatus.INACTIVE, ClientStatus.INACTIVE.label),
    (CHANGED, _("Changed by the family")),
    (ALL, _("Everybody")),
)
"""What the client list can be narrowed to; leads are not on it by default (RULES 1.2)."""

LONGEST_SEARCH = 100
HOUSEHOLDS_FOUND = 5


@dataclass(frozen=True)
class Line:
    """A row of the client list."""

    client: Client
    age: int | None
    phone: str
    changed: str


@require_safe
@staff_view(Permission.CLIENTS_READ)
def clients(request: StaffRequest) -> HttpResponse:
    """Everybody who takes part; a search finds whoever is here, payers and leads too (F02)."""
    query = clean_text(request.GET.get("q", "")[:LONGEST_SEARCH])
    show = request.GET.get("show", ALL if query else "")
    rows = _narrowed(request.organization.clients.all(), query, show).select_related("household")
    page = _page(request, rows, leading_word(request.organization.clients.all(), query))
    today = today_in(request.organization.time_zone)
    context = {
        "page": page,
        "lines": [_line(client, today, request.organization, show) for client in page.rows],
        "households": [] if page.rows or not query else _households(request, query),
        "search_query": query,
        "show": show,
        "filters": SHOWN,
        "kept": _kept(q=query, show=show),
        "may_add": request.actor.has(Permission.ACCOUNTS_CONTRIBUTE),
    }
    return render(request, "clients/staff/clients.html", context)


def _households(request: StaffRequest, query: str) -> list[Household]:
    """Accounts that fit, where nobody of them is a client yet: an owner who only manages is found as well (P03)."""
    if not request.actor.has(Permission.ACCOUNTS_READ):
        return []
    return list(request.organization.households.standing().matching(query).by_name()[:HOUSEHOLDS_FOUND])


def _page[M: Model](request: StaffRequest, rows: QuerySet[M], lead: str) -> NamePage[M]:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    is_search = bool(request.GET.get("q"))
    return page_by_name(rows, after=after, before=before, lead=lead, is_search=is_search)


def _narrowed(rows: QuerySet[Client], query: str, show: str) -> QuerySet[Client]:
    """By search and filter; a search without a filter looks among everybody."""
    found = Client.objects.all() & rows
    if query:
        found = found.matching(query)
    if show in (ClientStatus.LEAD, ClientStatus.INACTIVE):
        return found.filter(status=show)
    if show == CHANGED:
        return found.changed_by_family()
    if show == ALL:
        return found.standing()
    return found.listed()


def _kept(**parameters: str) -> dict[str, str]:
    """The parameters that the links between pages carry on."""
    return {name: value for name, value in parameters.items() if value}


def _line(client: Client, today: date, place: Organization, show: str) -> Line:
    return Line(
        client=client,
        age=age_in_years(client.born_on, today) if client.born_on else None,
        phone=format_phone(client.phone, place.country) if client.phone else "",
        changed=words_of(client, place) if show == CHANGED else "",
    )
