"""Moving to another account: asking for it, leaving, and each owner's answer (RULES 4.3)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import NotAllowed, Refused
from accounts.models import Member
from clients.models import Client
from relationships import authority
from relationships.enums import MoveAnswerKind
from relationships.models import MoveRequest
from relationships.move_forms import AgreeForm, AskForm, OwnAccountForm
from relationships.operations import moves, moving

ASK = "relationships/portal/person_move.html"
MOVE = "relationships/portal/move.html"


@require_http_methods(["GET", "POST"])
@portal_view
def person_move(request: PortalRequest, code: str) -> HttpResponse:
    """Ask that somebody moves to another account, or leave for one of one's own. What happens is told first."""
    member = get_object_or_404(request.member.account.members.filter(erased_at__isnull=True), code=code)
    why_not = ""
    try:
        moves.may_ask(request.actor, member)
    except NotAllowed as refusal:
        raise Http404 from refusal
    except Refused as refusal:
        why_not = str(refusal)
    is_self = member.pk == request.member.pk
    form, own = _forms(request, member, is_self)
    context: dict[str, Any] = {
        "subject": member,
        "is_self": is_self,
        "form": form,
        "own": own,
        "why_not": why_not,
        "waiting": MoveRequest.objects.waiting().filter(member=member, staff__isnull=True).first(),
        "places": _places(member),
    }
    if request.method == "GET" or why_not:
        return render(request, ASK, context)
    used = own if own and "own" in request.POST else form
    if not used.is_valid():
        return not_done(request, ASK, context)

    def carry_out() -> str:
        if used is own:
            return _leave(request, member, own)
        asked = moves.ask(by=request.actor, member=member, **form.cleaned_data)
        messages.success(
            request, _("If there is such an account, its owners are asked now. You read their answer here.")
        )
        return reverse("portal:move", args=[asked.code])

    try:
        return done_once(request, carry_out)
    except Refused as refusal:
        used.add_error(None, str(refusal))
        return not_done(request, ASK, context)


@require_http_methods(["GET", "POST"])
@portal_view
def move(request: PortalRequest, code: str) -> HttpResponse:
    """One request: who asks, what would happen, who has answered; and one's own answer."""
    asked = _mine(request, code)
    is_leaving = request.member.account_id == asked.from_account_id
    form = AgreeForm(request.POST or None, keeps=is_leaving and not moves.decides_alone(asked.member))
    context = _context(request, asked, form, is_leaving=is_leaving)
    if request.method == "GET":
        return render(request, MOVE, context)
    act = _act(request, asked, form)
    if act is None:
        return not_done(request, MOVE, context)
    try:
        text = act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        asked.refresh_from_db()
        return not_done(request, MOVE, context | {"is_open": moves.stands(asked)})
    messages.success(request, text)
    return see_other(request.path)


def _forms(request: PortalRequest, member: Member, is_self: bool) -> tuple[AskForm, OwnAccountForm | None]:
    """The form that asks, and for an adult the one that leaves: each bound only when it was sent."""
    is_adult = moves.decides_alone(member)
    keeps = not is_adult or hasattr(member, "ownership")
    is_own = "own" in request.POST
    form = AskForm(
        request.POST if request.method == "POST" and not is_own else None, keeps=keeps, prefix=None
    )
    if not (is_self and is_adult):
        return form, None
    return form, OwnAccountForm(request.POST if is_own else None, keeps=keeps, prefix="own")


def _leave(request: PortalRequest, member: Member, form: OwnAccountForm) -> str:
    keeps, is_guardian = form.cleaned_data.get("keeps_link"), form.cleaned_data.get("is_legal_guardian")
    moving.move_out(
        by=request.actor,
        member=member,
        keep_acting_for=None if keeps else [],
        is_legal_guardian=bool(is_guardian),
    )
    messages.success(request, _("You have an account of your own now."))
    return reverse("portal:home")


def _mine(request: PortalRequest, code: str) -> MoveRequest:
    """A family's request that the reader asked or is asked about; 404 for any other, and whom they are kept from."""
    rows = MoveRequest.objects.filter(staff__isnull=True).select_related(*moves.PARTS)
    asked = get_object_or_404(rows, code=code)
    has_answered = asked.answers.filter(owner=request.member).exists()
    concerned = has_answered or request.member in moves.asked_owners(asked)
    if not concerned or authority.barred_from(request.actor, [asked.member]):
        raise Http404
    return asked


def _context(
    request: PortalRequest, asked: MoveRequest, form: AgreeForm, *, is_leaving: bool
) -> dict[str, Any]:
    answers = {answer.owner_id: answer for answer in asked.answers.select_related("owner")}
    mine = answers.get(request.member.pk)
    is_open = moves.stands(asked)
    return {
        "asked": asked,
        "form": form,
        "is_open": is_open,
        "is_leaving": is_leaving,
        "is_asker": asked.asked_by_id == request.member.pk,
        "may_answer": is_open and mine is None and request.member in moves.asked_owners(asked),
        "is_adult": moves.decides_alone(asked.member),
        "owners": _who_answered(request, asked, answers),
        "places": _places(asked.member) if is_leaving else [],
    }


def _who_answered(
    request: PortalRequest, asked: MoveRequest, answers: dict[int, Any]
) -> list[tuple[str, str]]:
    """Name and answer of each owner of the reader's own account; of the other side a name only once it agreed."""
    shown: list[tuple[str, str]] = []
    others_wait = asked.to_account_id is None
    for owner in moves.asked_owners(asked):
        answer = answers.get(owner.pk)
        label = str(MoveAnswerKind(answer.answer).label) if answer else _("Not answered yet")
        if owner.account_id == request.member.account_id or answer:
            shown.append((owner.full_name, label))
        else:
            others_wait = True
    if others_wait:
        shown.append((_("The owners of the other account"), _("Not answered yet")))
    return shown


def _act(request: PortalRequest, asked: MoveRequest, form: AgreeForm) -> Callable[[], str] | None:
    """What the pressed button does, as a function that returns what to say; None where the form is wrong."""

    def decline() -> str:
        moves.decline(by=request.actor, request=asked)
        return _("Declined. Everything stays as it is.")

    def withdraw() -> str:
        moves.withdraw(by=request.actor, request=asked)
        return _("Taken back. Everything stays as it is.")

    def agree() -> str:
        current = moves.agree(by=request.actor, request=asked, **form.cleaned_data)
        if current.done_at is not None:
            return _("All have agreed: %(name)s has moved.") % {"name": asked.member.short_name}
        return _("Thank you. The move happens when every owner has agreed.")

    if "decline" in request.POST:
        return decline
    if "withdraw" in request.POST:
        return withdraw
    return agree if form.is_valid() else None


def _places(member: Member) -> list[str]:
    """The organisations where bookings and papers of the person go along."""
    clients = Client.objects.standing().filter(member=member)
    return list(clients.order_by("organization__name").values_list("organization__name", flat=True))
