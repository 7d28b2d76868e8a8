"""Roles: what each may do, in plain words for all staff; changed by who manages staff."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import Refused
from accounts.models import Role
from accounts.operations import roles as operations
from accounts.operations.roles import RoleNameTaken
from accounts.permission_words import ABOUT_ROLES, GROUPS
from accounts.permissions import ADMINISTRATOR, BUILT_IN, Permission
from accounts.staff_forms import RoleForm
from accounts.staffing import roles_of

PEOPLE_SHOWN = 20
ALL = "accounts/staff/roles.html"
ONE = "accounts/staff/role.html"
NEW = "accounts/staff/role_new.html"


@require_safe
@staff_view()
def roles(request: StaffRequest) -> HttpResponse:
    """Every role beside every permission, and what the reader may do: one page, for everybody on the staff."""
    found = roles_of(request.organization)
    context = {
        "roles": [_said(role) for role in found],
        "groups": [
            {
                "title": group.title,
                "rows": [
                    {"words": words, "cells": [words.permission in role.held for role in found]}
                    for words in group.words
                ],
            }
            for group in GROUPS
        ],
        "mine": request.staff.roles.order_by("name"),
        "own": _may(request.actor.permissions),
        "may_edit": request.actor.has(Permission.STAFF_EDIT),
    }
    return render(request, ALL, context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.STAFF_EDIT)
def role_new(request: StaffRequest) -> HttpResponse:
    """A role of the organisation's own."""
    form = RoleForm(request.POST or None, held=request.actor.permissions)
    context = {"form": form, "once": request.POST.get("once", "")}
    if request.method != "POST":
        return render(request, NEW, context)

    def make() -> str:
        role = operations.create(
            by=request.actor,
            organization=request.organization,
            name=form.cleaned_data["name"],
            permissions=form.chosen,
        )
        messages.success(request, _("Role made"))
        return _url(request, role)

    if form.is_valid():
        try:
            return done_once(request, make)
        except Refused as refused:
            _blame(form, refused)
    return not_done(request, NEW, context)


@require_safe
@staff_view()
def role(request: StaffRequest, key: str) -> HttpResponse:
    """What one role may do and may not, and who has it; for all staff."""
    return render(request, ONE, _context(request, _role(request, key)))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.STAFF_EDIT)
def role_edit(request: StaffRequest, key: str) -> HttpResponse:
    """Rename a role and say what it may do."""
    found = _role(request, key)
    form = RoleForm(request.POST or None, held=request.actor.permissions, role=found)
    context = _context(request, found) | {"form": form, "seen": operations.state_of(found)}
    page = "accounts/staff/role_edit.html"
    if request.method != "POST":
        return render(request, page, context)
    if form.is_valid():
        try:
            operations.change(
                by=request.actor,
                role=found,
                name=form.cleaned_data["name"],
                permissions=form.chosen,
                seen=request.POST.get("seen", ""),
            )
        except Refused as refused:
            _blame(form, refused)
        else:
            messages.success(request, _("Saved"))
            return see_other(_url(request, found))
    return not_done(request, page, context)


@require_POST
@staff_view(Permission.STAFF_EDIT)
def role_restore(request: StaffRequest, key: str) -> HttpResponse:
    """Set a built-in role back to what it may do by default."""
    found = _role(request, key)
    try:
        operations.restore(by=request.actor, role=found)
        messages.success(request, _("Back to the default"))
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, found))


@require_POST
@staff_view(Permission.STAFF_EDIT)
def role_delete(request: StaffRequest, key: str) -> HttpResponse:
    """Delete a role of the organisation's own that nobody has."""
    found = _role(request, key)
    try:
        operations.delete(by=request.actor, role=found)
    except Refused as refused:
        messages.error(request, str(refused))
        return see_other(_url(request, found))
    messages.success(request, _("Role deleted"))
    return see_other(reverse("staff:roles", args=[request.organization.slug]))


def _said(role: Role) -> dict[str, Any]:
    """A role in words."""
    return {
        "role": role,
        "about": ABOUT_ROLES.get(role.key, ""),
        "people": role.people,  # type: ignore[attr-defined]
        "may": _may(role.held),
    }


def _may(held: frozenset[Permission]) -> list[Any]:
    return [words for group in GROUPS for words in group.words if words.permission in held]


def _context(request: StaffRequest, found: Role) -> dict[str, Any]:
    staff = found.staff.filter(is_active=True).order_by("name", "pk")
    may_edit = request.actor.has(Permission.STAFF_EDIT)
    is_own = found.key not in BUILT_IN
    return {
        "role": found,
        "about": ABOUT_ROLES.get(found.key, ""),
        "may": _may(found.held),
        "may_not": _may(frozenset(Permission) - found.held),
        "people": list(staff[: PEOPLE_SHOWN + 1]),
        "most": PEOPLE_SHOWN,
        "may_edit": may_edit,
        "is_own": is_own,
        "is_changed": not is_own and found.key != ADMINISTRATOR and found.held != BUILT_IN[found.key],
    }


def _blame(form: RoleForm, refused: Refused) -> None:
    form.add_error("name" if isinstance(refused, RoleNameTaken) else None, str(refused))


def _role(request: StaffRequest, key: str) -> Role:
    return get_object_or_404(Role.objects.filter(organization=request.organization), key=key)


def _url(request: StaffRequest, found: Role) -> str:
    return reverse("staff:role", args=[request.organization.slug, found.key])
