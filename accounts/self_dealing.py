"""No self-dealing: who works here does nothing by which their own family gains without a colleague (RULES 2.6).

Every operation by staff whose author could gain by it asks ``refuse_self_dealing`` inside its transaction: a link
or its confirmation, joining records, a birth date, an invitation to take an account over; and each credit,
refund, write-off, waived fee, discount and free pass that is still to come. A colleague who does the same is the
second staff member: there is nothing to approve afterwards.
"""

from collections.abc import Iterable

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import SelfDealing
from accounts.models import Member


def is_own(by: Actor, members: Iterable[Member]) -> bool:
    """Whether one of ``members`` is who acts, of their account, or reached at the address they log in with.

    The address counts because an account that staff keep has no login yet: who reads its mail takes it over.
    """
    user = by.user
    if by.kind is not ActorKind.STAFF or user is None:
        return False
    about = list(members)
    if any(member.email and member.email.lower() == user.email for member in about):
        return True
    accounts = {member.account_id for member in about}
    return Member.objects.filter(user=user, account__in=accounts, erased_at__isnull=True).exists()


def refuse_self_dealing(*, by: Actor, members: Iterable[Member]) -> None:
    """Raise SelfDealing for staff where this is about themselves or their own account; others go on."""
    if is_own(by, members):
        raise SelfDealing
