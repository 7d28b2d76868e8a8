"""A fresh log-in before what cannot be taken back: whoever sits at a page that was left open gets no further."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast

from allauth.account import app_settings
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import to_login

type Answer[**P] = Callable[Concatenate[Any, P], HttpResponse]


def fresh_login[**P](answer: Answer[P]) -> Answer[P]:
    """Give ``answer(request, ...)`` to somebody who proved within five minutes who they are; else ask, then go on.

    By password, passkey or authenticator app, as allauth does before it changes a login. Who has none of
    these, and logs in by a mailed code alone, logs in anew.
    """
    asked = cast(Answer[P], reauthentication_required(answer))

    @wraps(answer)
    def proved(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if get_reauthentication_flows(request.user) or _came_just_now(request):
            return asked(request, *args, **kwargs)
        logout(request)
        messages.info(request, _("Log in once more: what comes now is for you alone."))
        return to_login(request)

    return cast(Answer[P], proved)


def _came_just_now(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    last = max((record.get("at", 0) for record in records), default=0)
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)
