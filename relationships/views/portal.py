"""The family's own pages: home, and the people in the account."""

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
from accounts.registries import portal_dashboard, portal_to_do
from accounts.sections import load_sections, load_to_do
from clients.sharing import known_at
from relationships import at, authority, peers, waiting, who
from relationships.enums import AccountPermission
from relationships.family import relatives
from relationships.operations import people as operations

ADD = "relationships/portal/person_add.html"


@require_safe
@portal_view
def home(request: PortalRequest) -> HttpResponse:
    """The family's dashboard: what waits, and what every app has to show, of everybody or of one (P09, P10).

    ``?who=`` narrows it to one person, ``?at=`` to one organisation.
    """
    places = at.choose(request, the_only_one=True)
    family = relatives(request.actor, timezone.now().date(), request.at)
    faces = who.choose(request, family)
    shown = [each.member for each in family if each.is_shown and request.who in (None, each.member)]
    to_do = [*load_to_do(request, portal_to_do, shown), *waiting.own_account(request.member, family)]
    sections = [each for each in load_sections(request, portal_dashboard, shown) if each.html]
    context = {
        "account": request.member.account,
        "places": places,
        "faces": faces,
        "chosen": next((face for face in faces if face.is_current), None),
        "everybody_url": who.url_of(request, None),
        "peers": peers.of_reader(request.actor, family, timezone.now().date()),
        "may_add": request.runs_account,  # the form asks again
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
