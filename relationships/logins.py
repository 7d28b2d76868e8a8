"""The login of somebody of a family, as the owners of the account see it (D02, P06)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import InvitationPurpose
from accounts.models import Invitation, Member
from relationships import authority
from relationships.enums import AccountPermission
from relationships.models import ManagerLink

type State = Literal["none", "invited", "ended", "open"]


@dataclass(frozen=True, kw_only=True)
class Login:
    """``state``: no login, invited to one, the invitation ran out, or there is one.

    ``email`` is the address invited, or that of the login; ``may_decide`` is for owners of the account.
    """

    state: State
    email: str = ""
    sent_at: datetime | None = None
    until: datetime | None = None
    is_minor: bool
    is_self: bool
    is_owner: bool
    may_decide: bool
    may_take_away: bool
    may_book_self: bool
    may_edit_self: bool


def login_of(actor: Actor, member: Member) -> Login | None:
    """The login of ``member`` for who decides about it, and for the minor whose own it is; else None.

    At most five queries. The caller has asked whether the reader may see the person at all.
    """
    is_self = actor.member is not None and actor.member.pk == member.pk
    may_decide = bool(authority.may_run(actor, AccountPermission.PEOPLE, member.account))
    is_minor = not authority.is_adult(member)
    if not may_decide and not (is_self and is_minor):
        return None
    state, invitation = _state(member)
    rights = _rights(member) if is_minor else frozenset()
    return Login(
        state=state,
        email=(member.user.email if member.user else invitation.email if invitation else ""),
        sent_at=invitation.created_at if invitation else None,
        until=invitation.expires_at if invitation else None,
        is_minor=is_minor,
        is_self=is_self,
        is_owner=hasattr(member, "ownership"),
        may_decide=may_decide and not is_self,
        may_take_away=may_decide and not is_self and is_minor and member.born_on is not None,
        may_book_self="may_book_self" in rights,
        may_edit_self="may_edit_self" in rights,
    )


def rights_alone(member: Member) -> frozenset[str]:
    """What the owners allow a minor to do alone, whether or not there is a login yet."""
    return _rights(member)


def _state(member: Member) -> tuple[State, Invitation | None]:
    if member.user_id is not None:
        return "open", None
    invitations = Invitation.objects.filter(member=member, purpose=InvitationPurpose.LOGIN)
    last = invitations.filter(used_at__isnull=True, revoked_at__isnull=True).first()
    if last is None:
        return "none", None
    return ("invited" if last.expires_at > timezone.now() else "ended"), last


def _rights(member: Member) -> frozenset[str]:
    """As ``relationships.authority`` reads them: any owner's link that holds today allows it."""
    today = timezone.now().date()
    links = ManagerLink.objects.filter(
        dependent=member,
        manager__ownership__account=member.account_id,
        organization__isnull=True,
        ended_at__isnull=True,
        starts_on__lte=today,
    )
    rows = [link for link in links if link.ends_on is None or link.ends_on > today]
    flags = ("may_book_self", "may_edit_self")
    return frozenset(flag for flag in flags if any(getattr(link, flag) for link in rows))
