"""allauth says that an e-mail is confirmed by a signal, its only way to: here it becomes an operation."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.http import HttpRequest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.operations import signing_up


def listen() -> None:
    """Connect once; ``AppConfig.ready`` calls it."""
    email_confirmed.connect(account_confirmed, dispatch_uid="accounts.account_confirmed")


def account_confirmed(request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    """Following the mailed link is the act; whoever holds it is the login's owner."""
    user = email_address.user
    actor = Actor(kind=ActorKind.PERSON, user=user, ip=request.META.get("REMOTE_ADDR") or None)
    signing_up.confirm(by=actor, user=user)
