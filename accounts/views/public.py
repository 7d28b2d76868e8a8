"""Coming in: the first page, signing up, and claiming an account that staff made."""

from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import way_back
from accounts.access import PublicRequest, private, public_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.entry_forms import SignUpForm
from accounts.errors import Refused, UnderAge
from accounts.models import Organization
from accounts.operations import signing_up
from accounts.places import places_of

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


def too_many(request: HttpRequest) -> HttpResponse:
    """429, as the log-in pages say it."""
    answer: HttpResponse = ratelimit.respond_429(request)
    return answer
