"""allauth says by signals, its only way to, what it did with a login: here it becomes an operation."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Member, User
from accounts.operations import factors, signing_up

ADDED = {
    Authenticator.Type.WEBAUTHN: "passkey_added",
    Authenticator.Type.TOTP: "app_added",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes_made",
}
REMOVED = {
    Authenticator.Type.WEBAUTHN: "passkey_removed",
    Authenticator.Type.TOTP: "app_removed",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes_removed",
}


def listen() -> None:
    """Connect once; ``AppConfig.ready`` calls it."""
    email_confirmed.connect(account_confirmed, dispatch_uid="accounts.account_confirmed")
    signals.authenticator_added.connect(factor_added, dispatch_uid="accounts.factor_added")
    signals.authenticator_reset.connect(factor_added, dispatch_uid="accounts.factor_reset")
    signals.authenticator_removed.connect(factor_removed, dispatch_uid="accounts.factor_removed")


def account_confirmed(request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    """Following the mailed link is the act; whoever holds it is the login's owner."""
    user = email_address.user
    signing_up.confirm(by=_actor(request, user), user=user)


def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """A passkey, an app, or (also in place of former ones) recovery codes."""
    factors.note(by=_actor(request, user), what=ADDED[Authenticator.Type(authenticator.type)])


def factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """One of them is no way in any more."""
    factors.note(by=_actor(request, user), what=REMOVED[Authenticator.Type(authenticator.type)])


def _actor(request: HttpRequest, user: User) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        user=user,
        member=Member.objects.filter(user=user).first(),
        ip=request.META.get("REMOTE_ADDR") or None,
        user_agent=request.headers.get("User-Agent", "")[:200],
    )
