"""Coming in: the first page, signing up, and claiming an account that staff made."""

from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import way_back
from accounts.access import PublicRequest, private, public_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.entry_forms import ClaimForm, SignUpForm
from accounts.enums import InvitationPurpose
from accounts.errors import InvitationUnusable, Refused, UnderAge, WrongSecret
from accounts.models import Invitation, Organization, User
from accounts.operations import claiming, invitations, signing_up
from accounts.places import family_home, places_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SIGNED_UP = "signed_up_as"


@require_safe
@public_view
def home(request: PublicRequest) -> HttpResponse:
    """One's own places; to a stranger, the way in and nothing else (the wall)."""
    user = request.actor.user
    if user is None:
        return render(request, "accounts/public/home.html")
    places = places_of(user)
    if len(places) == 1:
        return private(redirect(places[0].url))
    return private(render(request, "accounts/public/places.html", {"places": places}))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@public_view
def sign_up(request: PublicRequest) -> HttpResponse:
    """A family makes its own account (RULES 1.6). What comes of it is told by mail alone."""
    if request.actor.user is not None and places_of(request.actor.user):
        return see_other("/")
    way_back.remember(request)
    organization: Organization | None = getattr(request, "organization", None)
    zone = organization.time_zone if organization else "UTC"
    form = SignUpForm(
        request.POST or None,
        country=organization.country if organization else settings.COUNTRY,
        today=today_in(zone),
        auto_id="id_%s",
    )
    context: dict[str, Any] = {"form": form, "organization": organization}
    if request.method == "GET":
        return render(request, "accounts/public/sign_up.html", context)
    if not ratelimit.consume(request, action="signup"):
        return too_many(request)
    if not form.is_valid():
        return not_done(request, "accounts/public/sign_up.html", context)
    try:
        answer = done_once(request, lambda: _sign_up(request, organization, form))
    except UnderAge as refusal:
        return not_done(request, "accounts/public/sign_up.html", {**context, "under_age": refusal})
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, "accounts/public/sign_up.html", context)
    request.session[SIGNED_UP] = form.person.email
    return answer


def _sign_up(request: PublicRequest, organization: Organization | None, form: SignUpForm) -> str:
    signing_up.sign_up(
        by=request.actor,
        organization=organization,
        person=form.person,
        password=form.cleaned_data["password"],
        country=settings.COUNTRY,
    )
    return reverse("public:signed_up", kwargs={"org": organization.slug} if organization else {})


@require_safe
@public_view
def signed_up(request: PublicRequest) -> HttpResponse:
    """Check your mail: the same page whether the e-mail was new or not."""
    organization = getattr(request, "organization", None)
    address = request.session.get(SIGNED_UP, "")
    context = {"organization": organization, "address": address}
    return private(render(request, "accounts/public/signed_up.html", context))


@sensitive_post_parameters("password", "born_on", "desk_code")
@require_http_methods(["GET", "POST"])
@public_view
def claim(request: PublicRequest, token: str) -> HttpResponse:
    """Open a staff-made account with the mailed link and a second thing (RULES 1.4, A08)."""
    try:
        invitation = invitations.look_up(token)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    is_new = invitation.purpose == InvitationPurpose.CLAIM and not _has_login(invitation.email)
    form = ClaimForm(request.POST or None, email=invitation.email, asks_password=is_new)
    context = {
        "form": form,
        "invitation": invitation,
        "organization": invitation.organization,
        "is_new": is_new,
    }
    if request.method == "GET" or (not is_new and request.actor.user is None):
        return private(render(request, "accounts/public/claim.html", context))
    if not form.is_valid():
        return private(not_done(request, "accounts/public/claim.html", context))
    try:
        _claim(request, invitation, token, form, is_new=is_new)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except Refused as refusal:
        return _refused(request, token, form, context, refusal)
    messages.success(request, _("Welcome. This is your family’s home."))
    return see_other(family_home())


def _claim(
    request: PublicRequest, invitation: Invitation, token: str, form: ClaimForm, *, is_new: bool
) -> None:
    if not is_new:
        claiming.connect(by=request.actor, token=token, secret=form.secret)
        return
    member = claiming.claim(
        by=request.actor, token=token, secret=form.secret, password=form.cleaned_data["password"]
    )
    login(request, member.user, backend=BACKEND)


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


def too_many(request: HttpRequest) -> HttpResponse:
    """429, as the log-in pages say it."""
    answer: HttpResponse = ratelimit.respond_429(request)
    return answer


def _has_login(email: str) -> bool:
    return User.objects.filter(email=email).exists()


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
    return private(not_done(request, "accounts/public/claim.html", context))


def _dead_link(request: HttpRequest, token: str, refusal: Refused) -> HttpResponse:
    """One page for a link that is used, replaced, too old, out of tries or unknown.

    To whoever used it just now, in another tab or by pressing twice, it is the way home.
    """
    used = Invitation.objects.filter(token_hash=invitations.digest(token), used_at__isnull=False)
    if request.user.is_authenticated and used.filter(member__user=request.user).exists():
        return see_other(family_home())
    context = {"token": token, "refusal": refusal}
    return private(render(request, "accounts/public/claim_dead.html", context, status=404))
