"""Erasing somebody: asked, agreed to, begun, and each step of it (RULES 4.4, D10).

Who may ask is ``relationships.operations.erasing``; the steps run one after another in
``accounts.flows.erase``. The request's row holds how far it has come: each step is one transaction that moves
it on by one, so that a kill between any two loses nothing, and of two who run it one finds it moved.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit, jobs
from accounts.actors import Actor
from accounts.enums import PrivacyKind, PrivacyState
from accounts.errors import ErasureRefused, NotAllowed
from accounts.events import (
    Erased,
    Erasing,
    ErasureAsked,
    ErasureBeginning,
    ErasureDue,
    ErasureTakenBack,
    emit,
)
from accounts.guards import Act, refuse_if
from accounts.models import Account, AccountOwner, Member, PrivacyConsent, PrivacyRequest, User
from accounts.privacy import erasing, outside, showing
from accounts.privacy.leaving import Leaving
from accounts.transactions import operation

JOB = "accounts.erase"
NOTICE = timedelta(days=14)
LOOKED_THROUGH_AGAIN = timedelta(days=1)
STEPS = ("let_go", *reversed(settings.KINROLL_APPS))


class StepMoved(RuntimeError):
    """Somebody else carried the step out meanwhile: read the request again."""


def steps() -> tuple[str, ...]:
    """The steps of an erasure: what runs is let go, then columns app by app, then what others hold, then the end.

    From the highest app down, so that whoever looks for somebody's address still finds it.
    """
    return (*STEPS, *(f"outside:{each.key}" for each in outside.outside), "finish")


@operation
def ask(
    *,
    by: Actor,
    account: Account,
    member: Member | None,
    due_at: datetime | None,
    owners: tuple[Member, ...] = (),
    guardians: tuple[tuple[Member, Member], ...] = (),
) -> PrivacyRequest:
    """A request to erase ``member``, or the whole account; the open one where there is one already.

    It waits for other ``owners`` and for ``guardians`` (each with the child) to agree, and for owners no longer
    than ``due_at``.
    Takes the account's row lock. Emits ErasureAsked where it waits. Raises NotAllowed for who is erased, and
    what a guard says.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    people = _people(account, member)
    if account.erased_at is not None or not people:
        raise NotAllowed
    standing = open_ones().filter(account=account, member=member).first()
    if standing is not None:
        return standing
    refuse_if(act=Act.ERASE, subjects=people, organization=None, by=by)
    request = PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE, account=account, member=member, requested_by=by.member, due_at=due_at
    )
    _record(by, request, "asked", people)
    if owners or guardians:
        emit(ErasureAsked(request=request, owners=owners, guardians=guardians, by=by))
    elif due_at is not None:
        poke(request)
    return request


@operation
def agree(*, by: Actor, request: PrivacyRequest, is_enough: Callable[[PrivacyRequest], bool]) -> None:
    """Somebody who was asked agrees; twice does no harm. Raises NotAllowed once it began or was taken back.

    ``is_enough`` is asked under the request's lock: then nobody else is waited for.
    """
    current = waiting(request)
    if by.member is None:
        raise NotAllowed
    _row, is_new = PrivacyConsent.objects.get_or_create(request=current, owner=by.member)
    if is_new:
        _record(by, current, "agreed", [by.member])
    if is_enough(current):
        go_on(current)


def waiting(request: PrivacyRequest) -> PrivacyRequest:
    """The request, locked, if it still waits. Raises NotAllowed."""
    current = _lock(request.pk)
    if current.state != PrivacyState.WAITING:
        raise NotAllowed
    return current


def go_on(request: PrivacyRequest) -> None:
    """A locked request waits for nobody else: it is due."""
    request.due_at = timezone.now()
    request.save(update_fields=["due_at"])
    poke(request)


@operation
def take_back(*, by: Actor, request: PrivacyRequest, others: tuple[Member, ...] = ()) -> bool:
    """The request comes to nothing, unless it began. ``others`` had been told, and are told of this too."""
    current = _lock(request.pk)
    if current.state != PrivacyState.WAITING:
        return False
    current.state, current.finished_at = PrivacyState.CANCELLED, timezone.now()
    current.save(update_fields=["state", "finished_at"])
    _record(by, current, "taken_back", _people(current.account, current.member))
    emit(ErasureTakenBack(request=current, others=others, by=by))
    return True


def blockers(request: PrivacyRequest) -> list[showing.Blocker]:
    """What stands in the way of a request that waits."""
    return showing.blockers_of(_leaving(request, _people(request.account, request.member)))


@operation
def part(*, by: Actor, request: PrivacyRequest) -> None:
    """Adults who did not agree leave the account, before the rest of it is erased. Emits ErasureDue."""
    current = _lock(request.pk)
    if current.state == PrivacyState.WAITING and current.member_id is None:
        emit(ErasureDue(request=current, by=by))


@operation
def begin(*, by: Actor, request: PrivacyRequest) -> PrivacyRequest:
    """From here there is no way back: the people are gone for everybody, and their logins at once.

    Locks carts (as ErasureBeginning asks billing to), the account, then its members. Raises ErasureRefused
    with every reason, or what a guard says; then the request waits on.
    """
    current = _lock(request.pk)
    if current.state != PrivacyState.WAITING:
        return current
    unlocked = _leaving(current, _people(current.account, current.member))
    emit(ErasureBeginning(leaving=unlocked, by=by))
    account = Account.objects.select_for_update().get(pk=current.account_id)
    current.account = account
    people = _people(account, current.member, is_locked=True)
    leaving = _leaving(current, people)
    refuse_if(act=Act.ERASE, subjects=people, organization=None, by=by)
    reasons = [blocker.text for blocker in showing.blockers_of(leaving)]
    if reasons:
        raise ErasureRefused(reasons)
    now = timezone.now()
    current.state, current.started_at = PrivacyState.RUNNING, now
    current.user_ids, current.steps_total, current.last_error = list(leaving.users), len(steps()), ""
    current.save(update_fields=["state", "started_at", "user_ids", "steps_total", "last_error"])
    Member.objects.filter(pk__in=leaving.members).update(erased_at=now)
    if leaving.is_whole:
        Account.objects.filter(pk=account.pk).update(erased_at=now)
    else:
        AccountOwner.objects.filter(account=account, member__in=people).delete()
    end_logins(leaving)
    _record(by, current, "begun", people)
    poke(current)
    return current


def end_logins(leaving: Leaving) -> None:
    """Nobody is logged in any more, and nobody logs in again; the logins themselves go with the rows."""
    keys = list(UserSession.objects.filter(user__in=leaving.lost_users).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user__in=leaving.lost_users).delete()
    for user in User.objects.filter(pk__in=leaving.lost_users).order_by("pk"):
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])


@operation
def let_go(*, by: Actor, request: PrivacyRequest, step: int) -> None:
    """Apps let go of what still runs for those who leave. Emits Erasing."""
    current = _at(request, step)
    emit(Erasing(request=current, leaving=Leaving.by(current), by=by))
    _move_on(current)


@operation
def erase_columns(*, request: PrivacyRequest, step: int, app_label: str) -> None:
    """Erase in every table of one app. Raises FileLeft where a file was not deleted yet."""
    current = _at(request, step)
    erasing.named(current)
    erasing.erase(app_label, Leaving.by(current))
    _move_on(current)


@operation
def done_outside(*, request: PrivacyRequest, step: int) -> None:
    """Another system holds nothing any more."""
    _move_on(_at(request, step))


@operation
def finish(*, by: Actor, request: PrivacyRequest, step: int) -> None:
    """The end: whoever is to be told is told. Emits Erased, the first time.

    A day later all of it is looked through once more, for what somebody wrote in the meantime, and on the day
    when something that law made stay falls due.
    """
    current = _at(request, step)
    leaving = Leaving.by(current)
    now = timezone.now()
    is_first = current.finished_at is None
    due = [day for each in erasing.retentions for day in [each.until(leaving)] if day is not None]
    current.again_on = (now + LOOKED_THROUGH_AGAIN).date() if is_first else min(due, default=None)
    current.state, current.finished_at, current.last_error = PrivacyState.DONE, now, ""
    current.steps_done = current.steps_total = len(steps())
    current.save(
        update_fields=["state", "finished_at", "last_error", "again_on", "steps_done", "steps_total"]
    )
    _record(by, current, "done" if is_first else "done_again", [])
    if is_first:
        emit(Erased(request=current, leaving=leaving, by=by))


@operation
def begin_again(*, by: Actor, request: PrivacyRequest) -> bool:
    """Run a finished erasure once more, because its day has come."""
    current = _lock(request.pk)
    today = timezone.now().date()
    if current.state != PrivacyState.DONE or current.again_on is None or current.again_on > today:
        return False
    current.state, current.steps_done, current.steps_total = PrivacyState.RUNNING, 0, len(steps())
    current.again_on = None
    current.save(update_fields=["state", "steps_done", "steps_total", "again_on"])
    return True


def put_off(request: PrivacyRequest, kind: str) -> None:
    """Note what kind of fault keeps it waiting: never anybody's data."""
    PrivacyRequest.objects.filter(pk=request.pk).exclude(state=PrivacyState.DONE).update(
        last_error=kind[:200]
    )


def open_ones() -> QuerySet[PrivacyRequest]:
    """Erasures that wait or run."""
    return PrivacyRequest.objects.filter(
        kind=PrivacyKind.ERASE, state__in=(PrivacyState.WAITING, PrivacyState.RUNNING)
    )


def poke(request: PrivacyRequest) -> None:
    """Ask the worker to look at a request. Twice does no harm."""
    jobs.defer(JOB, lock=f"erase-{request.pk}", request_id=request.pk)


def to_look_at() -> list[int]:
    """Requests whose poke may be lost: that run, fell due, or run again today. The oldest first."""
    now = timezone.now()
    due = Q(state=PrivacyState.RUNNING) | Q(state=PrivacyState.WAITING, due_at__lte=now)
    again = Q(state=PrivacyState.DONE, again_on__lte=now.date())
    found = PrivacyRequest.objects.filter(due | again, kind=PrivacyKind.ERASE)
    return list(found.order_by("id").values_list("pk", flat=True)[:500])


@operation
def start_over(*, request: PrivacyRequest) -> None:
    """Begin with the first step again: the list of steps changed since it began. Every step is safe to repeat."""
    current = _lock(request.pk)
    if current.state == PrivacyState.RUNNING and current.steps_total != len(steps()):
        current.steps_done, current.steps_total = 0, len(steps())
        current.save(update_fields=["steps_done", "steps_total"])


def _lock(pk: int) -> PrivacyRequest:
    locked = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("account", "member")
    return locked.get(pk=pk, kind=PrivacyKind.ERASE)


def _at(request: PrivacyRequest, step: int) -> PrivacyRequest:
    """The request, locked, if it runs and ``step`` is the next."""
    current = _lock(request.pk)
    if current.state != PrivacyState.RUNNING or current.steps_done != step:
        raise StepMoved
    return current


def _move_on(request: PrivacyRequest) -> None:
    request.steps_done += 1
    request.save(update_fields=["steps_done"])


def _leaving(request: PrivacyRequest, people: Sequence[Member]) -> Leaving:
    return Leaving.of(
        request.account, people, is_whole=request.member_id is None, asker=request.requested_by_id
    )


def _people(account: Account, member: Member | None, *, is_locked: bool = False) -> list[Member]:
    """Who would be erased: the member, or everybody in the account, whom nobody erased yet."""
    people = Member.objects.filter(account=account, erased_at__isnull=True).order_by("pk")
    if member is not None:
        people = people.filter(pk=member.pk)
    if is_locked:
        people = people.select_for_update(of=("self",))
    return list(people)


def _record(by: Actor, request: PrivacyRequest, what: str, people: Sequence[Member]) -> None:
    audit.record(
        by=by,
        action=f"accounts.erasure_{what}",
        target=request,
        members=people,
        changes={"account": request.account_id, "is_whole": request.member_id is None},
    )
