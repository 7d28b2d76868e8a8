"""Claiming an account that staff made: is this you, who is who, done (RULES 1.4, A08)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions
from accounts.access import PublicRequest, private, public_view, to_login
from accounts.answers import not_done, see_other
from accounts.calendars import age_in_years, today_in
from accounts.entry_forms import ClaimForm
from accounts.enums import InvitationPurpose
from accounts.errors import InvitationUnusable, Refused, WrongSecret
from accounts.models import Invitation, Member, Organization, User
from accounts.operations import claiming, invitations, who_is_who
from accounts.operations.who_is_who import HasFamilyAlready, NotProved
from accounts.places import family_home
from accounts.views.public import too_many
from accounts.who_forms import WhoIsWhoForm

CLAIM = "accounts/public/claim.html"
PEOPLE = "accounts/public/claim_people.html"


class Way(StrEnum):
    """How somebody goes on from the mailed link."""

    NEW = "new"  # a login is made
    LOG_IN = "log_in"  # there is one with this address: first in
    CONNECT = "connect"  # a login without a family gets the account
    JOIN = "join"  # a family of its own says who is who
    DESK = "desk"  # the login's account is run by somebody else


@sensitive_post_parameters("password", "born_on", "desk_code")
@require_http_methods(["GET", "POST"])
@public_view
def claim(request: PublicRequest, token: str) -> HttpResponse:
    """Open a staff-made account with the mailed link and a second thing."""
    try:
        invitation = invitations.look_up(token)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    way, why_not = _way(request, invitation)
    form = ClaimForm(request.POST or None, email=invitation.email, asks_password=way is Way.NEW)
    context = {
        "form": form,
        "invitation": invitation,
        "organization": invitation.organization,
        "way": way.value,
        "why_not": why_not,
        "steps": _steps() if way is Way.JOIN else None,
    }
    if request.method == "GET" or way in (Way.LOG_IN, Way.DESK):
        return private(render(request, CLAIM, context))
    if not form.is_valid():
        return private(not_done(request, CLAIM, context))
    try:
        return see_other(_go_on(request, way, token, form))
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except Refused as refusal:
        return _refused(request, token, form, context, refusal)


@require_http_methods(["GET", "POST"])
@public_view
def claim_people(request: PublicRequest, token: str) -> HttpResponse:
    """Who is who: of each person whom staff entered, the same as one of mine, new, or not mine."""
    if request.actor.user is None:
        return to_login(request)
    try:
        invitation = who_is_who.proved(request.actor, token)
        me = who_is_who.family_of(request.actor, invitation.organization)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except (NotProved, HasFamilyAlready) as refusal:
        messages.warning(request, str(refusal))
        return see_other(reverse("public:claim", args=[token]))
    organization = invitation.organization
    if me is None or organization is None:
        return see_other(reverse("public:claim", args=[token]))
    people = who_is_who.staff_made(invitation.account)
    own = who_is_who.own_people(request.actor, me, organization)
    form = WhoIsWhoForm(request.POST or None, people=people, own=own)
    context = {
        "form": form,
        "organization": organization,
        "steps": _steps(),
        "people": [(person, _age(person, organization), form.of(person)) for person in people],
    }
    if request.method == "GET":
        return private(render(request, PEOPLE, context))
    if not form.is_valid():
        return private(not_done(request, PEOPLE, context))
    try:
        who_is_who.connect(by=request.actor, token=token, answers=form.answers)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return private(not_done(request, PEOPLE, context))
    return see_other(reverse("public:claim_done", args=[token]))


@require_safe
@public_view
def claim_done(request: PublicRequest, token: str) -> HttpResponse:
    """What is in the family's account now, and what the desk keeps."""
    used = Invitation.objects.filter(token_hash=invitations.digest(token), used_at__isnull=False)
    invitation = used.filter(proved_by=request.actor.user, proved_by__isnull=False).first()
    if invitation is None:
        return see_other(reverse("public:claim", args=[token]))
    left = Member.objects.filter(account=invitation.account, same_as__isnull=True, erased_at__isnull=True)
    context = {
        "organization": invitation.organization,
        "staying": left.count() if invitation.account.kept_by_id else 0,
        "home": family_home(),
        "steps": _steps(),
    }
    return private(render(request, "accounts/public/claim_done.html", context))


@require_POST
@public_view
def claim_again(request: PublicRequest, token: str) -> HttpResponse:
    """A new mail in place of a dead link. The answer is the same for a link that never was one."""
    if not ratelimit.consume(request, action="signup"):
        return too_many(request)
    try:
        invitations.send_again(by=request.actor, token=token)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("If the account still waits for you, a new mail is on its way."))
    return see_other(reverse("public:claim", args=[token]))


def _way(request: PublicRequest, invitation: Invitation) -> tuple[Way, str]:
    """How to go on, and why not. A login that is in may be used though the mail went to another address."""
    user = request.actor.user
    has_login = User.objects.filter(email=invitation.email).exists()
    is_new = invitation.purpose == InvitationPurpose.CLAIM and not has_login
    if user is None:
        return (Way.NEW if is_new else Way.LOG_IN), ""
    if is_new and "mine" not in request.GET:
        return Way.NEW, ""
    try:
        me = who_is_who.family_of(request.actor, invitation.organization)
    except HasFamilyAlready as refusal:
        return Way.DESK, str(refusal)
    return (Way.CONNECT if me is None else Way.JOIN), ""


def _go_on(request: PublicRequest, way: Way, token: str, form: ClaimForm) -> str:
    """Carry out what was asked, and where to go from there."""
    if way is Way.JOIN:
        claiming.prove(by=request.actor, token=token, secret=form.secret)
        return reverse("public:claim_people", args=[token])
    if way is Way.CONNECT:
        claiming.connect(by=request.actor, token=token, secret=form.secret)
    else:
        member = claiming.claim(
            by=request.actor, token=token, secret=form.secret, password=form.cleaned_data["password"]
        )
        if member.user is not None:
            sessions.begin(request, member.user)
    messages.success(request, _("Welcome. This is your family’s home."))
    return family_home()


def _refused(
    request: PublicRequest, token: str, form: ClaimForm, context: dict[str, Any], refusal: Refused
) -> HttpResponse:
    """The page again; a last wrong answer leaves only the dead link."""
    try:
        invitations.look_up(token)
    except InvitationUnusable:
        return _dead_link(request, token, refusal)
    asked = "born_on" if form.cleaned_data.get("born_on") else "desk_code"
    form.add_error(asked if isinstance(refusal, WrongSecret) else None, str(refusal))
    return private(not_done(request, CLAIM, context))


def _dead_link(request: HttpRequest, token: str, refusal: Refused) -> HttpResponse:
    """One page for a link that is used, replaced, too old, out of tries or unknown.

    To whoever used it just now, in another tab or by pressing twice, it is the way on.
    """
    used = Invitation.objects.filter(token_hash=invitations.digest(token), used_at__isnull=False)
    if request.user.is_authenticated:
        if used.filter(member__user=request.user).exists():
            return see_other(family_home())
        if used.filter(proved_by=request.user).exists():
            return see_other(reverse("public:claim_done", args=[token]))
    context = {"token": token, "refusal": refusal}
    return private(render(request, "accounts/public/claim_dead.html", context, status=404))


def _age(person: Member, organization: Organization) -> int | None:
    return age_in_years(person.born_on, today_in(organization.time_zone)) if person.born_on else None


def _steps() -> Sequence[str]:
    return (_("Is this you?"), _("Who is who"), _("Done"))
