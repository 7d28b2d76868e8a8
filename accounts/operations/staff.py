"""Who works at an organisation: added, given roles, deactivated. Inviting is in ``staff_invitations``."""

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Actor
from accounts.administration import begin, keeping_an_administrator, refuse_above
from accounts.errors import ChangedMeanwhile, NotAllowed
from accounts.models import Organization, Role, Staff, StaffInvitation
from accounts.permissions import Permission
from accounts.staffing import permissions_in
from accounts.transactions import operation


@operation
def add(*, by: Actor, organization: Organization, name: str, roles: Sequence[Role] = ()) -> Staff:
    """Somebody who never logs in: a coach by name. Their roles say what they may do once they are invited.

    Raises AboveYou, NotAllowed.
    """
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    refuse_above(held, permissions_in(roles))
    staff = Staff.objects.create(organization=organization, name=name)
    staff.roles.set(own_roles(organization, roles))
    _record(by, "added", staff, roles=_keys(roles))
    return staff


@operation
def change(*, by: Actor, staff: Staff, name: str, roles: Sequence[Role], seen: str | None = None) -> Staff:
    """Rename somebody and say which roles they have.

    ``seen`` is ``state_of`` them as the page showed it. Raises ChangedMeanwhile, LastAdministrator, and
    AboveYou where a role that is given or taken holds more than ``by`` does.
    """
    organization = staff.organization
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.staff.get(pk=staff.pk)
    if seen is not None and seen != state_of(current):
        raise ChangedMeanwhile
    before, after = set(current.roles.all()), set(own_roles(organization, roles))
    refuse_above(held, permissions_in(before ^ after))
    if name == current.name and before == after:
        return current
    with keeping_an_administrator(organization):
        current.name = name
        current.save(update_fields=["name"])
        current.roles.set(after)
    _record(by, "changed", current, gave=_keys(after - before), took=_keys(before - after))
    return current


@operation
def deactivate(*, by: Actor, staff: Staff) -> Staff:
    """Lock somebody out at once, and end an invitation they have not followed; nothing they did is lost.

    Every page asks whether its reader is active, so open sessions end with it. Raises NotAllowed for
    oneself, AboveYou, LastAdministrator.
    """
    organization = staff.organization
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.staff.get(pk=staff.pk)
    if by.staff is not None and by.staff.pk == current.pk:
        raise NotAllowed(_("You can’t lock yourself out. Ask another administrator."))
    refuse_above(held, permissions_in(current.roles.all()))
    if not current.is_active:
        return current
    with keeping_an_administrator(organization):
        current.is_active = False
        current.save(update_fields=["is_active"])
    end_invitations(current)
    _record(by, "deactivated", current)
    return current


@operation
def reactivate(*, by: Actor, staff: Staff) -> Staff:
    """Let somebody back in, with the roles they had. Raises AboveYou, NotAllowed."""
    organization = staff.organization
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.staff.get(pk=staff.pk)
    refuse_above(held, permissions_in(current.roles.all()))
    if not current.is_active:
        current.is_active = True
        current.save(update_fields=["is_active"])
        _record(by, "reactivated", current)
    return current


def own_roles(organization: Organization, roles: Iterable[Role]) -> list[Role]:
    """``roles``, which must all be the organisation's own: no wall is crossed by a number in a form."""
    wanted = {role.pk for role in roles}
    found = list(organization.roles.filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise NotAllowed
    return found


def end_invitations(staff: Staff) -> int:
    """Make whatever link was mailed to somebody useless; how many there were."""
    waiting = StaffInvitation.objects.filter(staff=staff, used_at__isnull=True, revoked_at__isnull=True)
    return waiting.update(revoked_at=timezone.now())


def state_of(staff: Staff) -> str:
    """What a page shows of somebody, to tell whether it is still so."""
    return "|".join([staff.name, *sorted(role.key for role in staff.roles.all())])


def _keys(roles: Iterable[Role]) -> list[str]:
    return sorted(role.key for role in roles)


def _record(by: Actor, what: str, staff: Staff, **changes: list[str]) -> None:
    audit.record(
        by=by,
        action=f"accounts.staff_{what}",
        target=staff,
        organization=staff.organization,
        changes=changes,
    )
