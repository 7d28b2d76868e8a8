"""How far the people of an account are with logins of their own, as the desk sees it (RULES 1.3, 1.5).

Only of who runs the account or is a client here. Whether an address has a login elsewhere is never asked.
"""

from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import InvitationPurpose
from accounts.models import Account, Invitation, Member
from accounts.operations.invitations import TO_CLAIM
from accounts.self_dealing import is_own
from clients.models import Household
from clients.querysets import GONE

MOST = 25
LATEST = 100

type State = Literal["none", "no_email", "waits", "ended", "unconfirmed", "active"]


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One person. ``invitation`` is the last that was mailed by this organisation, or by the family itself.

    An address that the family chose for it is the family's own and not shown.
    """

    member: Member
    name: str
    is_owner: bool
    state: State
    invitation: Invitation | None
    may_send: bool
    may_take_back: bool
    may_read_code: bool

    @property
    def is_by_family(self) -> bool:
        """Whether the family sent the invitation."""
        return self.invitation is not None and self.invitation.purpose == InvitationPurpose.LOGIN


def of_household(actor: Actor, household: Household, *, may_contribute: bool) -> list[Activation]:
    """Owners first, then who else was invited. Two queries."""
    account = household.account
    sent = Invitation.objects.filter(
        Q(purpose__in=TO_CLAIM, organization=household.organization_id)
        | Q(purpose=InvitationPurpose.LOGIN, revoked_at__isnull=True),
        account=account.pk,
    )
    last: dict[int, Invitation] = {}
    for invitation in sent.order_by("-pk")[:LATEST]:
        last.setdefault(invitation.member_id, invitation)
    return [_of(actor, account, row, last.get(row.pk), may_contribute) for row in _people(household, last)]


def find(household: Household, code: str) -> Member | None:
    """The owner, or invited client here, of this code; without a code who gets the bills."""
    if not code:
        return household.billing_contact
    invited = Invitation.objects.filter(account=household.account_id, purpose__in=TO_CLAIM)
    owners = Q(ownership__account=household.account_id)
    clients = Q(clients__household=household, pk__in=invited.values("member"))
    members = Member.objects.filter(owners | clients, account=household.account_id, erased_at__isnull=True)
    return members.filter(code=code).first()


def _people(household: Household, invited: dict[int, Invitation]) -> Any:
    """With the names that this organisation knows them by."""
    members = Member.objects.filter(account=household.account_id, erased_at__isnull=True)
    here = FilteredRelation(
        "clients", condition=Q(clients__organization=household.organization_id) & ~Q(clients__status__in=GONE)
    )
    return (
        members.annotate(here=here)
        .filter(Q(ownership__isnull=False) | Q(pk__in=invited, here__isnull=False))
        .annotate(
            given=Coalesce(F("here__given_name"), F("given_name")),
            family=Coalesce(F("here__family_name"), F("family_name")),
            owns=F("ownership"),
        )
        .order_by(F("ownership__since").asc(nulls_last=True), "pk")[:MOST]
    )


def _of(
    actor: Actor, account: Account, member: Any, invitation: Invitation | None, may_contribute: bool
) -> Activation:
    state = _state(account, member, invitation)
    is_ours = invitation is not None and invitation.purpose in TO_CLAIM
    is_open = is_ours and state in ("waits", "ended") and invitation.revoked_at is None  # type: ignore[union-attr]
    is_kept = account.kept_by_id is not None
    may_send = may_contribute and is_kept and state in ("none", "waits", "ended")
    return Activation(
        member=member,
        name=f"{member.given} {member.family}".strip(),
        is_owner=member.owns is not None,
        state=state,
        invitation=invitation,
        may_send=may_send,
        may_take_back=may_contribute and is_open,
        may_read_code=may_send and is_open and state == "waits" and not is_own(actor, [member]),
    )


def _state(account: Account, member: Member, invitation: Invitation | None) -> State:
    if member.user_id is not None:
        return "active" if account.confirmed_at else "unconfirmed"
    if invitation is None or invitation.used_at is not None:
        return "none" if member.email or account.kept_by_id is None else "no_email"
    is_over = invitation.expires_at <= timezone.now() or not invitation.tries_left or invitation.revoked_at
    return "ended" if is_over else "waits"
