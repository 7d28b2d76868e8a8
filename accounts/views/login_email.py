"""The e-mail one logs in with: seeing it, changing it, saying yes at both addresses (A10)."""

import time
from typing import Any, Literal

from allauth.account import app_settings
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import LoginRequest, PublicRequest, login_view, private, public_view
from accounts.answers import not_done, see_other
from accounts.email_forms import LoginEmailForm
from accounts.errors import EmailTaken, EmailUnusable, InvitationUnusable, Refused
from accounts.fresh_login import fresh_login
from accounts.models import EmailChange, User
from accounts.operations import email_changes, invitations

PAGE = "accounts/login/email.html"
CONFIRM = "accounts/public/email_change.html"


@require_http_methods(["GET", "POST"])
@login_view
def login_email(request: LoginRequest) -> HttpResponse:
    """The address now, what waits, and the wish for another. Whoever wishes proves first who they are."""
    if request.method == "POST":
        return _wish(request)
    return render(request, PAGE, _context(request, LoginEmailForm()))


@fresh_login
def _wish(request: LoginRequest) -> HttpResponse:
    form = LoginEmailForm(request.POST)
    if form.is_valid():
        try:
            email_changes.ask(by=request.actor, email=form.cleaned_data["email"])
        except EmailUnusable as refusal:
            form.add_error("email", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("We wrote to both addresses. Follow the link in each mail."))
            return see_other(reverse("public:login_email"))
    return not_done(request, PAGE, _context(request, form))


@require_POST
@login_view
def email_again(request: LoginRequest) -> HttpResponse:
    """Fresh links to the addresses that have not said yes, or to the one that was never confirmed."""
    address = EmailAddress.objects.filter(
        user_id=request.user.pk, verified=False, email=request.user.email
    ).first()
    if address is not None:
        if send_verification_email_to_address(request, address):
            messages.success(request, _("A new mail is on its way."))
        else:
            messages.warning(request, str(invitations.MailJustSent.message))
        return see_other(reverse("public:login_email"))
    try:
        email_changes.send_again(by=request.actor)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("A new mail is on its way; the earlier link no longer works."))
    return see_other(reverse("public:login_email"))


@require_POST
@login_view
def email_keep(request: LoginRequest) -> HttpResponse:
    """The login keeps its address after all."""
    if email_changes.take_back(by=request.actor):
        messages.success(request, _("Your login keeps its address."))
    return see_other(reverse("public:login_email"))


@require_POST
@login_view
def email_stand_in(request: LoginRequest) -> HttpResponse:
    """Who cannot open the old mailbox says yes for it with a passkey or app that was used just now."""
    used = _factor_used(request)
    if used is None:
        return see_other(_ask_for_factor(request.user))
    try:
        change = email_changes.stand_in(
            by=request.actor, authenticator_id=used, keep_session=request.session.session_key
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        done = change.ended_at is not None
        messages.success(
            request, _done_text(change) if done else _("Now only the new address has to say yes.")
        )
    return see_other(reverse("public:login_email"))


@require_http_methods(["GET", "POST"])
@public_view
def email_confirm(request: PublicRequest, token: str) -> HttpResponse:
    """One of the two mailboxes answers. The link alone changes nothing: mail programs follow links too."""
    try:
        change = email_changes.look_up(token)
        if request.method == "POST":
            return _answer(request, token, change)
    except InvitationUnusable as refusal:
        return private(render(request, CONFIRM, {"refusal": refusal}, status=404))
    except EmailTaken as refusal:
        return private(render(request, CONFIRM, {"refusal": refusal}, status=409))
    return private(render(request, CONFIRM, _side(change, token)))


def _answer(request: PublicRequest, token: str, change: EmailChange) -> HttpResponse:
    if request.POST.get("answer") == "no":
        email_changes.refuse(by=request.actor, token=token)
        return private(render(request, CONFIRM, {"is_stopped": True, "change": change}))
    is_theirs = request.actor.user is not None and request.actor.user.pk == change.user_id
    key = request.session.session_key if is_theirs else None
    change = email_changes.confirm(by=request.actor, token=token, keep_session=key)
    if change.ended_at is not None:
        return private(render(request, CONFIRM, {"is_done": True, "change": change}))
    return private(render(request, CONFIRM, _side(change, token)))


def _side(change: EmailChange, token: str) -> dict[str, Any]:
    is_old = invitations.digest(token) == change.old_token_hash
    said = change.old_confirmed_at if is_old else change.new_confirmed_at
    return {"change": change, "is_old": is_old, "has_said_yes": said is not None}


def _context(request: LoginRequest, form: LoginEmailForm) -> dict[str, Any]:
    user = request.user
    change = email_changes.open_change(user)
    return {
        "form": form,
        "change": change,
        "is_confirmed": EmailAddress.objects.filter(
            user_id=user.pk, email=user.email, verified=True
        ).exists(),
        "factor": _factor(request) if change and not change.old_confirmed_at else "",
        "factor_url": _ask_for_factor(user),
    }


def _factor(request: LoginRequest) -> Literal["", "asked", "used"]:
    """Whether a passkey or app of old could stand in for the mailbox, and whether it was used just now."""
    known = set(email_changes.old_factors(request.user).values_list("pk", flat=True))
    if not known:
        return ""
    return "used" if _factor_used(request) in known else "asked"


def _factor_used(request: HttpRequest) -> int | None:
    """The passkey or app with which somebody proved who they are within the last minutes; no recovery code."""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    used = [
        record
        for record in records
        if record.get("method") == "mfa"
        and record.get("type") in email_changes.FACTORS
        and record.get("at", 0) > since
    ]
    return int(used[-1]["id"]) if used else None


def _ask_for_factor(user: User) -> str:
    """Where somebody proves with a passkey or app who they are, and comes back."""
    has_app = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
    page = reverse("mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn")
    return page + "?" + urlencode({"next": reverse("public:login_email")})


def _done_text(change: EmailChange) -> str:
    return _("You log in with %(address)s from now on.") % {"address": change.new_email}
