"""Logins that a mailed link makes: following it proved the address."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import EmailTaken
from accounts.models import User


def new_login(email: str, password: str) -> User:
    """A login whose e-mail is verified. Raises EmailTaken where one exists. Part of the caller's transaction."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken(_("You have a login with this e-mail already. Log in with it to go on.")) from error
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
