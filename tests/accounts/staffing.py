"""An organisation with an administrator, for the tests of staff, roles and settings."""

from typing import Any

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Organization, Role, Staff, StaffInvitation
from accounts.operations import organizations
from accounts.staffing import permissions_of, with_permissions
from messaging import secrets
from messaging.models import Message
from tests import factories as make

OPERATOR = Actor.of_command("tests")
PASSWORD = "seven quiet herons"


def club(slug: str = "riverside") -> Organization:
    """An organisation with its built-in roles, and nobody yet."""
    return organizations.create_organization(
        by=OPERATOR,
        slug=slug,
        name="Riverside Recreation",
        time_zone="America/Toronto",
        currency="CAD",
        country="CA",
        locale="en_CA",
    )


def works(organization: Organization, *keys: str, **fields: Any) -> Staff:
    """Somebody with a login and the roles with these keys."""
    staff: Staff = make.StaffFactory(organization=organization, **fields)
    staff.roles.set(roles(organization, *keys))
    return staff


def roles(organization: Organization, *keys: str) -> list[Role]:
    """The organisation's roles with these keys."""
    return list(organization.roles.filter(key__in=keys))


def acting(staff: Staff) -> Actor:
    """What ``staff_view`` makes of somebody."""
    known = with_permissions(Staff.objects.filter(pk=staff.pk)).get()
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=staff.organization,
        permissions=permissions_of(known),
    )


def own_role(organization: Organization, name: str, *permissions: str) -> Role:
    """A role that is not built in."""
    return Role.objects.create(
        organization=organization,
        key=f"own-{name.lower()}",
        name=name,
        permissions=sorted(permissions),
    )


def token_of(invitation: StaffInvitation) -> str:
    """The token, from the mail that waits in the outbox: nowhere else is it readable."""
    message = Message.objects.get(dedupe_key=f"staff-invitation:{invitation.pk}")
    return secrets.decrypt(message.secret).rstrip("/").rpartition("/")[2]


def keys_of(staff: Staff) -> list[str]:
    """The keys of somebody's roles."""
    return sorted(staff.roles.values_list("key", flat=True))
