"""Staff move somebody who cannot decide alone to another account of their organisation, with a document (RULES 4.3)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Member
from accounts.permissions import Permission
from accounts.transactions import operation
from clients.enums import ClientStatus
from clients.models import Client, Household
from relationships.enums import MoveState
from relationships.errors import CannotMove, MoveWaits, SecondPersonNeeded
from relationships.models import MoveRequest
from relationships.operations import moves


@operation
def move(
    *, by: Actor, client: Client, to_household: Household, reason: str, document_note: str
) -> MoveRequest:
    """Move ``client``'s member to the account of ``to_household``; both are of the actor's organisation.

    Owners are not asked but told, and keep a link to a minor, without the right to sign. Where the author is of
    either account, a second staff member has to confirm first (RULES 2.6). Raises NotAllowed, CannotMove for an
    adult with a login and without a reason and a document, MoveWaits, KeptApart.
    """
    by.needs(Permission.LINKS_OVERRIDE)
    if by.organization is None or by.staff is None:
        raise NotAllowed
    if {client.organization_id, to_household.organization_id} != {by.organization.pk}:
        raise NotAllowed
    member = Member.objects.select_for_update(of=("self",), no_key=True).get(pk=client.member_id)
    _check(member, client, to_household, reason, document_note)
    now = timezone.now()
    waiting = MoveRequest.objects.filter(member=member, state=MoveState.ASKED)
    waiting.filter(expires_at__lte=now).update(state=MoveState.LAPSED)
    if waiting.filter(organization=by.organization).exists():
        raise MoveWaits
    waiting.update(
        state=MoveState.WITHDRAWN, done_at=now
    )  # what a family had asked is decided by the document
    request = MoveRequest.objects.create(
        member=member,
        from_account=member.account,
        to_account=to_household.account,
        staff=by.staff,
        organization=by.organization,
        note=reason.strip()[:300],
        document_note=document_note.strip()[:300],
        expires_at=now + moves.LASTS,
    )
    _record(by, request, "relationships.move_ordered")
    if not benefits(by, request):
        _carry_out(by, request)
    return request


@operation
def confirm(*, by: Actor, request: MoveRequest) -> MoveRequest:
    """A second staff member, who has nothing to gain, lets a waiting move happen.

    Raises NotAllowed, SecondPersonNeeded to the author and to who is of either account, RequestGone.
    """
    current = _waiting_here(by, request)
    if by.staff is None or by.staff.pk == current.staff_id or benefits(by, current):
        raise SecondPersonNeeded
    current.confirmed_by = by.staff
    current.save(update_fields=["confirmed_by"])
    _record(by, current, "relationships.move_confirmed")
    _carry_out(by, current)
    return current


@operation
def drop(*, by: Actor, request: MoveRequest) -> MoveRequest:
    """Staff decide against a move that waits for a second of them. Raises NotAllowed, RequestGone."""
    current = _waiting_here(by, request)
    current.state, current.done_at = MoveState.DECLINED, timezone.now()
    current.save(update_fields=["state", "done_at"])
    _record(by, current, "relationships.move_declined")
    return current


def benefits(by: Actor, request: MoveRequest) -> bool:
    """Whether the staff member who acts is of either account (RULES 2.6)."""
    own = Member.objects.filter(user=by.user, user__isnull=False).values_list("account_id", flat=True)
    return any(pk in (request.from_account_id, request.to_account_id) for pk in own)


def _check(member: Member, client: Client, to_household: Household, reason: str, document_note: str) -> None:
    if not reason.strip() or not document_note.strip():
        raise CannotMove(_("Say why, and which document you have seen."))
    if client.status == ClientStatus.MERGED or member.erased_at is not None:
        raise CannotMove(_("This record was joined into another, or erased. Open it again."))
    if moves.decides_alone(member):
        raise CannotMove(_("This adult has a login and moves by themselves, in their own pages."))
    if to_household.merged_into_id is not None or to_household.account.erased_at is not None:
        raise CannotMove(_("This account was joined into another, or erased. Choose another."))
    if to_household.account_id == member.account_id:
        raise CannotMove(_("They are in this account already."))


def _carry_out(by: Actor, request: MoveRequest) -> None:
    owners = request.from_account.ownerships.values_list("member_id", flat=True)
    keeping = {} if request.from_account.kept_by_id else dict.fromkeys(owners, False)
    moves.carry_out(by, request, keeping)


def _waiting_here(by: Actor, request: MoveRequest) -> MoveRequest:
    by.needs(Permission.LINKS_OVERRIDE)
    current = moves.lock(request)
    if by.organization is None or current.organization_id != by.organization.pk:
        raise NotAllowed
    return current


def _record(by: Actor, request: MoveRequest, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        target=request,
        organization=request.organization,
        members=[request.member_id],
    )
