"""Answers that every app's views give."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from accounts import submissions
from accounts.access import Request


def see_other(location: str) -> HttpResponseRedirect:
    """303: what was asked for is done, and this is the page that shows it."""
    return HttpResponseRedirect(location, status=HTTPStatus.SEE_OTHER)


def done_once(request: Request, do: Callable[[], str]) -> HttpResponseRedirect:
    """Carry out a creating form one time and lead to the location that ``do`` returns.

    ``do`` runs in one transaction with the ``once`` value of the form (``accounts.submissions``). What it
    refuses is the view's to catch.
    """
    return see_other(
        submissions.carry_out(
            by=request.actor,
            once=request.POST.get("once", ""),
            path=request.path,
            data=dict(request.POST.lists()),
            do=do,
        )
    )


def not_done(request: Request, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """422: the page again, with what was typed and what has to be mended."""
    return render(request, template, dict(context), status=HTTPStatus.UNPROCESSABLE_ENTITY)
