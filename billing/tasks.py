"""The jobs of billing. Rows are the truth; a job that runs twice or late does no harm."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.actors import Actor
from billing import flows
from billing.operations import carts, inbox, leaving


@app.task(name=inbox.HANDLE, retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def handle_stripe_event(event_id: str) -> None:
    """Act upon one event of the inbox, if it still waits."""
    flows.handle_event(event_id=event_id)


@app.task(name=leaving.DETACH, retry=RetryStrategy(max_attempts=12, exponential_wait=4))
def detach_card(method_id: int) -> None:
    """Take a card whose holder left the account from Stripe."""
    flows.detach_removed(method_id=method_id)


@app.periodic(cron="* * * * *")
@app.task(name="billing.recover_unsettled", queueing_lock="billing.recover_unsettled")
def recover_unsettled(timestamp: int) -> None:
    """Each minute: payments, refunds and events that were left half-way are settled."""
    flows.recover_unsettled()


@app.periodic(cron="* * * * *")
@app.task(name="billing.lapse_overdue", queueing_lock="billing.lapse_overdue")
def lapse_overdue(timestamp: int) -> None:
    """Each minute: carts whose hold ran out let their places go (RULES 3.2)."""
    carts.lapse_overdue(by=Actor.of_job("billing.lapse_overdue"))
