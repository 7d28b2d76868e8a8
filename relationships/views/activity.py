"""The family's activity page: who did what, for whom, when and from where (B22)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import PortalRequest, portal_view
from accounts.activity import page_of
from accounts.models import Member
from relationships import activity
from relationships.knowing import Known, known_to


@require_safe
@portal_view
def activity_page(request: PortalRequest) -> HttpResponse:
    """The newest first, page by page; ``?about=`` narrows it to one person."""
    known = known_to(request.actor)
    people = _people(known)
    subject = _subject(people, request.GET.get("about", ""))
    events = activity.events_of(known, subject.pk if subject else None)
    page = page_of(events, request.GET.get("before", ""))
    query = request.GET.copy()
    query["before"] = page.older
    context = {
        "lines": activity.lines(known, page.events),
        "people": people,
        "subject": subject,
        "older_url": f"?{query.urlencode()}" if page.older else "",
        "newest_url": reverse("portal:activity") if request.GET.get("before") else "",
    }
    return render(request, "relationships/portal/activity.html", context)


def _people(known: Known) -> list[Member]:
    """Whom the list can be narrowed to: oneself first."""
    seen = Member.objects.filter(pk__in=known.whole | known.linked).order_by("given_name", "pk")
    return sorted(seen, key=lambda member: member.pk != known.me.pk)


def _subject(people: list[Member], code: str) -> Member | None:
    if not code:
        return None
    for member in people:
        if member.code == code:
            return member
    raise Http404
