"""Who can do what: the page that says so, and the ways to ask, give, change and end it (B04, P14, C08, C11)."""

from collections.abc import Callable
from typing import Any

from babel.numbers import get_territory_currencies
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import Refused
from accounts.models import Account, Member
from clients.models import Household
from relationships import authority, rights
from relationships.forms import AnswerForm, LinkForm, RequestForm
from relationships.lending import parts_of
from relationships.models import MANAGER_FLAGS, SELF_FLAGS, LinkCode, LinkRequest, ManagerLink
from relationships.operations import links, requests

ASK = "relationships/portal/link_ask.html"
ANSWER = "relationships/portal/link_request.html"
LINK = "relationships/portal/link.html"
END = "relationships/portal/link_end.html"


@require_safe
@portal_view
def who_can_do_what(request: PortalRequest) -> HttpResponse:
    """For each person, everyone who may act for them, what each may do, until when and why (B04)."""
    today = timezone.now().date()
    shows_ended = request.GET.get("show") == "ended"
    context: dict[str, Any] = {"shows_ended": shows_ended, "flags": MANAGER_FLAGS}
    if shows_ended:
        context["ended"] = rights.ended_links(request.actor)
    else:
        context["rights"] = rights.rights_of(request.actor, today)
        context |= _requests(request.member)
    return render(request, "relationships/portal/who_can_do_what.html", context)


@require_safe
@portal_view
def link_new(request: PortalRequest) -> HttpResponse:
    """Manage another person: a new one, one who has an account, or let somebody help (P14)."""
    code = LinkCode.objects.filter(
        member=request.member, revoked_at__isnull=True, expires_at__gt=timezone.now()
    ).first()
    return render(request, "relationships/portal/link_new.html", {"code": code})


@require_POST
@portal_view
def link_code(request: PortalRequest) -> HttpResponse:
    """Show a code to another family; the one before is dead."""
    requests.show_code(by=request.actor)
    return see_other(reverse("portal:link_new") + "#code")


@require_http_methods(["GET", "POST"])
@portal_view
def link_ask(request: PortalRequest, way: str) -> HttpResponse:
    """Ask to act for somebody of another family (``ask``), or let somebody act for one of one's own (``offer``)."""
    if way not in ("ask", "offer"):
        raise Http404
    mine = _decided(request) if way == "offer" else None
    if mine == []:
        raise Http404
    form = RequestForm(request.POST or None, mine=mine, today=timezone.now().date())
    context = {"form": form, "way": way}
    if request.method == "GET":
        return render(request, ASK, context)
    if not form.is_valid():
        return not_done(request, ASK, context)

    def ask() -> str:
        requests.ask(
            by=request.actor,
            addressee=requests.find_addressee(form.cleaned_data["who"]),
            terms=form.terms(),
            about=form.cleaned_data.get("about", ""),
            dependent=form.cleaned_data.get("dependent"),
        )
        messages.success(
            request, _("If they have an account, they get your request now. You read their answer by mail.")
        )
        return reverse("portal:rights")

    return _carried_out(request, form, ASK, context, lambda: done_once(request, ask))


@require_http_methods(["GET", "POST"])
@portal_view
def link_request(request: PortalRequest, code: str) -> HttpResponse:
    """Answer a request, flag by flag, or take one's own back."""
    rows = LinkRequest.objects.select_related("asker", "addressee", "dependent")
    found = get_object_or_404(rows, code=code)
    if request.member.pk not in (found.asker_id, found.addressee_id):
        raise Http404
    if request.member.pk == found.asker_id:
        return _take_back(request, found)
    mine = None if found.dependent else _decided(request)
    form = AnswerForm(request.POST or None, asked=[*found.asked, *found.lends], mine=mine)
    context: dict[str, Any] = {"asked": found, "form": form, "is_open": found.is_open}
    if request.method == "GET":
        return render(request, ANSWER, context)

    def answer() -> HttpResponse:
        if "decline" in request.POST:
            requests.decline(by=request.actor, request=found)
            messages.success(request, _("Declined. Nothing has changed."))
            return see_other(reverse("portal:rights"))
        link = requests.accept(
            by=request.actor,
            request=found,
            flags=form.cleaned_data["flags"],
            dependent=form.cleaned_data.get("dependent"),
        )
        messages.success(request, _("Accepted. It counts from now on."))
        return see_other(reverse("portal:link", args=[link.code]))

    if "decline" not in request.POST and not form.is_valid():
        return not_done(request, ANSWER, context)
    return _carried_out(request, form, ANSWER, context, answer)


@require_http_methods(["GET", "POST"])
@portal_view
def link(request: PortalRequest, code: str) -> HttpResponse:
    """One link, both directions side by side, for either side (C08)."""
    found, gives = _link(request, code)
    is_manager = request.member.pk == found.manager_id
    form = LinkForm(
        request.POST or None,
        link=found,
        gives=gives,
        currency=found.dependent_cap_currency or _currency(found.manager.account),
        today=timezone.now().date(),
    )
    context = {"link": found, "form": form, "is_manager": is_manager}
    context["can_ask"] = [
        flag
        for flag in MANAGER_FLAGS
        if is_manager and flag not in gives and not getattr(found, flag) and flag not in found.waiting
    ]
    context["loan_parts"] = parts_of(found) if is_manager else []
    context["waiting_here"] = found.waiting if set(found.waiting) & gives else []
    if request.method == "GET":
        return render(request, LINK, context)

    def save() -> HttpResponse:
        if "ask" in request.POST:
            links.ask_for(by=request.actor, link=found, flags=request.POST.getlist("more"))
            messages.success(request, _("Asked. You read the answer by mail."))
        elif "refuse" in request.POST:
            links.refuse_waiting(by=request.actor, link=found)
            messages.success(request, _("Refused. What counted before goes on."))
        else:
            links.change(
                by=request.actor,
                link=found,
                flags=[*form.wanted, *(flag for flag in SELF_FLAGS if getattr(found, flag))],
                ends_on=form.cleaned_data["ends_on"],
                cap_minor=form.cap_minor,
                cap_currency=found.dependent_cap_currency or _currency(found.manager.account),
            )
            messages.success(request, _("Saved. It counts from now on."))
        return see_other(reverse("portal:rights"))

    if not {"ask", "refuse"} & set(request.POST) and not form.is_valid():
        return not_done(request, LINK, context)
    return _carried_out(request, form, LINK, context, save)


@require_http_methods(["GET", "POST"])
@portal_view
def link_end(request: PortalRequest, code: str) -> HttpResponse:
    """End a link at once, after reading what each side keeps (C11)."""
    found, _gives = _link(request, code)
    context: dict[str, Any] = {"link": found, "is_manager": request.member.pk == found.manager_id}
    if request.method == "GET":
        return render(request, END, context)
    try:
        links.end(by=request.actor, link=found)
    except Refused as refusal:
        return not_done(request, END, context | {"why_not": str(refusal)})
    messages.success(request, _("Ended. From now on each sees only their own."))
    return see_other(reverse("portal:rights"))


def _take_back(request: PortalRequest, found: LinkRequest) -> HttpResponse:
    """The asker's own side of a request."""
    context: dict[str, Any] = {"asked": found, "is_open": found.is_open, "is_own": True}
    if request.method == "GET":
        return render(request, ANSWER, context)
    try:
        requests.withdraw(by=request.actor, request=found)
    except Refused as refusal:
        return not_done(request, ANSWER, context | {"is_open": False, "why_not": str(refusal)})
    messages.success(request, _("Taken back."))
    return see_other(reverse("portal:rights"))


def _link(request: PortalRequest, code: str) -> tuple[ManagerLink, set[str]]:
    """A link that stands, for either side of it; 404 to anybody else (RULES 2.12)."""
    rows = ManagerLink.objects.select_related(*links.SIDES, "manager__account")
    found = get_object_or_404(rows, code=code, ended_at__isnull=True)
    try:
        return found, links.giveable(request.actor, found)
    except Refused:
        raise Http404 from None


def _requests(member: Member) -> dict[str, Any]:
    """What waits for the reader's answer, and what they wait for themselves; few of each."""
    rows = LinkRequest.objects.filter(state="asked", expires_at__gt=timezone.now())
    rows = rows.select_related("asker", "addressee", "dependent").order_by("-pk")
    return {
        "to_answer": list(rows.filter(addressee=member)[:20]),
        "sent": list(rows.filter(asker=member)[:20]),
    }


def _decided(request: PortalRequest) -> list[Member]:
    """Those for whom the reader decides who may act (RULES 2.5), the eldest first."""
    return list(authority.grantable(request.actor).order_by("born_on", "pk"))


def _currency(account: Account) -> str:
    """In what a family counts: as where it is a household, else as in its country."""
    first = Household.objects.filter(account=account).order_by("pk").values_list("organization__currency")
    found = first.first()
    return str(found[0]) if found else str(get_territory_currencies(account.country)[0])


def _carried_out(
    request: PortalRequest,
    form: Any,
    template: str,
    context: dict[str, Any],
    do: Callable[[], HttpResponse],
) -> HttpResponse:
    """Do it, or show the page again with what was refused."""
    try:
        return do()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, template, context)
