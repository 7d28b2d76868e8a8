"""Logins: made by a mailed link, which proves the address; logged out elsewhere."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit, sessions
from accounts.actors import Actor
from accounts.errors import EmailTaken, NotAllowed
from accounts.models import User
from accounts.transactions import operation


def new_login(email: str, password: str) -> User:
    """A login whose e-mail is verified. Raises EmailTaken where one exists. Part of the caller's transaction."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken(_("You have a login with this e-mail already. Log in with it to go on.")) from error
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@operation
def end_sessions(*, by: Actor, keep: str | None, only: int | None = None) -> int:
    """Log the login that asks out elsewhere: everywhere but in the session ``keep``, or in one row of the list.

    Returns how many ended. Raises NotAllowed to nobody's login.
    """
    if by.user is None:
        raise NotAllowed
    ended = sessions.end(by.user, keep=keep, only=only)
    if ended:
        members = [by.member] if by.member else []
        audit.record(by=by, action="accounts.sessions_ended", target=by.user, members=members)
    return ended
