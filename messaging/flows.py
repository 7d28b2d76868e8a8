"""Sending a message of the outbox: not atomic, safe to repeat, safe in two workers at once."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from messaging import letters, outbox
from messaging.enums import MessageState
from messaging.models import AddressSuppression, Message

logger = logging.getLogger(__name__)

# How long whoever sends has the message to themselves: longer than SMTP's timeouts.
LEASE = timedelta(minutes=3)
# How long after each failed try the next begins. What passes, as a server that restarts, costs seconds.
WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
NO_SUCH_MAILBOX = {550, 551, 553}


def deliver(*, message_id: int) -> MessageState | None:
    """Send one message, if it waits and is due; returns its state, None when there was nothing to do.

    The try is counted and the next one put off before anything is sent, so that a second worker, or the
    same job again, finds nothing due. What fails, server or template, is tried again after each of ``WAITS``,
    then the message is failed; an address that refuses for good is suppressed. A crash between the server's
    yes and our row sends the mail a second time, with the same Message-ID.
    """
    if connection.in_atomic_block:
        raise RuntimeError("deliver talks to a mail server: it does not run inside a transaction")
    message = _take(message_id, timezone.now())
    if message is None:
        return None
    if AddressSuppression.objects.filter(address=message.address.lower()).exists():
        return _end(message, MessageState.SUPPRESSED)
    try:
        letters.write(message).send()
    except SMTPRecipientsRefused as error:
        return _refused(message, error)
    except (SMTPException, OSError) as error:
        return _failed(message, error)
    except Exception as error:
        logger.exception("message %s cannot be written", message.pk)
        return _failed(message, error)
    return _end(message, MessageState.SENT)


def _take(message_id: int, now: datetime) -> Message | None:
    """Count a try and take the lease, in one statement that only one sender can win."""
    with transaction.atomic():
        waiting = Message.objects.filter(pk=message_id, state=MessageState.QUEUED, due_at__lte=now)
        if not waiting.update(attempts=F("attempts") + 1, due_at=now + LEASE):
            return None
    return Message.objects.select_related("organization", "reader__user").get(pk=message_id)


def _end(message: Message, state: MessageState, error: str = "") -> MessageState:
    """The last word on a message: whatever it is, the secret goes, and the address of somebody erased."""
    forgotten = {"address": "", "context": {}} if message.is_last else {}
    Message.objects.filter(pk=message.pk, state=MessageState.QUEUED).update(
        state=state,
        secret="",
        last_error="" if message.is_last else error[:300],
        sent_at=timezone.now() if state is MessageState.SENT else None,
        **forgotten,
    )
    return state


def _failed(message: Message, error: Exception) -> MessageState:
    """Try again later, or give up."""
    logger.warning("message %s, try %s: %s", message.pk, message.attempts, type(error).__name__)
    if message.attempts > len(WAITS):
        return _end(message, MessageState.FAILED, str(error))
    due_at = timezone.now() + WAITS[message.attempts - 1]
    with transaction.atomic():
        waiting = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED)
        waiting.update(due_at=due_at, last_error=str(error)[:300])
        outbox.poke(message.pk, at=due_at)
    return MessageState.QUEUED


def _refused(message: Message, error: SMTPRecipientsRefused) -> MessageState:
    """A mailbox that does not exist gets nothing more; a full one is tried again."""
    code, reason = next(iter(error.recipients.values()), (0, b""))
    if code not in NO_SUCH_MAILBOX:
        return _failed(message, error)
    text = reason.decode(errors="replace")
    if message.is_last:
        return _end(message, MessageState.FAILED)
    with transaction.atomic():
        AddressSuppression.objects.get_or_create(
            address=message.address.lower(), defaults={"reason": f"{code} {text}"[:200]}
        )
        return _end(message, MessageState.FAILED, f"{code} {text}")
