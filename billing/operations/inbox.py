"""The inbox of Stripe's events: stored once each, handled by a job (G11)."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from accounts import jobs
from accounts.transactions import operation
from billing.enums import StripeEventState
from billing.models import StripeEvent
from billing.stripe_gateway import StripeNotice

HANDLE = "billing.handle_stripe_event"
ABOUT_PAYMENTS = "payment_intent."


INSERT = """
INSERT INTO billing_stripeevent (event_id, type, object_id, state, received_at)
VALUES (%s, %s, %s, %s, now()) ON CONFLICT (event_id) DO NOTHING
"""


@operation
def receive(*, notice: StripeNotice) -> bool:
    """Store the event unless it came before, and wake the job in the same transaction; True if it is new.

    What we do not act upon is stored as ignored, so that it can be told from what never came.
    """
    is_ours = notice.type.startswith(ABOUT_PAYMENTS)
    state = StripeEventState.RECEIVED if is_ours else StripeEventState.IGNORED
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [notice.id, notice.type[:80], notice.object_id[:80], state.value])
        is_new = bool(cursor.rowcount)
    if is_new and is_ours:  # one object's events are handled one after another
        jobs.defer(HANDLE, lock=notice.object_id, event_id=notice.id)
    return is_new


def waiting(event_id: str) -> StripeEvent | None:
    """The event, if it still waits."""
    return StripeEvent.objects.filter(event_id=event_id, state=StripeEventState.RECEIVED).first()


def overdue(before: datetime) -> list[str]:
    """Events that came ``before`` and still wait: their job was lost."""
    stale = StripeEvent.objects.filter(state=StripeEventState.RECEIVED, received_at__lt=before)
    return list(stale.order_by("pk").values_list("event_id", flat=True)[:500])


def done(*, event: StripeEvent, is_ours: bool = True) -> None:
    """The event is handled, or was about nothing of ours."""
    StripeEvent.objects.filter(pk=event.pk, state=StripeEventState.RECEIVED).update(
        state=StripeEventState.HANDLED if is_ours else StripeEventState.IGNORED, handled_at=timezone.now()
    )
