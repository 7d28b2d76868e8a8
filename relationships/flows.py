"""Long work of relationships, outside of transactions: a copy of what is held, and the way into an erasure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone, translation

from accounts import archives
from accounts import flows as accounts_flows
from accounts.actors import Actor
from accounts.enums import PrivacyState
from accounts.errors import ErasureRefused, Refused
from accounts.exporting import export_parts
from accounts.models import Account, Member, PrivacyRequest
from accounts.operations import erasure
from accounts.privacy import showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Settled
from relationships import exporting
from relationships.operations import erasing
from relationships.operations import exporting as operations

logger = logging.getLogger(__name__)

EXPORTING = Actor.of_job(operations.EXPORT)
LOCKS = 0x6B65  # the first half of the advisory locks of exports; the second is the request's id


def make_export(*, request_id: int) -> PrivacyState | None:
    """Make the file of one request and open it to who asked; None where there is nothing to do.

    Safe to repeat and in two workers at once: a lock that dies with its process lets one through, and only
    one can finish a request. Rights are asked anew: whoever may not any more gets nothing.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an export is made outside a transaction")
    with _alone(request_id) as is_alone:
        request = operations.begin(request_id=request_id) if is_alone else None
        if request is None:
            return None
        try:
            return _make(request)
        except Refused as refusal:
            operations.fail(by=EXPORTING, request=request, reason=type(refusal).__name__)
            return PrivacyState.FAILED
        except Exception as error:
            logger.exception("export %s could not be made", request.code)
            if request.created_at < timezone.now() - operations.GIVEN_UP_AFTER:
                operations.fail(by=EXPORTING, request=request, reason=type(error).__name__)
                return PrivacyState.FAILED
            raise


def _make(request: PrivacyRequest) -> PrivacyState:
    scope = exporting.scope_of(exporting.reader_of(request), request.account, request.member)
    name = request.file.name or ""
    with translation.override(language_of(scope.reader)), TemporaryFile() as out:
        archives.write(scope, out, export_parts, partial(_tell, request))
        out.seek(0)
        default_storage.delete(name)
        stored = default_storage.save(name, File(out, name=name))
    if stored == name and operations.finish(by=EXPORTING, request=request):
        return PrivacyState.DONE
    default_storage.delete(stored)  # an erasure came first
    request.refresh_from_db(fields=["state"])
    return PrivacyState(request.state)


def language_of(reader: Member) -> str:
    """What the reader has chosen, else the installation's."""
    chosen = reader.user.language if reader.user else ""
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _tell(request: PrivacyRequest, done: int, total: int) -> None:
    operations.advance(request=request, done=done, total=total)


@contextmanager
def _alone(request_id: int) -> Iterator[bool]:
    """Whether nobody else is making this one. The database lets the lock go with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, request_id % 2**31])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, request_id % 2**31])


def erase(*, by: Actor, account: Account, member: Member | None) -> PrivacyRequest:
    """Ask for an erasure, and begin it where nobody else has to be asked; then the worker goes on with it.

    Raises ErasureRefused with every reason, NotAllowed, or what a guard says: then nothing is asked.
    """
    if member is not None and erasing.is_alone(account, member):
        erasing.may_erase(by, member).or_refuse()
        member = None
    reasons = [each.text for each in _first(by, account, member)]
    if reasons:
        raise ErasureRefused(reasons)
    request = erasing.ask(by=by, account=account, member=member)
    is_due = request.due_at is not None and request.due_at <= timezone.now()
    if request.state != PrivacyState.WAITING or not is_due:
        return request
    try:
        return accounts_flows.begin(request=request, by=by)
    except Refused:
        if _waits_for_somebody(request):
            return request
        erasing.take_back(by=by, request=request)
        raise


def _waits_for_somebody(request: PrivacyRequest) -> bool:
    """Whether nothing but other people's answers stands in its way."""
    ways = {each.settled for each in erasure.blockers(request)}
    return bool(ways) and Settled.FIRST not in ways


def _first(by: Actor, account: Account, member: Member | None) -> list[showing.Blocker]:
    """What has to be settled before anything can be asked."""
    people = [member] if member else list(account.members.filter(erased_at__isnull=True).order_by("pk"))
    asker = by.member.pk if by.member else None
    leaving = Leaving.of(account, people, is_whole=member is None, asker=asker)
    return [each for each in showing.blockers_of(leaving) if each.settled is Settled.FIRST]
