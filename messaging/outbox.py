"""The outbox: a mail is a row in the transaction of what it tells about; a job only pokes it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from accounts import jobs
from accounts.models import Member, Organization
from accounts.transactions import operation
from messaging import secrets
from messaging.contexts import pack
from messaging.enums import MessageState
from messaging.models import AddressSuppression, Message

SEND = "messaging.send"
FAR = timedelta(days=36_500)  # until somebody lets it go


@operation
def queue(
    *,
    template: str,
    address: str,
    dedupe_key: str,
    context: Mapping[str, Any],
    member_ids: Iterable[int] = (),
    organization: Organization | None = None,
    reader: Member | None = None,
    secret: str = "",
    language: str | None = None,
    is_last: bool = False,
) -> Message | None:
    """Write one mail, and poke the sender, in the caller's transaction.

    ``template`` is a path without its ending, as ``billing/email/receipt``: ``.subject.txt`` and ``.txt``
    must exist, ``.html`` may; without it the HTML is made from the text, where a link alone on its lines
    becomes a button that says ``.action.txt``. ``context`` holds text, numbers, Money, days and times, and
    dicts and lists of these; templates find it beside ``organization``, ``reader`` and ``base_url``.
    ``secret``, a link or code, is kept encrypted, reaches the template as ``secret``, and is blanked once
    the mail is sent.
    ``member_ids`` are all whom the mail tells about. One that ``is_last`` is to somebody who is being erased:
    it waits until ``send_now``, and its address goes with it.

    Returns None when ``dedupe_key`` was used before. Without an address the row says so and stays; an
    address that refused mail gets none.
    """
    state = _state_for(address)
    fields = {
        "organization": organization,
        "reader": reader,
        "address": address,
        "template": template,
        "language": language or _language_of(organization),
        "context": pack(dict(context)),
        "member_ids": sorted(set(member_ids)),
        "secret": secrets.encrypt(secret) if state is MessageState.QUEUED else "",
        "state": state,
        "is_last": is_last,
        "due_at": timezone.now() + (FAR if is_last else timedelta()),
    }
    message, is_new = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=fields)
    if not is_new:
        return None
    if state is MessageState.QUEUED and not is_last:
        poke(message.pk)
    return message


def send_now(message: Message) -> None:
    """Let a message go that waited to be the last."""
    if Message.objects.filter(pk=message.pk, state=MessageState.QUEUED).update(due_at=timezone.now()):
        poke(message.pk)


def poke(message_id: int, at: datetime | None = None) -> None:
    """Ask the worker to send a message, now or not before ``at``. Twice does no harm."""
    jobs.defer(SEND, queue="mail", at=at, message_id=message_id)


def overdue(before: datetime | None = None) -> list[int]:
    """Messages that wait although they were due ``before`` (now): their poke was lost."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, due_at__lt=before or timezone.now())
    return list(waiting.order_by("id").values_list("pk", flat=True)[:500])


def _state_for(address: str) -> MessageState:
    if not address:
        return MessageState.NO_ADDRESS
    if AddressSuppression.objects.filter(address=address.lower()).exists():
        return MessageState.SUPPRESSED
    return MessageState.QUEUED


def _language_of(organization: Organization | None) -> str:
    """The organisation's language, else that of the page in use, as far as we speak it."""
    wished = organization.locale[:2] if organization else (get_language() or settings.LANGUAGE_CODE)[:2]
    return wished if wished in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
