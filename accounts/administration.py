"""Who may change staff, roles and settings: asked under the organisation's lock, so that no two changes cross.

Nobody gives or takes what they may not do themselves, and somebody who can manage staff and settings
always stays (D11).
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import AboveYou, LastAdministrator, NotAllowed
from accounts.models import Organization, Staff
from accounts.permissions import Permission
from accounts.staffing import permissions_of, with_permissions

RUNNING = frozenset({Permission.STAFF_EDIT, Permission.SETTINGS_EDIT})
"""What an organisation cannot be without: somebody who logs in and holds both."""


def begin(*, by: Actor, organization: Organization, needs: Permission) -> frozenset[Permission]:
    """Lock the organisation's staff and settings, and return what ``by`` holds there now.

    Whoever was deactivated or lost ``needs`` a moment ago is refused: what the page knew is not enough.
    The lock lets everything else at the organisation go on. Raises NotAllowed.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if by.kind is not ActorKind.STAFF:
        by.needs(needs)
        return frozenset(Permission)
    working = Staff.objects.filter(organization=organization, is_active=True, user__isnull=False)
    author = with_permissions(working).filter(pk=by.staff.pk if by.staff else 0).first()
    if author is None or needs not in permissions_of(author):
        raise NotAllowed
    return permissions_of(author)


def refuse_above(held: AbstractSet[Permission], wanted: AbstractSet[Permission]) -> None:
    """Nobody raises themselves, or anybody, above what they may do. Raises AboveYou."""
    if not wanted <= held:
        raise AboveYou


@contextmanager
def keeping_an_administrator(organization: Organization) -> Iterator[None]:
    """What changes inside leaves somebody who can run the place, where there was one.

    Raises LastAdministrator, which undoes it.
    """
    had_one = _has_administrator(organization)
    yield
    if had_one and not _has_administrator(organization):
        raise LastAdministrator


def _has_administrator(organization: Organization) -> bool:
    working = Staff.objects.filter(organization=organization, is_active=True, user__isnull=False)
    return any(permissions_of(staff) >= RUNNING for staff in with_permissions(working))
