"""Where a login is logged in: allauth keeps a row for each log-in beside Django's own session."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User

MOST_SHOWN = 50
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def begin(request: HttpRequest, user: User) -> None:
    """Log ``user`` in on this device; whoever else was logged in there is no longer."""
    login(request, user, backend=BACKEND)
    UserSession.objects.create_from_request(request)  # allauth does so where its own pages log somebody in


def open_sessions(user: User) -> list[UserSession]:
    """Where ``user`` is logged in, newest first, at most fifty. Three queries at most, one where there is none.

    Sessions that ran out, or that a new password ended, are not among them.
    """
    rows = list(UserSession.objects.filter(user_id=user.pk).order_by("-created_at", "-pk")[:MOST_SHOWN])
    stored = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
    )
    current = user.get_session_auth_hash()
    alive = {
        each.session_key
        for each in stored
        if constant_time_compare(each.get_decoded().get(HASH_SESSION_KEY, ""), current)
    }
    return [row for row in rows if row.session_key in alive]


def end(user: User, *, keep: str | None = None, only: int | None = None) -> int:
    """Log ``user`` out everywhere but in the session with the key ``keep``, or only where the row ``only`` says.

    Returns how many ended. Safe to repeat.
    """
    rows = UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep or "")
    if only is not None:
        rows = rows.filter(pk=only)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user_id=user.pk, session_key__in=keys).delete()
    return len(keys)
