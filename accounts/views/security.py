"""Log-in and security: one page for everything about one's own login, for families and staff alike (B22)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import devices, sessions
from accounts.access import LoginRequest, login_view
from accounts.answers import see_other
from accounts.operations import email_changes, logins


@dataclass(frozen=True, kw_only=True)
class Device:
    """Somewhere one is logged in."""

    pk: int
    name: str
    ip: str
    since: datetime
    is_handheld: bool
    is_here: bool


@require_safe
@login_view
def security(request: LoginRequest) -> HttpResponse:
    """What the login is and how it is protected, each with the way to change it."""
    user = request.user
    factors = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at"))
    passkeys = [factor.wrap() for factor in factors if factor.type == Authenticator.Type.WEBAUTHN]
    codes = next((f.wrap() for f in factors if f.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "is_confirmed": EmailAddress.objects.filter(
            user_id=user.pk, email=user.email, verified=True
        ).exists(),
        "change": email_changes.open_change(user),
        "has_password": user.has_usable_password(),
        "passkeys": passkeys,
        "app": next((factor for factor in factors if factor.type == Authenticator.Type.TOTP), None),
        "has_factor": any(factor.type != Authenticator.Type.RECOVERY_CODES for factor in factors),
        "codes": codes,
        "codes_left": len(codes.get_unused_codes()) if codes else 0,
        "devices": _devices(request),
    }
    return render(request, "accounts/login/security.html", context)


@require_safe
@login_view
def session_list(request: LoginRequest) -> HttpResponse:
    """Where one is logged in: on what, from where, since when."""
    return render(request, "accounts/login/sessions.html", {"devices": _devices(request)})


@require_POST
@login_view
def session_end(request: LoginRequest) -> HttpResponse:
    """Log out on one other device, or on all others."""
    which = request.POST.get("which", "")
    only = int(which) if which.isdecimal() and len(which) < 18 else None
    if only is None and which != "others":
        return see_other(reverse("public:sessions"))
    ended = logins.end_sessions(by=request.actor, keep=request.session.session_key, only=only)
    if ended:
        told = ngettext("Logged out on one device.", "Logged out on %(count)s devices.", ended)
        messages.success(request, told % {"count": ended})
    else:
        messages.info(request, _("You were logged out there already."))
    return see_other(reverse("public:sessions"))


def _devices(request: LoginRequest) -> list[Device]:
    """This device first."""
    here = request.session.session_key
    found = [_device(row, here) for row in sessions.open_sessions(request.user)]
    return sorted(found, key=lambda device: not device.is_here)


def _device(row: UserSession, here: str | None) -> Device:
    return Device(
        pk=row.pk,
        name=devices.describe(row.user_agent),
        ip=row.ip,
        since=row.created_at,
        is_handheld=devices.is_handheld(row.user_agent),
        is_here=row.session_key == here,
    )
