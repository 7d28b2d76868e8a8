"""Why somebody can see or do something: the question and its answer, at the desk (B04)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.people import clean_text
from accounts.permissions import Permission
from relationships import desk
from relationships.why import beside, subject_of, why

PAGE = "relationships/staff/client_why.html"
MOST_BESIDE = 20


@require_safe
@staff_view(Permission.CLIENTS_READ)
def client_why(request: StaffRequest, number: int) -> HttpResponse:
    """What a client may do for another, ``?about=<number>``, act by act; without it, whom to ask about."""
    rows = request.organization.clients.standing().select_related(
        "member__account", "household", "organization"
    )
    person = get_object_or_404(rows, number=number)
    query = clean_text(request.GET.get("q", "")[:100])
    context = {
        "client": person,
        "person_query": query,
        "found": desk.found(person, query, kept_from=request.organization.kept_from),
    }
    if request.htmx:
        return render(request, f"{PAGE}#found", context)
    about = request.GET.get("about", "")
    subject = subject_of(person, about) if about else None
    if about and subject is None:
        raise Http404
    context |= {
        "subject": subject,
        "answers": why(request.actor, person, subject) if subject else None,
        "beside": beside(person, MOST_BESIDE),
    }
    return render(request, PAGE, context)
