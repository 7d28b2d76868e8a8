"""Coming of age, in three steps on one address: how one goes on, who may help, what to sign anew (RULES 2.9)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PortalRequest, StaffRequest, portal_view, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.errors import Refused
from accounts.permissions import Permission
from accounts.registries import portal_to_do
from accounts.sections import load_to_do
from clients.models import Client
from relationships import authority, coming_of_age
from relationships.enums import FamilyPermission, TakeOverChoice
from relationships.errors import ChosenAlready
from relationships.models import TakeOver
from relationships.operations import take_over as operations
from relationships.take_over_forms import ChoiceForm, GrantForm

PAGE = "relationships/portal/take_over.html"
PAPERS = "unsigned"  # the kind of things to do that a higher app fills with what waits for a signature
STEPS = ("choosing", "granting", "signing")


@require_http_methods(["GET", "POST"])
@portal_view
def take_over(request: PortalRequest) -> HttpResponse:
    """Whatever step is next. A step that was done in another tab is not done again: the page shows where one is."""
    state = coming_of_age.state_of(request.member)
    if state == "none":
        raise Http404
    row = TakeOver.objects.filter(member=request.member).select_related("member").first()
    step = request.POST.get("step", "")
    form: Any = None
    if state == "choosing":
        form = ChoiceForm(request.POST if step == state else None)
    elif state == "granting" and row is not None:
        form = GrantForm(request.POST if step == state else None, helpers=operations.helpers(row))
    context = _context(request, state, row, form)
    if request.method == "GET":
        return render(request, PAGE, context)
    if step != state:
        messages.info(request, ChosenAlready.message)
        return see_other(request.path)
    if form is not None and not form.is_valid():
        return not_done(request, PAGE, context)
    try:
        return done_once(request, _carry_out(request, state, form))
    except ChosenAlready as refusal:
        messages.info(request, str(refusal))
        return see_other(request.path)
    except Refused as refusal:
        return not_done(request, PAGE, context | {"refusal": str(refusal)})


@require_POST
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def client_take_over(request: StaffRequest, number: int) -> HttpResponse:
    """Send the invitation to take over once more."""
    client = get_object_or_404(request.organization.clients.standing(), number=number)
    try:
        operations.invite_again(by=request.actor, client=client)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("A mail is on its way to the address that the family gave."))
    return see_other(reverse("staff:client", args=[request.organization.slug, number]))


def _carry_out(request: PortalRequest, state: str, form: Any) -> Callable[[], str]:
    def choose() -> str:
        choice = TakeOverChoice(form.cleaned_data["choice"])
        operations.choose(by=request.actor, choice=choice)
        if choice is TakeOverChoice.OWN_ACCOUNT:
            messages.success(request, _("You have an account of your own now."))
        else:
            messages.success(request, _("You stay in your family’s account, and decide for yourself."))
        return request.path

    def grant() -> str:
        operations.grant(by=request.actor, grants=form.grants)
        messages.success(request, _("Saved. You can change it at any time under Who can do what."))
        return request.path

    def finish() -> str:
        operations.finish(by=request.actor)
        messages.success(request, _("You have taken your own affairs over."))
        return reverse("portal:home")

    return {"choosing": choose, "granting": grant, "signing": finish}[state]


def _context(request: PortalRequest, state: str, row: TakeOver | None, form: Any) -> dict[str, Any]:
    clients = Client.objects.standing().filter(member=request.member).select_related("organization")
    context: dict[str, Any] = {
        "state": state,
        "row": row,
        "form": form,
        "number": STEPS.index(state) + 1 if state in STEPS else 0,
        "places": [client.organization for client in clients.order_by("organization__name")[:20]],
    }
    if state == "choosing":
        context["grace"] = [
            (place, until)
            for place in context["places"]
            if place.coming_of_age_grace_days
            and (until := coming_of_age.grace_until(request.member, place)) is not None
            and until > today_in(place.time_zone)
        ]
    if state == "signing":
        may_sign = authority.may(request.actor, FamilyPermission.SIGN, request.member)
        request.signable = frozenset({request.member.pk} if may_sign else ())
        kinds = [kind for kind in portal_to_do if kind.key == PAPERS]
        context["papers"] = load_to_do(request, kinds, [request.member])
    return context
