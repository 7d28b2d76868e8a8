"""Signing for one's family outside a checkout."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done
from accounts.errors import Refused
from scheduling import signing
from waivers.forms import SignForm
from waivers.operations import signing as operations

PAGE = "scheduling/portal/sign.html"


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def sign(request: PortalRequest) -> HttpResponse:
    """Everything the family has still to sign at one organisation, each text once (P09, B15)."""
    members = signing.people_at(request.actor, request.organization)
    if not members:
        raise Http404  # whether or not there is such a place (RULES 1.5)
    form = SignForm(
        request.POST if request.method == "POST" else None,
        by=request.actor,
        organization=request.organization,
        missing=signing.to_sign(request.organization, members),
    )
    context: dict[str, Any] = {"form": form, "place": request.organization}
    if request.method != "POST":
        return render(request, PAGE, context)
    if not form.is_valid():
        return not_done(request, PAGE, context)

    def save() -> str:
        for each in form.signed:
            operations.sign(
                by=request.actor,
                organization=request.organization,
                versions=[each.version],
                members=each.members,
                typed_name=each.typed_name,
            )
        messages.success(request, _("Signed. Nothing else waits to be signed by you here."))
        return reverse("portal:home")

    try:
        return done_once(request, save)
    except Refused as refused:
        form.add_error(None, str(refused))
        return not_done(request, PAGE, context)
