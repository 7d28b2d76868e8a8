"""Who may open a page. The only place that sets ``request.actor`` (docs/architecture.md).

RULES 2.12: family pages answer 404 for what is not theirs; staff pages 404 to anyone not staff there and
403 to staff without the permission; anonymous people get the log-in page.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.actors import Actor
from accounts.elsewhere import Elsewhere, elsewhere_of, with_elsewhere
from accounts.enums import ActorKind
from accounts.models import Member, Organization, Staff, User
from accounts.permissions import Permission
from accounts.registries import NavItem, kept_from, navigation
from accounts.staffing import permissions_of, with_permissions


class Request(HttpRequest):
    """A request that passed an access decorator (for types; the object is Django's own)."""

    htmx: HtmxDetails
    actor: Actor
    navigation: list[dict[str, Any]]
    elsewhere: Elsewhere


class PublicRequest(Request):
    """Anyone, at one organisation where the address names one; ``member`` by ``reader_view`` only."""

    organization: Organization
    member: Member | None


class LoginRequest(Request):
    """Anybody who is logged in, with a family, as staff, or both; ``member`` where there is one."""

    user: User
    member: Member | None


class PortalRequest(Request):
    """A member of a family; ``organization`` where the address names one, ``at`` where ``?at=`` chose one.

    On the dashboard, ``who`` is the person whom ``?who=`` chose, ``runs_account`` says whether the reader is
    an owner, and ``signable`` are the ids of those for whom they may sign.
    """

    user: User
    member: Member
    organization: Organization
    at: Organization | None
    who: Member | None
    runs_account: bool
    signable: frozenset[int]


class StaffRequest(Request):
    """Somebody who works at ``organization``."""

    user: User
    staff: Staff
    organization: Organization


type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponse]


def staff_view[**P](
    *permissions: Permission,
) -> Callable[[View[StaffRequest, P]], Callable[..., HttpResponse]]:
    """A page under ``/staff/<org>/`` for staff who hold all of ``permissions``."""

    def decorate(view: View[StaffRequest, P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, org: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            refuse_nul(request)
            if not request.user.is_authenticated:
                return to_login(request)
            checked = cast(StaffRequest, request)
            _admit_staff(checked, org)
            if not checked.actor.permissions.issuperset(permissions):
                raise PermissionDenied
            return private(view(checked, *args, **kwargs))

        guarded.audience, guarded.permissions = "staff", permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def portal_view[**P](view: View[PortalRequest, P]) -> Callable[..., HttpResponse]:
    """A family's page. Where the address has ``<slug:org>``, sets ``request.organization``."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refuse_nul(request)
        if not request.user.is_authenticated:
            return to_login(request)
        checked = cast(PortalRequest, request)
        members = with_elsewhere(Member.objects.select_related("account"))
        member = members.filter(user=checked.user, erased_at__isnull=True).first()
        if member is None:
            raise Http404
        checked.member, checked.elsewhere = member, elsewhere_of(member)
        organization = _organization(kwargs.pop("org", None))
        if organization is not None:
            checked.organization = organization
        checked.actor = _actor(checked, ActorKind.PERSON, member=member, organization=organization)
        checked.navigation = _navigation(checked, "portal", {})
        return private(view(checked, *args, **kwargs))

    guarded.audience, guarded.permissions = "portal", ()  # type: ignore[attr-defined]
    return guarded


def public_view[**P](view: View[PublicRequest, P]) -> Callable[..., HttpResponse]:
    """A page for anyone. The actor is a person without a login, whoever is logged in."""

    @wraps(view)
    def open_to_all(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refuse_nul(request)
        checked = cast(PublicRequest, request)
        organization = _organization(kwargs.pop("org", None))
        if organization is not None:
            checked.organization = organization
        checked.actor = _actor(checked, ActorKind.PERSON, organization=organization)
        return view(checked, *args, **kwargs)

    open_to_all.audience, open_to_all.permissions = "public", ()  # type: ignore[attr-defined]
    return open_to_all


def reader_view[**P](view: View[PublicRequest, P]) -> Callable[..., HttpResponse]:
    """A page for anyone that knows a member who reads it: ``request.member`` is theirs, or None.

    Their answer is kept in no cache; anybody else gets what anonymous people get.
    """

    @wraps(view)
    def known(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refuse_nul(request)
        checked = cast(PublicRequest, request)
        checked.organization = _organization_for_all(kwargs.pop("org"))
        checked.member = None
        if request.user.is_authenticated:
            members = Member.objects.select_related("account")
            checked.member = members.filter(user=request.user, erased_at__isnull=True).first()
        checked.actor = _actor(
            checked, ActorKind.PERSON, member=checked.member, organization=checked.organization
        )
        if checked.member is None:
            return view(checked, *args, **kwargs)
        checked.navigation = _navigation(checked, "portal", {})
        return private(view(checked, *args, **kwargs))

    known.audience, known.permissions = "public", ()  # type: ignore[attr-defined]
    return known


def login_view[**P](view: View[LoginRequest, P]) -> Callable[..., HttpResponse]:
    """A page about one's own login: for families, staff and operators alike."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_login(request)
        checked = cast(LoginRequest, request)
        members = Member.objects.select_related("account")
        checked.member = members.filter(user=checked.user, erased_at__isnull=True).first()
        checked.actor = _actor(checked, ActorKind.PERSON, member=checked.member)
        return private(view(checked, *args, **kwargs))

    guarded.audience, guarded.permissions = "login", ()  # type: ignore[attr-defined]
    return guarded


def operator_view[**P](view: View[Request, P]) -> Callable[..., HttpResponse]:
    """A page for operators of the installation; 404 to everyone else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refuse_nul(request)
        if not request.user.is_authenticated:
            return to_login(request)
        if not request.user.is_superuser:
            raise Http404
        checked = cast(Request, request)
        checked.actor = _actor(checked, ActorKind.STAFF)
        return private(view(checked, *args, **kwargs))

    guarded.audience, guarded.permissions = "operator", ()  # type: ignore[attr-defined]
    return guarded


def refuse_nul(request: HttpRequest) -> None:
    """A path with a NUL in it is nobody's: no text of the database holds one, and none may be asked for."""
    if "\0" in request.path:
        raise Http404


def to_login(request: HttpRequest) -> HttpResponse:
    """The log-in page, which leads back; a form that was sent leads back to its page, never to a POST."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _page_of_form(request)
    answer = redirect_to_login(back, settings.LOGIN_URL)
    if request.method not in ("GET", "HEAD"):
        messages.warning(request, _("You were logged out meanwhile, so nothing was saved. Log in to go on."))
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(answer.url)
    return answer


def private(response: HttpResponse) -> HttpResponse:
    """Pages of people are kept in no cache."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _page_of_form(request: HttpRequest) -> str:
    """The page a form was sent from, if it is ours."""
    referer = request.headers.get("Referer", "")
    origin = f"{request.scheme}://{request.get_host()}"
    return referer.removeprefix(origin) if referer.startswith(origin + "/") else request.get_full_path()


def _organization(slug: Any) -> Organization | None:
    return None if slug is None else get_object_or_404(Organization, slug=slug)


def _organization_for_all(slug: Any) -> Organization:
    """The organisation as it was at most five seconds ago, from this process's memory.

    For pages that everybody opens at once: what they show of it is its name, zone, language and currency.
    """
    cache = caches["local"]
    key = f"organization:{slug}"
    organization: Organization | None = cache.get(key)
    if organization is None:
        organization = get_object_or_404(Organization, slug=slug)
        cache.set(key, organization, 5)
    return organization


def _admit_staff(request: StaffRequest, org: str) -> None:
    """Set staff, organisation and actor, or answer 404."""
    working = Staff.objects.select_related("organization").filter(is_active=True)
    rows = with_elsewhere(with_permissions(working)).filter(organization__slug=org, user=request.user)
    staff = rows.annotate(**{f"kept_{each.key}": ArraySubquery(each.members()) for each in kept_from}).first()
    if staff is None:
        raise Http404
    request.elsewhere = elsewhere_of(staff)
    request.staff, request.organization = staff, staff.organization
    request.organization.kept_from = frozenset(
        pk for each in kept_from for pk in getattr(staff, f"kept_{each.key}")
    )
    permissions = permissions_of(staff)
    request.actor = _actor(
        request, ActorKind.STAFF, staff=staff, organization=staff.organization, permissions=permissions
    )
    request.navigation = _navigation(request, "staff", {"org": org})


def _actor(request: Request, kind: ActorKind, **who: Any) -> Actor:
    user = request.user if isinstance(request.user, User) else None
    return Actor(
        kind=kind,
        user=user,
        ip=request.META.get("REMOTE_ADDR") or None,
        user_agent=request.headers.get("User-Agent", "")[:200],
        request_id=request.headers.get("X-Request-Id", "")[:36] or str(uuid.uuid4()),
        **who,
    )


def _navigation(request: Request, audience: str, kwargs: dict[str, str]) -> list[dict[str, Any]]:
    """The entries of a shell's navigation that this actor may open."""

    def shown(item: NavItem) -> bool:
        return item.audience == audience and item.is_for(request.actor.permissions)

    entries = []
    for item in filter(shown, navigation):
        url = reverse(item.url_name, kwargs=kwargs)
        entries.append(
            {
                "label": item.label,
                "url": url,
                "icon": item.icon,
                "is_current": _is_current(request.path, url, audience),
                "badge": item.badge(request) if item.badge else 0,
            }
        )
    return entries


def _is_current(path: str, url: str, audience: str) -> bool:
    """The page itself or one below it; a shell's first page only when it is the page itself."""
    is_first = url.rstrip("/").count("/") <= (2 if audience == "staff" else 1)
    return path == url if is_first else path.startswith(url)
