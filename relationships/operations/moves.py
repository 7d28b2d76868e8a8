"""Asking every owner of both accounts whether somebody moves, and what comes of their answers (RULES 4.3)."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.errors import LastOwner, NotAllowed, Refused
from accounts.events import emit
from accounts.guards import Act, refuse_if
from accounts.models import Account, Member
from accounts.transactions import operation
from relationships import authority
from relationships.decisions import STRANGER
from relationships.enums import AccountPermission, MoveAnswerKind, MoveState
from relationships.errors import CannotMove, MoveWaits, RequestGone, TooManyRequests
from relationships.events import MoveAsked, MoveClosed
from relationships.models import MoveAnswer, MoveRequest
from relationships.operations import moving, requests

LASTS = timedelta(days=14)
A_DAY = 5
PARTS = ("member__account", "member__user", "from_account", "to_account", "asked_by", "organization")


@operation
def ask(
    *,
    by: Actor,
    member: Member,
    target: str,
    note: str = "",
    keeps_link: bool = True,
    is_legal_guardian: bool = False,
) -> MoveRequest:
    """Ask that ``member`` moves to the account of whoever has the e-mail or shows the code ``target``.

    Nobody found, or somebody kept apart: the request looks the same and runs out (RULES 1.5). Owners ask for
    minors and for adults without a login, and agree by asking; an adult with a login asks for themselves, and
    only the other account's owners are asked. Emits MoveAsked. Raises NotAllowed, CannotMove, LastOwner,
    MoveWaits, TooManyRequests, and KeptApart where a mark stands in the account itself.
    """
    member = Member.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)
    left = Account.objects.get(pk=member.account_id)
    may_ask(by, member)
    if by.member is None:
        raise NotAllowed
    now = timezone.now()
    MoveRequest.objects.filter(member=member, state=MoveState.ASKED, expires_at__lte=now).update(
        state=MoveState.LAPSED
    )
    if MoveRequest.objects.filter(member=member, state=MoveState.ASKED).exists():
        raise MoveWaits
    day = MoveRequest.objects.filter(asked_by=by.member, created_at__gt=now - timedelta(days=1))
    if day.count() >= A_DAY:
        raise TooManyRequests
    request = MoveRequest.objects.create(
        member=member,
        from_account=left,
        to_account=_addressed(by, member, target),
        asked_by=by.member,
        note=note.strip()[:300],
        expires_at=now + LASTS,
    )
    _say(request, by.member, MoveAnswerKind.AGREED, keeps_link, is_legal_guardian)
    _record(by, request, "relationships.move_asked")
    emit(MoveAsked(request=request, by=by))
    _carry_out_if_agreed(by, request)
    return request


@operation
def agree(
    *, by: Actor, request: MoveRequest, keeps_link: bool = True, is_legal_guardian: bool = False
) -> MoveRequest:
    """An owner agrees; with the last of them the person moves. Again changes nothing.

    Raises RequestGone, NotAllowed to who is not asked, LastOwner, KeptApart. Emits MemberMoved with the last.
    """
    owner = by.member
    if owner is None:
        raise NotAllowed
    current = _open(request)
    if owner not in asked_owners(current):
        raise NotAllowed
    _say(current, owner, MoveAnswerKind.AGREED, keeps_link, is_legal_guardian)
    _record(by, current, "relationships.move_agreed")
    _carry_out_if_agreed(by, current)
    return current


@operation
def decline(*, by: Actor, request: MoveRequest) -> MoveRequest:
    """An owner says no: nobody moves. Raises RequestGone, NotAllowed. Emits MoveClosed."""
    owner = by.member
    if owner is None:
        raise NotAllowed
    current = _open(request)
    if owner not in asked_owners(current):
        raise NotAllowed
    _say(current, owner, MoveAnswerKind.DECLINED, False, False)
    _close(by, current, MoveState.DECLINED)
    return current


@operation
def withdraw(*, by: Actor, request: MoveRequest) -> MoveRequest:
    """The asker takes the request back. Raises RequestGone, NotAllowed. Emits MoveClosed."""
    current = _open(request)
    if by.member is None or current.asked_by_id != by.member.pk:
        raise NotAllowed
    _close(by, current, MoveState.WITHDRAWN)
    return current


def lapse_overdue(*, by: Actor) -> int:
    """Close every request whose time ran out, each in a transaction of its own; how many. Safe to repeat."""
    overdue = MoveRequest.objects.filter(state=MoveState.ASKED, expires_at__lte=timezone.now())
    return sum(_lapse(by, pk) for pk in list(overdue.order_by("pk").values_list("pk", flat=True)[:1000]))


def may_ask(by: Actor, member: Member) -> None:
    """Raise NotAllowed to who may not ask for it, CannotMove or LastOwner where it would come to nothing."""
    if by.member is None or member.erased_at is not None:
        raise NotAllowed
    if decides_alone(member):
        if by.member.pk != member.pk:
            raise NotAllowed
    else:
        authority.may_run(by, AccountPermission.PEOPLE, member.account).or_refuse()
        if authority.barred_from(by, [member]):
            raise NotAllowed(STRANGER)
        if by.member.pk == member.pk:
            raise CannotMove(_("Give your birth date first: only an adult moves by themselves."))
    if member.account.kept_by_id is not None:
        raise NotAllowed
    others = member.account.ownerships.exclude(member=member).filter(member__user__isnull=False)
    if not others.exists():
        raise LastOwner(_("You are the only owner who can log in. Make somebody else an owner first."))


def decides_alone(member: Member) -> bool:
    """An adult with a login moves by themselves."""
    return member.user_id is not None and moving.is_grown(member)


def asked_owners(request: MoveRequest) -> list[Member]:
    """Who must agree as things are now: owners with a login of both accounts; of one's own, nobody for an adult."""
    sides = [request.to_account_id]
    if not decides_alone(request.member):
        sides.append(request.from_account_id)
    owners = Member.objects.filter(
        ownership__account__in=[side for side in sides if side], user__isnull=False, erased_at__isnull=True
    )
    return list(owners.exclude(pk=request.member_id).order_by("pk"))


def stands(request: MoveRequest) -> bool:
    """It is open, and the person is still where they were."""
    return (
        request.is_open
        and request.member.account_id == request.from_account_id
        and request.member.erased_at is None
    )


def _addressed(by: Actor, member: Member, target: str) -> Account | None:
    """The account that is meant, where its owners may be asked. A mark inside the own account is said."""
    left = member.account
    near = list(left.members.filter(ownership__isnull=False).exclude(pk=member.pk))
    for owner in near:
        refuse_if(act=Act.MOVE, subjects=[member, owner], organization=None, by=by)
    addressee = requests.find_addressee(target)
    if addressee is None or not hasattr(addressee, "ownership"):
        return None
    account = addressee.account
    if account.pk == left.pk:
        raise CannotMove(_("This is the account that they are in already."))
    try:
        for other in account.members.filter(erased_at__isnull=True):
            refuse_if(act=Act.MOVE, subjects=[member, other, *near], organization=None, by=by)
    except Refused:
        return None
    return account


def _carry_out_if_agreed(by: Actor, request: MoveRequest) -> None:
    answers = {answer.owner_id: answer for answer in request.answers.all()}
    agreed = {pk for pk, answer in answers.items() if answer.answer == MoveAnswerKind.AGREED}
    if request.to_account is None or any(owner.pk not in agreed for owner in asked_owners(request)):
        return
    keeping = {pk: answer.is_legal_guardian for pk, answer in answers.items() if answer.keeps_link}
    carry_out(by, request, keeping)


def carry_out(by: Actor, request: MoveRequest, keeping: dict[int, bool]) -> None:
    """Move the person of a locked request, and close it."""
    if request.to_account is None:
        raise NotAllowed
    moving.move(by=by, member=request.member, to_account=request.to_account, keeping=keeping)
    request.state, request.done_at = MoveState.DONE, timezone.now()
    request.save(update_fields=["state", "done_at"])


def lock(request: MoveRequest) -> MoveRequest:
    """The request, locked, with what is read of it. Raises RequestGone for one that does not stand."""
    rows = MoveRequest.objects.select_for_update(of=("self",)).select_related(*PARTS)
    current = rows.get(pk=request.pk)
    if not stands(current):
        raise RequestGone
    return current


def _open(request: MoveRequest) -> MoveRequest:
    """A locked request of a family."""
    current = lock(request)
    if current.staff_id is not None:
        raise NotAllowed
    return current


def _say(
    request: MoveRequest, owner: Member, answer: MoveAnswerKind, keeps_link: bool, is_legal_guardian: bool
) -> None:
    MoveAnswer.objects.update_or_create(
        request=request,
        owner=owner,
        defaults={
            "answer": answer,
            "keeps_link": keeps_link,
            "is_legal_guardian": keeps_link and is_legal_guardian,
        },
    )


def _close(by: Actor, request: MoveRequest, state: MoveState) -> None:
    request.state, request.done_at = state, timezone.now()
    request.save(update_fields=["state", "done_at"])
    _record(by, request, f"relationships.move_{state.value}")
    emit(MoveClosed(request=request, by=by))


@operation
def _lapse(by: Actor, pk: int) -> int:
    rows = MoveRequest.objects.select_for_update(of=("self",), skip_locked=True).select_related(*PARTS)
    request = rows.filter(pk=pk, state=MoveState.ASKED, expires_at__lte=timezone.now()).first()
    if request is None:
        return 0
    _close(by, request, MoveState.LAPSED)
    return 1


def _record(by: Actor, request: MoveRequest, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        target=request,
        organization=request.organization,
        members=[request.member_id, *([request.asked_by_id] if request.asked_by_id else [])],
    )
