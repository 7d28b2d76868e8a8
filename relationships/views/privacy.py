"""Your data: what is held, in words, and copies of it (B13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, cast

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done
from accounts.enums import PrivacyKind, PrivacyState
from accounts.errors import Refused
from accounts.exporting import Scope, privacy_holdings
from accounts.fresh_login import fresh_login
from accounts.models import Organization, PrivacyRequest
from accounts.models.privacy import OPEN
from accounts.registries import privacy_actions
from relationships import exporting
from relationships.exporting import Subject
from relationships.operations import exporting as operations

PAGE = "relationships/portal/privacy.html"
COPY = "relationships/portal/privacy_copy.html"


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Whom a copy is of, and how far the newest one has come."""

    subject: Subject
    name: str
    request: PrivacyRequest | None
    is_ready: bool
    is_first: bool

    @property
    def is_open(self) -> bool:
        """Whether one is being made."""
        return self.request is not None and self.request.state in OPEN

    @property
    def has_failed(self) -> bool:
        """Whether the last one came to nothing."""
        return self.request is not None and self.request.state == PrivacyState.FAILED


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is held at one place; ``organization`` is None for the family's own side."""

    organization: Organization | None
    sentences: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def privacy(request: PortalRequest) -> HttpResponse:
    """What is held, and a copy of it; asking for one is done by a job, and can be left alone."""
    if request.method != "POST":
        return render(request, PAGE, _page(request))
    subject = _subject(request, request.POST.get("about", ""))
    try:
        return done_once(request, lambda: _ask(request, subject))
    except Refused as refused:
        return not_done(request, PAGE, _page(request) | {"error": refused})


@require_safe
@portal_view
def copy(request: PortalRequest, code: str) -> HttpResponse:
    """One copy that lies ready, for who asked for it and has just logged in."""
    found = _copy(request, code)
    if not operations.is_there(found):
        return _gone(request)
    return _shown(request, found)


@require_safe
@portal_view
def copy_file(request: PortalRequest, code: str) -> HttpResponse:
    """The file itself."""
    found = _copy(request, code)
    if not operations.is_there(found):
        return _gone(request)
    return _sent(request, found)


@fresh_login
def _shown(request: PortalRequest, found: PrivacyRequest) -> HttpResponse:
    return render(request, COPY, {"copy": found, "name": _name(request, found)})


@fresh_login
def _sent(request: PortalRequest, found: PrivacyRequest) -> HttpResponse:
    try:
        operations.fetch(by=request.actor, request=found)
    except Refused as refused:
        return _gone(request, refused)
    answer = FileResponse(
        default_storage.open(found.file.name or ""),
        as_attachment=True,
        filename=f"kinroll-{found.created_at:%Y-%m-%d}.zip",
        content_type="application/zip",
    )
    return cast(HttpResponse, answer)  # it streams, and is passed on as any other


def _gone(request: PortalRequest, why: Refused | None = None) -> HttpResponse:
    """410: said in words, with the way to another one."""
    return render(request, COPY, {"copy": None, "why": why}, status=HTTPStatus.GONE)


def _ask(request: PortalRequest, subject: Subject) -> str:
    operations.ask(by=request.actor, account=subject.account, member=subject.member)
    return reverse("portal:privacy")


def _subject(request: PortalRequest, about: str) -> Subject:
    """Whom the form is about; 404 for anybody the reader may not have a copy of."""
    for subject in exporting.subjects(request.actor):
        if subject.code == about:
            return subject
    raise Http404


def _copy(request: PortalRequest, code: str) -> PrivacyRequest:
    mine = PrivacyRequest.objects.filter(kind=PrivacyKind.EXPORT, requested_by=request.member)
    return get_object_or_404(mine.select_related("account", "member"), code=code)


def _page(request: PortalRequest) -> dict[str, Any]:
    copies = _copies(request)
    return {
        "copies": copies,
        "is_busy": any(copy.is_open for copy in copies),
        "held": held(exporting.overview(request.actor)),
        "actions": list(privacy_actions),
    }


def _copies(request: PortalRequest) -> list[Copy]:
    """A line for each whom one may have a copy of, with the newest one asked for."""
    asked = PrivacyRequest.objects.filter(kind=PrivacyKind.EXPORT, requested_by=request.member)
    newest = {
        each.member_id: each
        for each in asked.order_by("member_id", "-pk").distinct("member_id")
        if each.account_id == request.member.account_id
    }
    lines = []
    for subject in exporting.subjects(request.actor):
        found = newest.get(subject.member.pk if subject.member else None)
        lines.append(
            Copy(
                subject=subject,
                name=_name(request, subject),
                request=found,
                is_ready=found is not None and operations.is_there(found),
                is_first=False,
            )
        )
    return _with_one_first(lines)


def _with_one_first(copies: list[Copy]) -> list[Copy]:
    """The one whose button stands out: the first that can be downloaded, else the first that can be made."""
    ready = next((copy for copy in copies if copy.is_ready), None)
    first = ready or next((copy for copy in copies if not copy.is_open), None)
    return [replace(copy, is_first=copy is first) for copy in copies]


def _name(request: PortalRequest, about: Subject | PrivacyRequest) -> str:
    if about.member is None:
        return _("Everybody in your account")
    return _("You") if about.member.pk == request.member.pk else about.member.full_name


def held(scope: Scope) -> list[Held]:
    """What is held, place by place, the family's own side first. One query a kind, and one for the names."""
    found: dict[int | None, list[str]] = {None: []}
    for holding in privacy_holdings:
        for place, count in holding.count(scope).items():
            if count:
                found.setdefault(place, []).append(holding.words(count))
    own = Held(organization=None, sentences=found.pop(None))
    return [own, *_by_name(found)]


def _by_name(found: dict[int | None, list[str]]) -> Iterable[Held]:
    for organization in Organization.objects.filter(pk__in=[pk for pk in found if pk]).order_by("name", "pk"):
        yield Held(organization=organization, sentences=found[organization.pk])
