"""The schedule that everybody may read."""

from datetime import date
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from accounts.access import PublicRequest, reader_view
from accounts.models import Member
from relationships import authority
from relationships.enums import FamilyPermission
from scheduling import listing, wording
from scheduling.listing import Filters, Listed

FRAMED = cast("dict[str, list[str]]", settings.SECURE_CSP) | {"frame-ancestors": ["*"]}
PAGE = "scheduling/public/schedule.html"
PAGE_KEPT_FOR = 60  # seconds; a page is shown only while its rows are in the same state


@require_safe
@reader_view
def schedule(request: PublicRequest) -> HttpResponse:
    """What can be booked, by weekday and period, later single days; with ``?embed=1`` for a frame.

    Anonymous readers get exactly one statement (G1): the page is kept in memory with the state of its rows.
    A logged-in member gets the portal's shell and a filter by person, and never a page that may be framed.
    """
    is_embedded = request.member is None and request.GET.get("embed") == "1"
    people = _people(request)
    subject = _subject(request.GET, people)
    filters = filters_of(request.GET, subject)
    listed = listing.read(request.organization, filters, timezone.now())
    for entry in getattr(request, "navigation", ()):
        entry["is_current"] = entry["url"] == reverse("portal:schedule")
    if request.member is None and filters.is_none:
        answer = HttpResponse(_kept(request, listed, filters, is_embedded=is_embedded))
    else:
        context = _context(request, filters, listed, people, subject, is_embedded=is_embedded)
        answer = render(request, PAGE, context)
    return _framed(answer) if is_embedded else answer


def filters_of(query: QueryDict, subject: Member | None) -> Filters:
    """The filters in an address; what cannot be read is left out."""
    weekdays = {int(day) for day in query.getlist("day") if day.isascii() and day.isdigit() and int(day) < 7}
    return Filters(
        category=query.get("category", "")[:80].replace("\x00", ""),
        weekdays=tuple(sorted(weekdays)),
        free=query.get("free") == "1",
        afternoon=query.get("afternoon") == "1",
        born_on=subject.born_on if subject else None,
        after=query.get("after", "")[:10].replace("\x00", ""),
        after_session=query.get("after_session", "")[:10].replace("\x00", ""),
    )


def _kept(request: PublicRequest, listed: list[Listed], filters: Filters, *, is_embedded: bool) -> str:
    """The whole anonymous page, from memory where the state of its rows is the same."""
    organization = request.organization
    state = (organization.version, organization.pk, tuple(listed), timezone.localdate())
    key = f"schedule:{organization.slug}/{get_language()}/{is_embedded}"
    known: tuple[Any, str] | None = caches["local"].get(key)
    if known is not None and known[0] == state:
        return known[1]
    context = _context(request, filters, listed, [], None, is_embedded=is_embedded)
    html = render(request, PAGE, context).content.decode()
    caches["local"].set(key, (state, html), PAGE_KEPT_FOR)
    return html


def _context(
    request: PublicRequest,
    filters: Filters,
    listed: list[Listed],
    people: list[Member],
    subject: Member | None,
    *,
    is_embedded: bool = False,
) -> dict[str, Any]:
    has_more = len(listed) > listing.ROWS_ON_A_PAGE
    rows = listing.rows_of(request.organization, listed[: listing.ROWS_ON_A_PAGE])
    return {
        "shell": "public/base.html" if request.member is None else "portal/base.html",
        "embedded": is_embedded,
        "organization": request.organization,
        "groups": listing.grouped(rows),
        "count": len(rows),
        "filters": filters,
        "is_filtered": not filters.is_none,
        "people": people,
        "subject": subject,
        "categories": listing.categories(request.organization),
        "weekdays": [
            (day, wording.weekday_short(day, request.organization), day in filters.weekdays)
            for day in range(7)
        ],
        "next_url": _next_url(request.GET, rows) if has_more else "",
        "first_url": _url(request.GET) if filters.after or filters.after_session else "",
    }


def _people(request: PublicRequest) -> list[Member]:
    """Whom the reader may see, themselves first."""
    if request.member is None:
        return []
    found = authority.subjects(request.actor, FamilyPermission.VIEW, request.organization)
    return sorted(found, key=lambda each: (each != request.member, each.born_on or date.min, each.pk))


def _subject(query: QueryDict, people: list[Member]) -> Member | None:
    return next((each for each in people if each.code == query.get("for")), None)


def _next_url(query: QueryDict, rows: list[listing.Row]) -> str:
    if not rows:
        return ""
    name = "after" if rows[-1].kind == "course" else "after_session"
    return _url(query, **{name: rows[-1].code})


def _url(query: QueryDict, **more: str) -> str:
    """The page under the same filters, elsewhere in the list."""
    kept = query.copy()
    for name in ("after", "after_session"):
        kept.pop(name, None)
    kept.update(more)
    return f"?{kept.urlencode()}"


def _framed(answer: HttpResponse) -> HttpResponse:
    """The same answer, which other sites may show in a frame: it holds nothing of its reader."""

    @xframe_options_exempt
    @csp_override(FRAMED)
    def framed(_request: HttpRequest) -> HttpResponse:
        return answer

    return framed(HttpRequest())
