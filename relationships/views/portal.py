"""The family's own pages: home, and the people in the account."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done
from accounts.errors import Refused
from accounts.forms import PersonForm
from accounts.people import ADDRESS
from accounts.registries import portal_dashboard
from accounts.sections import load_sections
from clients.sharing import known_at
from relationships import at, authority
from relationships.enums import AccountPermission
from relationships.erasing import to_answer
from relationships.family import Relative, relatives
from relationships.models import LinkRequest, MoveRequest
from relationships.operations import people as operations

ADD = "relationships/portal/person_add.html"


@dataclass(frozen=True, kw_only=True)
class ToDo:
    """Something that waits for the family: what, why, and one button."""

    title: str
    text: str
    url: str
    action: str
    icon: str
    kind: str = ""


@require_safe
@portal_view
def home(request: PortalRequest) -> HttpResponse:
    """The family's dashboard: who they are, what waits for them, and what every app has to show."""
    places = at.choose(request)
    family = relatives(request.actor, timezone.now().date())
    shown = [each.member for each in family if each.is_open]
    sections = load_sections(request, portal_dashboard, shown)
    to_do = _to_do(request, family)
    context = {
        "account": request.member.account,
        "places": places,
        "family": family,
        "may_add": any(
            each.is_self and each.is_owner for each in family
        ),  # known already; the form asks again
        "to_do": to_do,
        "is_calm": not to_do,
        "wide": [section for section in sections if section.column == "main"],
        "narrow": [section for section in sections if section.column != "main"],
        "has_company": len(family) > 1,
    }
    return render(request, "relationships/portal/home.html", context)


@require_safe
@portal_view
def people(request: PortalRequest) -> HttpResponse:
    """Everybody in the account, the grown-ups first, and whom else one may act for; or who is known at one place."""
    places = at.choose(request)
    family = relatives(request.actor, timezone.now().date())
    if request.at is not None:
        known = known_at(request.at, [each.member for each in family if each.is_open])
        family = [each for each in family if each.member.pk in known]
    own = [each for each in family if each.is_own]
    context = {
        "places": places,
        "groups": [
            (_("Grown-ups"), [each for each in own if each.is_grown_up]),
            (_("Children"), [each for each in own if not each.is_grown_up]),
            (_("In other accounts"), [each for each in family if not each.is_own]),
        ],
        "has_anybody": bool(family),
        "may_add": _may_add(request),
        "account": request.member.account,
    }
    return render(request, "relationships/portal/people.html", context)


@require_http_methods(["GET", "POST"])
@portal_view
def person_add(request: PortalRequest) -> HttpResponse:
    """Add somebody, and another one after that, until the family is whole (P13). Owners only."""
    if not _may_add(request):
        raise Http404
    account = request.member.account
    form = PersonForm(
        request.POST or None,
        country=account.country,
        today=timezone.now().date(),
        requires=["born_on"],
        leave_out=ADDRESS,
        initial={"family_name": request.member.family_name},
    )
    context = {"form": form, "family": relatives(request.actor, timezone.now().date())}
    if request.method == "GET":
        return render(request, ADD, context)
    if not form.is_valid():
        return not_done(request, ADD, context)
    try:
        return done_once(request, lambda: _add(request, form))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, ADD, context)


def _add(request: PortalRequest, form: PersonForm) -> str:
    member = operations.add(by=request.actor, account=request.member.account, person=form.person)
    messages.success(request, _("%(name)s is in your account now.") % {"name": member.short_name})
    return reverse("portal:person_add" if request.POST.get("then") == "another" else "portal:people")


def _may_add(request: PortalRequest) -> bool:
    return bool(authority.may_run(request.actor, AccountPermission.PEOPLE, request.member.account))


def _to_do(request: PortalRequest, family: list[Relative]) -> list[ToDo]:
    """What waits for an answer of the family itself."""
    found = []
    if request.member.account.confirmed_at is None and request.member.account.kept_by_id is None:
        found.append(
            ToDo(
                title=_("Confirm your e-mail address"),
                text=_("Until then nothing can be booked. We send the link again."),
                url=reverse("public:login_email"),
                action=_("Confirm it"),
                icon="envelope",
                kind="wait",
            )
        )
    asked = LinkRequest.objects.to_answer(request.member).select_related("asker")
    found.extend(
        ToDo(
            title=_("%(name)s asks to be linked with you") % {"name": each.asker.full_name},
            text=_("Nothing counts until you answer: accept all of it, some of it, or none."),
            url=reverse("portal:link_request", args=[each.code]),
            action=_("Answer"),
            icon="user-plus",
            kind="wait",
        )
        for each in asked[:5]
    )
    moving = MoveRequest.objects.to_answer(request.member).select_related("member")
    found.extend(
        ToDo(
            title=_("Shall %(name)s move to another account?") % {"name": each.member.full_name},
            text=_("Nothing happens until every owner has agreed."),
            url=reverse("portal:move", args=[each.code]),
            action=_("Answer"),
            icon="home",
            kind="wait",
        )
        for each in moving[:5]
    )
    found.extend(
        ToDo(
            title=_("Something is to be erased that you have a say in"),
            text=_("See what it is, and answer."),
            url=reverse("portal:erasure", args=[each.code]),
            action=_("Answer"),
            icon="trash",
            kind="wait",
        )
        for each in to_answer(request.member)[:5]
    )
    found.extend(
        ToDo(
            title=_("When was %(name)s born?") % {"name": each.member.short_name},
            text=_("Most classes are for an age: without a birth date nobody can tell."),
            url=reverse("portal:person_edit", args=[each.member.code]) + "#id_born_on",
            action=_("Add the birth date"),
            icon="cake",
        )
        for each in family
        if each.is_own and each.is_open and each.age is None
    )
    return found
