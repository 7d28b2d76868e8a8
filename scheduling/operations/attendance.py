"""Who was there: checking in, taking it back, and marking who stayed away."""

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.permissions import Permission
from accounts.transactions import operation
from clients.enums import ClientStatus
from clients.operations import activity, admission
from scheduling.enums import RegistrationState
from scheduling.errors import NotBooked
from scheduling.models import Registration

BOOKED, ATTENDED, NO_SHOW = (
    RegistrationState.BOOKED,
    RegistrationState.ATTENDED,
    RegistrationState.NO_SHOW,
)


@operation
def check_in(*, by: Actor, registration: Registration) -> Registration:
    """Somebody is here. A lead becomes an active client, the household is active (D09); again changes nothing.

    Raises NotAllowed, or NotBooked where no booking stands.
    """
    activity.touch_where(Q(pk=registration.client.household_id))
    moved = _move(by=by, registration=registration, was=(BOOKED, NO_SHOW), to=ATTENDED)
    if moved and registration.client.status == ClientStatus.LEAD:
        admission.activate(by=by, clients=[registration.client])
    return registration


@operation
def undo_check_in(*, by: Actor, registration: Registration) -> Registration:
    """It was a mistake: the place is booked again, neither here nor away."""
    _move(by=by, registration=registration, was=(ATTENDED, NO_SHOW), to=BOOKED)
    return registration


@operation
def mark_no_show(*, by: Actor, registration: Registration) -> Registration:
    """Somebody did not come. The place stays taken."""
    _move(by=by, registration=registration, was=(BOOKED, ATTENDED), to=NO_SHOW)
    return registration


def _move(
    *,
    by: Actor,
    registration: Registration,
    was: tuple[RegistrationState, ...],
    to: RegistrationState,
) -> bool:
    """Move one registration in one conditional UPDATE; False where it stands there already."""
    by.needs(Permission.ROSTER_CHECK_IN)
    if by.organization is not None and by.organization.pk != registration.organization_id:
        raise NotAllowed
    here = to == ATTENDED
    changes = {
        "state": to,
        "checked_in_at": timezone.now() if here else None,
        "checked_in_by": by.staff if here else None,
    }
    moved = Registration.objects.filter(pk=registration.pk, state__in=was).update(**changes)
    if not moved:
        registration.refresh_from_db(fields=("state", "checked_in_at", "checked_in_by"))
        if registration.state != to:
            raise NotBooked
        return False
    for name, value in changes.items():
        setattr(registration, name, value)
    audit.record(
        by=by,
        action=f"scheduling.marked_{to.value}",
        target=registration,
        organization=registration.organization,
        members=[registration.client.member_id],
    )
    return True
