"""Copies of what is held: asked for, made by a job, fetched, and gone after a week (B13).

The row is the truth: a job that is killed is taken up again, and makes the one file that the row names.
"""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from accounts import audit, jobs
from accounts.actors import Actor
from accounts.enums import PrivacyKind, PrivacyState
from accounts.errors import NotAllowed
from accounts.events import ExportReady, emit
from accounts.files import export_name
from accounts.models import Account, Member, PrivacyRequest
from accounts.models.privacy import OPEN
from accounts.transactions import operation
from relationships import exporting
from relationships.errors import CopyGone

EXPORT = "relationships.export"
KEPT_FOR = timedelta(days=7)
GIVEN_UP_AFTER = timedelta(hours=1)
GRACE = timedelta(minutes=2)


@operation
def ask(*, by: Actor, account: Account, member: Member | None) -> PrivacyRequest:
    """Have a copy made for ``by.member``: of ``member``, or of the whole account. Defers the job.

    One that is being made already is that one. Raises NotAllowed, KeptApart and BeingErased.
    """
    exporting.scope_of(by, account, member)
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    asked = PrivacyRequest.objects.filter(
        kind=PrivacyKind.EXPORT, account=account, member=member, requested_by=by.member
    )
    if standing := asked.filter(state__in=OPEN).first():
        return standing
    request = PrivacyRequest.objects.create(
        kind=PrivacyKind.EXPORT, account=account, member=member, requested_by=by.member
    )
    _record(by, request, "asked")
    jobs.defer(EXPORT, request_id=request.pk)
    return request


@operation
def begin(*, request_id: int) -> PrivacyRequest | None:
    """Take the request up, for the first time or after a kill; None where there is nothing to do.

    Names the file before a byte of it is written, so that whatever a kill leaves is found and goes.
    """
    found = PrivacyRequest.objects.select_for_update(of=("self",)).filter(
        pk=request_id, kind=PrivacyKind.EXPORT, state__in=OPEN
    )
    request = found.select_related("account", "member", "requested_by__user", "requested_by__account").first()
    if request is None:
        return None
    request.state, request.steps_done = PrivacyState.RUNNING, 0
    request.started_at = request.started_at or timezone.now()
    request.file.name = request.file.name or export_name(request, "")
    request.save(update_fields=["state", "steps_done", "started_at", "file"])
    return request


def advance(*, request: PrivacyRequest, done: int, total: int) -> None:
    """Write down how far it is, for the page."""
    PrivacyRequest.objects.filter(pk=request.pk).update(steps_done=done, steps_total=total)


@operation
def finish(*, by: Actor, request: PrivacyRequest) -> bool:
    """The file is there: open it to who asked, for a week, in place of their earlier ones. Emits ExportReady.

    False where the request is open no more, because another worker or an erasure came first.
    """
    now = timezone.now()
    running = PrivacyRequest.objects.filter(pk=request.pk, state=PrivacyState.RUNNING)
    if running.update(state=PrivacyState.DONE, finished_at=now, file_expires_at=now + KEPT_FOR) != 1:
        return False
    earlier = PrivacyRequest.objects.filter(
        kind=PrivacyKind.EXPORT,
        account=request.account,
        member=request.member,
        requested_by=request.requested_by,
        state=PrivacyState.DONE,
    )
    for each in earlier.exclude(pk=request.pk).exclude(file=""):
        _forget_file(each)
    request.state, request.file_expires_at = PrivacyState.DONE, now + KEPT_FOR
    _record(by, request, "made")
    emit(ExportReady(request=request, by=by))
    return True


@operation
def fail(*, by: Actor, request: PrivacyRequest, reason: str) -> None:
    """Give up: the page says so, and another can be asked for. What was written of it goes."""
    open_ones = PrivacyRequest.objects.filter(pk=request.pk, state__in=OPEN)
    if open_ones.update(state=PrivacyState.FAILED, finished_at=timezone.now(), last_error=reason[:200]):
        _forget_file(request)
        _record(by, request, "failed")


@operation
def fetch(*, by: Actor, request: PrivacyRequest) -> PrivacyRequest:
    """The copy, for who asked for it and still may have it. Raises CopyGone, and what ``ask`` refuses."""
    if by.member is None or request.requested_by_id != by.member.pk:
        raise NotAllowed
    if not is_there(request):
        raise CopyGone
    exporting.scope_of(by, request.account, request.member)
    _record(by, request, "fetched")
    return request


@operation
def written(*, by: Actor, account: Account, member: Member | None) -> None:
    """An operator wrote a copy to a file of their own: the audit says so."""
    audit.record(
        by=by,
        action="relationships.export_written",
        target=member or account,
        members=[member] if member else account.members.filter(erased_at__isnull=True),
        changes={"whole_account": member is None},
    )


def is_there(request: PrivacyRequest) -> bool:
    """Whether the file can be fetched now."""
    return bool(
        request.state == PrivacyState.DONE
        and request.file
        and request.file_expires_at is not None
        and request.file_expires_at > timezone.now()
        and default_storage.exists(request.file.name or "")
    )


def waiting() -> list[int]:
    """Exports whose job was lost or killed: open for longer than making one takes."""
    stuck = PrivacyRequest.objects.filter(
        kind=PrivacyKind.EXPORT, state__in=OPEN, created_at__lt=timezone.now() - GRACE
    )
    return list(stuck.order_by("pk").values_list("pk", flat=True)[:500])


def forget_old() -> int:
    """Delete the files whose week is over, and those of requests that came to nothing; how many."""
    over = Q(file_expires_at__lte=timezone.now()) | Q(state__in=(PrivacyState.FAILED, PrivacyState.CANCELLED))
    rows = PrivacyRequest.objects.filter(over, kind=PrivacyKind.EXPORT).exclude(file="")
    forgotten = 0
    for request in rows.order_by("pk")[:1000]:
        _forget_file(request)
        forgotten += 1
    return forgotten


def _forget_file(request: PrivacyRequest) -> None:
    """The file goes before its name does: nothing is left that no row names."""
    if request.file.name:
        default_storage.delete(request.file.name)
        PrivacyRequest.objects.filter(pk=request.pk).update(file="")


def _record(by: Actor, request: PrivacyRequest, what: str) -> None:
    audit.record(
        by=by if request.member is None or request.member == by.member else by.acting_for(request.member),
        action=f"relationships.export_{what}",
        target=request,
        members=[request.member_id or request.requested_by_id or 0],
        changes={"whole_account": request.member_id is None},
    )
