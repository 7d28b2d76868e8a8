"""Settings: what there is to decide, and the organisation's own page. Its logo, for everybody."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PublicRequest, StaffRequest, public_view, staff_view
from accounts.answers import not_done, see_other
from accounts.errors import ChangedMeanwhile, Refused
from accounts.files import version_of
from accounts.models import Organization
from accounts.operations import settings as operations
from accounts.operations.settings import SettingFixed
from accounts.permissions import Permission
from accounts.registries import settings_pages
from accounts.settings_forms import HUES, OrganizationForm

PAGE = "accounts/staff/settings_organization.html"
A_YEAR = 365 * 24 * 3600


@require_safe
@staff_view()
def settings_home(request: StaffRequest) -> HttpResponse:
    """What can be decided here, as far as the reader's roles go; 403 where that is nothing."""
    pages = [
        {"page": page, "url": reverse(page.url_name, args=[request.organization.slug])}
        for page in settings_pages
        if request.actor.has(page.permission)
    ]
    if not pages:
        raise PermissionDenied
    return render(request, "accounts/staff/settings.html", {"pages": pages})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SETTINGS_EDIT)
def settings_organization(request: StaffRequest) -> HttpResponse:
    """Name, look, place and policies, saved together or not at all."""
    stored = request.organization
    form = OrganizationForm(
        request.POST or None,
        request.FILES or None,
        organization=stored,
        fixed=operations.fixed(stored),
    )
    context: dict[str, Any] = {"form": form, "seen": stored.version, "hues": HUES}
    if request.method != "POST":
        return render(request, PAGE, context)
    if form.is_valid():
        try:
            operations.change(
                by=request.actor,
                organization=stored,
                values=form.values,
                logo=form.cleaned_data["logo"],
                removes_logo=form.cleaned_data.get("removes_logo", False),
                seen=_number(request.POST.get("seen", "")),
            )
        except ChangedMeanwhile as refused:
            form.add_error(None, str(refused))
            _say_what_is_stored(form, stored)
        except SettingFixed as refused:
            form.add_error(refused.field, str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Settings saved"))
            return see_other(request.path)
    return not_done(request, PAGE, context)


@require_safe
@public_view
def logo(request: PublicRequest, version: str) -> HttpResponse:
    """The organisation's logo, for anybody and every cache: another logo has another address."""
    picture = request.organization.logo
    if not picture or version != version_of(picture):
        raise Http404
    try:
        with picture.open("rb") as file:
            answer = HttpResponse(file.read(), content_type="image/webp")
    except OSError as error:
        raise Http404 from error
    answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _say_what_is_stored(form: OrganizationForm, stored: Organization) -> None:
    """Under each field that says something else than is stored now: what that is. What was typed stays."""
    for name, typed in form.values.items():
        now = getattr(stored, name)
        if name in form.fields and typed != now:
            shown = dict(_flat(form.fields[name])).get(str(now), now)
            form.add_error(name, _("Saved now: %(value)s") % {"value": shown or "–"})


def _flat(field: Any) -> list[tuple[str, str]]:
    """The choices of a field, without their groups."""
    found: list[tuple[str, str]] = []
    for value, label in getattr(field, "choices", ()):
        found += label if isinstance(label, list) else [(str(value), str(label))]
    return found
