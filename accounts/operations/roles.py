"""Roles: the built-in ones, and those an organisation makes for itself (D11)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Actor
from accounts.administration import begin, keeping_an_administrator, refuse_above
from accounts.codes import new_code
from accounts.errors import ChangedMeanwhile, NotAllowed, Refused
from accounts.models import Organization, Role
from accounts.permissions import ADMINISTRATOR, BUILT_IN, Permission
from accounts.transactions import operation


class RoleNameTaken(Refused):
    """Two roles of one name could not be told apart."""


class RoleInUse(Refused):
    """Somebody, perhaps no longer active, has the role."""


@operation
def create(*, by: Actor, organization: Organization, name: str, permissions: Iterable[Permission]) -> Role:
    """A role of the organisation's own. Raises RoleNameTaken, AboveYou, NotAllowed."""
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    wanted = frozenset(permissions)
    refuse_above(held, wanted)
    _refuse_same_name(organization, name)
    role = Role.objects.create(
        organization=organization, key=f"own-{new_code().lower()}", name=name, permissions=sorted(wanted)
    )
    _record(by, "created", role, wanted)
    return role


@operation
def change(
    *,
    by: Actor,
    role: Role,
    permissions: Iterable[Permission],
    name: str | None = None,
    seen: str | None = None,
) -> Role:
    """Rename a role and set what it may do; the Administrator's permissions stay whole whatever is given.

    ``seen`` is ``state_of`` the role as the page showed it. Raises ChangedMeanwhile, RoleNameTaken,
    AboveYou for what ``by`` may not do, given or taken, LastAdministrator, NotAllowed.
    """
    organization = role.organization
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.roles.get(pk=role.pk)
    if seen is not None and seen != state_of(current):
        raise ChangedMeanwhile
    name = current.name if name is None else name
    wanted = frozenset(Permission) if current.key == ADMINISTRATOR else frozenset(permissions)
    differing = wanted ^ current.held
    refuse_above(held, differing)
    _refuse_same_name(organization, name, besides=current)
    if not differing and name == current.name:
        return current
    with keeping_an_administrator(organization):
        current.name, current.permissions = name, sorted(wanted)
        current.save(update_fields=["name", "permissions"])
    _record(by, "changed", current, differing)
    return current


def restore(*, by: Actor, role: Role) -> Role:
    """Set a built-in role back to what it may do by default; its name stays. Raises as ``change``."""
    if role.key not in BUILT_IN:
        raise NotAllowed
    return change(by=by, role=role, permissions=BUILT_IN[role.key])


@operation
def delete(*, by: Actor, role: Role) -> None:
    """Delete a role of the organisation's own that nobody has. Raises RoleInUse, NotAllowed for a built-in one."""
    organization = role.organization
    begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.roles.filter(pk=role.pk).first()
    if current is None:
        return
    if current.key in BUILT_IN:
        raise NotAllowed(_("This role comes with the product. It stays, whether somebody has it or not."))
    if current.staff.exists():
        raise RoleInUse(_("Somebody has this role. Give them another first, also who is deactivated."))
    _record(by, "deleted", current, current.held)
    current.delete()


def state_of(role: Role) -> str:
    """What a page shows of a role, to tell whether it is still so."""
    return "|".join([role.name, *sorted(role.held)])


def _refuse_same_name(organization: Organization, name: str, besides: Role | None = None) -> None:
    same = organization.roles.filter(name__iexact=name)
    if (same.exclude(pk=besides.pk) if besides else same).exists():
        raise RoleNameTaken(_("There is a role of this name already."))


def _record(by: Actor, what: str, role: Role, permissions: Iterable[Permission]) -> None:
    audit.record(
        by=by,
        action=f"accounts.role_{what}",
        target=role,
        organization=role.organization,
        changes={"role": role.key, "permissions": sorted(permissions)},
    )
