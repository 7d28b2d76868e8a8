"""Staff move somebody to another account with a document, and confirm such moves for each other (RULES 2.6, 4.3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import Refused
from accounts.permissions import Permission
from clients.models import Client, Household
from relationships.enums import MoveState
from relationships.errors import CannotMove
from relationships.models import MoveRequest
from relationships.move_forms import DeskMoveForm
from relationships.operations import desk_moves, moves

ORDER = "relationships/staff/client_move.html"
WAITS = "relationships/staff/move.html"


@require_http_methods(["GET", "POST"])
@staff_view(Permission.LINKS_OVERRIDE)
def client_move(request: StaffRequest, number: int) -> HttpResponse:
    """Where to, why, and on what paper; what would happen stands beside it."""
    clients = request.organization.clients.standing().select_related("household", "member__account")
    client = get_object_or_404(clients, number=number)
    form = DeskMoveForm(request.POST or None, own=desk_moves.may_get_own(client.member))
    context = {"client": client, "form": form, "is_alone": moves.decides_alone(client.member)}
    if request.method == "GET":
        return render(request, ORDER, context)
    if not form.is_valid():
        return not_done(request, ORDER, context)

    def order() -> str:
        ordered = desk_moves.move(
            by=request.actor,
            client=client,
            to_household=None if form.is_to_own else _household(request, form.cleaned_data["target"]),
            reason=form.cleaned_data["reason"],
            document_note=form.cleaned_data["document_note"],
        )
        return _told(request, client, ordered)

    try:
        return done_once(request, order)
    except Refused as refusal:
        form.add_error("target" if isinstance(refusal, NoSuchAccount) else None, str(refusal))
        return not_done(request, ORDER, context)


@require_http_methods(["GET", "POST"])
@staff_view(Permission.LINKS_OVERRIDE)
def move(request: StaffRequest, code: str) -> HttpResponse:
    """A move that waits for a second staff member: who asks, why, on what paper; confirm it, or drop it."""
    rows = MoveRequest.objects.filter(organization=request.organization).exclude(
        member__in=request.organization.kept_from
    )
    found = get_object_or_404(rows.select_related(*moves.PARTS, "staff", "confirmed_by"), code=code)
    client = request.organization.clients.filter(member=found.member).select_related("household").first()
    context = {
        "move": found,
        "client": client,
        "to": Household.objects.filter(
            organization=request.organization, account=found.to_account, merged_into__isnull=True
        ).first(),
        "is_open": moves.stands(found),
        "may_confirm": found.staff_id != request.staff.pk and not desk_moves.benefits(request.actor, found),
    }
    if request.method == "GET":
        return render(request, WAITS, context)
    try:
        if "drop" in request.POST:
            desk_moves.drop(by=request.actor, request=found)
            messages.success(request, _("Dropped. Everything stays as it is."))
        else:
            desk_moves.confirm(by=request.actor, request=found)
            messages.success(request, _("Confirmed: %(name)s has moved.") % {"name": found.member.full_name})
    except Refused as refusal:
        return not_done(request, WAITS, context | {"refusal": refusal})
    return see_other(request.path)


class NoSuchAccount(CannotMove):
    """No account here has the number or e-mail that was typed."""

    message = gettext_lazy("No account here has this number or address.")


def _household(request: StaffRequest, target: str) -> Household:
    """The one account of this organisation with the number, or with an owner who has the e-mail (RULES 1.5)."""
    standing = Household.objects.filter(organization=request.organization).standing()
    typed = target.strip().lower()
    if typed.isdecimal() and len(typed) < 18:
        found = list(standing.filter(number=int(typed)))
    else:
        found = list(standing.filter(pk__in=[home.pk for home in standing.with_email(typed)[:2]]))
    if len(found) != 1:
        raise NoSuchAccount
    return found[0]


def _told(request: StaffRequest, client: Client, ordered: MoveRequest) -> str:
    if ordered.state == MoveState.DONE and ordered.is_to_own:
        messages.success(
            request,
            _("%(name)s has an account of their own now, run by staff until they take it over.")
            % {"name": client.full_name},
        )
        home = Household.objects.get(organization=request.organization, account=ordered.to_account)
        return reverse("staff:account", args=[request.organization.slug, home.number])
    if ordered.state == MoveState.DONE:
        messages.success(request, _("%(name)s has moved.") % {"name": client.full_name})
        return reverse("staff:client", args=[request.organization.slug, client.number])
    messages.info(request, _("You are of one of the two accounts: a second staff member has to confirm it."))
    return reverse("staff:move", args=[request.organization.slug, ordered.code])
