"""The jobs of accounts. Each is safe to run twice."""

from procrastinate.contrib.django import app

from accounts import files, submissions
from accounts.actors import Actor
from accounts.operations import unconfirmed

FORGET_UNCONFIRMED = "accounts.forget_unconfirmed"
FORGET_SUBMISSIONS = "accounts.forget_submissions"
SWEEP_FILES = "accounts.sweep_files"


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
