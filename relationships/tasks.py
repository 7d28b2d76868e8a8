"""The jobs of relationships. Rows are the truth; a job that runs twice or late does no harm."""

import logging

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import jobs
from accounts.actors import Actor
from relationships import coming_of_age, flows
from relationships.operations import exporting, moves, take_over

LOOK_AFTER_EXPORTS = "relationships.look_after_exports"
FORGET_EXPORTS = "relationships.forget_exports"
LAPSE_MOVES = "relationships.lapse_moves"
TELL_OF_AGE = "relationships.tell_of_coming_of_age"

logger = logging.getLogger(__name__)


@app.task(name=exporting.EXPORT, retry=RetryStrategy(max_attempts=3, exponential_wait=5))
def export(request_id: int) -> None:
    """Make one copy of what is held, if it still waits."""
    flows.make_export(request_id=request_id)


@app.periodic(cron="*/2 * * * *")
@app.task(name=LOOK_AFTER_EXPORTS, queueing_lock=LOOK_AFTER_EXPORTS)
def look_after_exports(timestamp: int) -> None:
    """Every other minute: copies whose job was lost or killed are taken up again."""
    for request_id in exporting.waiting():
        jobs.defer(exporting.EXPORT, request_id=request_id)


@app.periodic(cron="10 * * * *")
@app.task(name=FORGET_EXPORTS, queueing_lock=FORGET_EXPORTS)
def forget_exports(timestamp: int) -> None:
    """Each hour: copies whose week is over."""
    exporting.forget_old()


@app.periodic(cron="25 * * * *")
@app.task(name=LAPSE_MOVES, queueing_lock=LAPSE_MOVES)
def lapse_moves(timestamp: int) -> None:
    """Each hour: requests to move somebody that nobody answered in time."""
    moves.lapse_overdue(by=Actor.of_job(LAPSE_MOVES))


@app.periodic(cron="35 * * * *")
@app.task(name=TELL_OF_AGE, queueing_lock=TELL_OF_AGE)
def tell_of_coming_of_age(timestamp: int) -> None:
    """Each hour, so that a day begins in time in every zone: who comes of age, and who did."""
    for coming in coming_of_age.due():
        try:
            take_over.tell(by=Actor.of_job(TELL_OF_AGE), coming=coming)
        except Exception:  # one who cannot be told keeps nobody else's news; the next hour tries again
            logger.exception("nobody could be told of the coming of age of %s", coming.member.pk)
