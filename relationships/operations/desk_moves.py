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
from relationships.errors import CannotMove, MoveWaits, RequestGone, SecondPersonNeeded
from relationships.models import MoveRequest
from relationships.operations import moves, moving


@operation
def move(
    *, by: Actor, client: Client, to_household: Household | None, reason: str, document_note: str
) -> MoveRequest:
    """Move ``client``'s member to the account of ``to_household``; both are of the actor's organisation.

    Without a household an adult who has no login gets a new account of their own, which these staff run until
    its owner takes it over (RULES 1.3). Owners are not asked but told, and keep a link to a minor, without the
    right to sign. Where the author is of either account, a second staff member has to confirm first (RULES 2.6).
    Raises NotAllowed, CannotMove for an adult with a login and without a reason and a document, LastOwner,
    MoveWaits, KeptApart.
    """
    by.needs(Permission.LINKS_OVERRIDE)
    if by.organization is None or by.staff is None:
        raise NotAllowed
    places = {client.organization_id} | ({to_household.organization_id} if to_household else set())
    if places != {by.organization.pk}:
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
        to_account=to_household.account if to_household else None,
        is_to_own=to_household is None,
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


def may_get_own(member: Member) -> bool:
    """An adult without a login, who is not alone in their account (RULES 4.3)."""
    others = member.account.members.filter(erased_at__isnull=True).exclude(pk=member.pk)
    return member.user_id is None and moving.is_grown(member) and others.exists()


def _check(
    member: Member, client: Client, to_household: Household | None, reason: str, document_note: str
) -> None:
    if not reason.strip() or not document_note.strip():
        raise CannotMove(_("Say why, and which document you have seen."))
    if client.status == ClientStatus.MERGED or member.erased_at is not None:
        raise CannotMove(_("This record was joined into another, or erased. Open it again."))
    if moves.decides_alone(member):
        raise CannotMove(_("This adult has a login and moves by themselves, in their own pages."))
    if to_household is None:
        if not may_get_own(member):
            raise CannotMove(
                _(
                    "Only an adult without a login, known by their birth date, gets an account of their own here."
                )
            )
        return
    if to_household.merged_into_id is not None or to_household.account.erased_at is not None:
        raise CannotMove(_("This account was joined into another, or erased. Choose another."))
    if to_household.account_id == member.account_id:
        raise CannotMove(_("They are in this account already."))


def _carry_out(by: Actor, request: MoveRequest) -> None:
    owners = request.from_account.ownerships.values_list("member_id", flat=True)
    keeping = {} if request.from_account.kept_by_id else dict.fromkeys(owners, False)
    if not request.is_to_own:
        moves.carry_out(by, request, keeping)
        return
    if request.organization is None or not may_get_own(request.member):
        raise RequestGone  # they came to a login, or are alone there, while it waited
    moved = moving.move_apart(by=by, member=request.member, kept_by=request.organization, keeping=keeping)
    request.to_account = moved.account
    request.state, request.done_at = MoveState.DONE, timezone.now()
    request.save(update_fields=["to_account", "state", "done_at"])


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
