"""Answers that every app's views give."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header

from accounts import submissions
from accounts.access import Request

PICTURE_KEPT = 300
"""Seconds for which a browser shows a picture without asking again whether its reader still may see it."""


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


def paper(request: Request, file: FieldFile, name: str) -> HttpResponse:
    """A paper that ``accounts.papers`` checked, to save under ``name``: it is never opened inside our own pages."""
    if not file:
        raise Http404
    kind = "webp" if str(file.name).endswith(".webp") else "pdf"
    try:
        with file.open("rb") as opened:
            content = opened.read()
    except FileNotFoundError as gone:
        raise Http404 from gone
    answer = HttpResponse(content, content_type="image/webp" if kind == "webp" else "application/pdf")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.{kind}") or "attachment"
    return answer


def picture(request: Request, file: FieldFile) -> HttpResponse:
    """A picture that ``accounts.pictures`` made, for this reader alone. 404 where there is none.

    Its name changes with it, so that it serves as the tag by which a browser asks whether it has it.
    """
    if not file:
        raise Http404
    tag = f'"{Path(file.name or "").stem}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        try:
            with file.open("rb") as opened:
                answer = HttpResponse(opened.read(), content_type="image/webp")
        except FileNotFoundError as gone:
            raise Http404 from gone
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = f"private, max-age={PICTURE_KEPT}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = "inline"
    return answer
