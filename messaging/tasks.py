"""The jobs of messaging. A job is a poke: the rows say what is to be done."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from messaging import flows, outbox

GRACE = timedelta(minutes=1)


@app.task(name=outbox.SEND, queue="mail")
def send(message_id: int) -> None:
    """Send one message of the outbox, if it still waits."""
    flows.deliver(message_id=message_id)


@app.periodic(cron="* * * * *")
@app.task(name="messaging.sweep", queue="mail", queueing_lock="messaging.sweep", pass_context=False)
def sweep(timestamp: int) -> None:
    """Poke every message that has waited for more than a minute past its time."""
    for message_id in outbox.overdue(timezone.now() - GRACE):
        outbox.poke(message_id)
