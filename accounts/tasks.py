"""The jobs of accounts. Each is safe to run twice."""

from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import files, flows, submissions
from accounts.actors import Actor
from accounts.operations import erasure, unconfirmed

FORGET_UNCONFIRMED = "accounts.forget_unconfirmed"
FORGET_SUBMISSIONS = "accounts.forget_submissions"
SWEEP_FILES = "accounts.sweep_files"
FORGET_SESSIONS = "accounts.forget_sessions"
LOOK_AFTER_ERASURES = "accounts.look_after_erasures"


@app.periodic(cron="20 3 * * *")
@app.task(name=FORGET_UNCONFIRMED, queueing_lock=FORGET_UNCONFIRMED)
def forget_unconfirmed(timestamp: int) -> None:
    """Each night: accounts that were never confirmed."""
    unconfirmed.forget_all(by=Actor.of_job(FORGET_UNCONFIRMED))


@app.periodic(cron="40 3 * * *")
@app.task(name=FORGET_SUBMISSIONS, queueing_lock=FORGET_SUBMISSIONS)
def forget_submissions(timestamp: int) -> None:
    """Each night: forms that were sent in a week ago."""
    submissions.forget_old()


@app.periodic(cron="50 3 * * *")
@app.task(name=SWEEP_FILES, queueing_lock=SWEEP_FILES)
def sweep_files(timestamp: int) -> None:
    """Each night: pictures that belong to nobody."""
    files.sweep()


@app.task(name=erasure.JOB)
def erase(request_id: int) -> None:
    """Carry an erasure on, if there is something to do."""
    flows.erase(request_id=request_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name=LOOK_AFTER_ERASURES, queueing_lock=LOOK_AFTER_ERASURES)
def look_after_erasures(timestamp: int) -> None:
    """Every five minutes: erasures that fell due, stand still or run again today."""
    for request_id in erasure.to_look_at():
        flows.erase(request_id=request_id)


@app.periodic(cron="10 4 * * *")
@app.task(name=FORGET_SESSIONS, queueing_lock=FORGET_SESSIONS)
def forget_sessions(timestamp: int) -> None:
    """Each night: sessions that ran out, with whatever address somebody had typed into them."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
