"""A fresh log-in before what cannot be taken back: whoever sits at a page that was left open gets no further."""

from collections.abc import Callable
from typing import cast

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse


def fresh_login[**P](answer: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Give ``answer(request, ...)`` to somebody who proved within five minutes who they are; else ask, then go on.

    By password, passkey or authenticator app, as allauth does before it changes a login.
    """
    return cast(Callable[P, HttpResponse], reauthentication_required(answer))
