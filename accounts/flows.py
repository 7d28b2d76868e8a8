"""Long work of accounts: not atomic, refuses to start inside a transaction, each step safe to repeat."""

import logging
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import PrivacyState
from accounts.errors import ErasureRefused, NotNow, Refused
from accounts.models import PrivacyRequest
from accounts.operations import erasure
from accounts.privacy import erasing
from accounts.privacy.leaving import Leaving
from accounts.privacy.outside import outside
from accounts.privacy.showing import Settled

logger = logging.getLogger(__name__)

ERASING = Actor.of_job(erasure.JOB)
BLOCKED, FAULT = "blocked", "fault"


def erase(
    *, request_id: int, by: Actor = ERASING, on_step: Callable[[int, int], None] | None = None
) -> PrivacyRequest:
    """Carry an erasure on from where it stands, as far as it can go now, and return it.

    One that waits begins when it is due and nothing stands in its way; whatever runs goes on step by step;
    one that is finished runs again on the day it names. Another system that does not answer puts it off:
    the next call goes on. ``on_step`` is told (steps done, of how many).
    """
    _alone()
    request = _fresh(request_id)
    if request.state == PrivacyState.WAITING and request.due_at and request.due_at <= timezone.now():
        _begin(request, by)
    elif request.state == PrivacyState.DONE:
        erasure.begin_again(by=by, request=request)
    elif request.steps_total != len(erasure.steps()):
        erasure.start_over(request=request)
    while (request := _fresh(request_id)).state == PrivacyState.RUNNING:
        if on_step:
            on_step(request.steps_done, request.steps_total)
        try:
            _step(request, by)
        except (erasure.StepMoved, erasing.FileLeft):
            continue
        except NotNow as later:
            erasure.put_off(request, later.kind)
            break
        except Exception:
            logger.exception("erasure %s stands still at step %s", request.pk, request.steps_done)
            erasure.put_off(request, FAULT)
            break
    return _fresh(request_id)


def begin(*, request: PrivacyRequest, by: Actor) -> PrivacyRequest:
    """Begin an erasure that waits: adults who did not agree leave first, with what is theirs.

    Raises ErasureRefused with every reason, or what a guard says; then it waits on.
    """
    _alone()
    reasons = [each.text for each in erasure.blockers(request) if each.settled is not Settled.LEAVING]
    if reasons:
        raise ErasureRefused(reasons)
    erasure.part(by=by, request=request)
    return erasure.begin(by=by, request=request)


def _begin(request: PrivacyRequest, by: Actor) -> None:
    """Begin, unless something stands in the way; then it waits on, and is looked at again."""
    try:
        begin(request=request, by=by)
    except Refused:
        erasure.put_off(request, BLOCKED)


def _step(request: PrivacyRequest, by: Actor) -> None:
    """The next step."""
    step = request.steps_done
    name = erasure.steps()[step]
    if name == "let_go":
        erasure.let_go(by=by, request=request, step=step)
    elif name == "finish":
        erasure.finish(by=by, request=request, step=step)
    elif name.startswith("outside:"):
        outside[name.removeprefix("outside:")].erase(Leaving.by(request))
        erasure.done_outside(request=request, step=step)
    else:
        for storage, file in erasing.files_of(name, Leaving.by(request)):
            storage.delete(file)
        erasure.erase_columns(request=request, step=step, app_label=name)


def _alone() -> None:
    if connection.in_atomic_block:
        raise RuntimeError("an erasure commits step by step: not inside a transaction")


def _fresh(request_id: int) -> PrivacyRequest:
    return PrivacyRequest.objects.select_related("account", "member").get(pk=request_id)
