"""The way into an organisation from another place."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.places import staff_home


@require_safe
@staff_view()
def start(request: StaffRequest) -> HttpResponse:
    """The first page that this person may open here."""
    return redirect(staff_home(request.organization, request.actor.permissions))
