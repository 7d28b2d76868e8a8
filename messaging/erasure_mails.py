"""What people are told of an erasure: who is asked, who waits, and at the end those who are erased (D10)."""

from accounts.events import Erased, Erasing, ErasureAsked, ErasureTakenBack
from accounts.models import Member
from messaging import outbox
from messaging.enums import MessageState
from messaging.handlers import address_of
from messaging.models import Message


def mail_asked(event: ErasureAsked) -> None:
    """Whoever is waited for: what is to happen, when, and what they can do."""
    request, asker = event.request, event.by.member
    url = address_of("portal:erasure", request.code)
    for reader in event.owners:
        outbox.queue(
            template="messaging/email/erasure_asked",
            address=reader.email,
            dedupe_key=f"erasure-asked:{request.code}:{reader.pk}",
            context={
                "name": reader.short_name,
                "asker": asker.full_name if asker else "",
                "who": request.account.name,
                "due": request.due_at,
                "url": url,
            },
            member_ids=[reader.pk, *([asker.pk] if asker else [])],
            reader=reader,
        )
    for reader, child in event.guardians:
        outbox.queue(
            template="messaging/email/erasure_offered",
            address=reader.email,
            dedupe_key=f"erasure-offered:{request.code}:{reader.pk}:{child.pk}",
            context={"name": reader.short_name, "who": child.short_name, "url": url},
            member_ids=[reader.pk, child.pk],
            reader=reader,
        )


def mail_taken_back(event: ErasureTakenBack) -> None:
    """Whoever was told of it."""
    for reader in event.others:
        outbox.queue(
            template="messaging/email/erasure_taken_back",
            address=reader.email,
            dedupe_key=f"erasure-taken-back:{event.request.code}:{reader.pk}",
            context={"name": reader.short_name},
            member_ids=[reader.pk],
            reader=reader,
        )


def write_last_mails(event: Erasing) -> None:
    """To each who had a login or ran the account, while their address is still known; sent at the end."""
    people = Member.objects.filter(pk__in=event.leaving.members).exclude(email="").select_related("user")
    told: set[str] = set()
    for person in people.order_by("pk"):
        has_say = person.user_id is not None or hasattr(person, "ownership")
        if not has_say or person.email.lower() in told:
            continue
        told.add(person.email.lower())
        outbox.queue(
            template="messaging/email/erased",
            address=person.email,
            dedupe_key=f"erased:{event.request.code}:{person.pk}",
            context={},
            language=(person.user.language if person.user else "") or None,
            is_last=True,
        )


def send_last_mails(event: Erased) -> None:
    """All of it is done: the mails that wait go out, and who still runs the account is told."""
    waiting = Message.objects.filter(
        dedupe_key__startswith=f"erased:{event.request.code}:", state=MessageState.QUEUED, is_last=True
    )
    for message in waiting.order_by("pk"):
        outbox.send_now(message)
    if event.leaving.is_whole:
        return
    asker = event.request.requested_by
    owners = Member.objects.filter(ownership__account=event.leaving.account, erased_at__isnull=True)
    for reader in owners.exclude(user=None).order_by("pk"):
        is_other = asker is not None and asker.erased_at is None and asker.pk != reader.pk
        outbox.queue(
            template="messaging/email/erased_other",
            address=reader.email,
            dedupe_key=f"erased-other:{event.request.code}:{reader.pk}",
            context={
                "name": reader.short_name,
                "is_asker": asker is not None and asker.pk == reader.pk,
                "asker": asker.full_name if asker and is_other else "",
            },
            member_ids=[reader.pk, *([asker.pk] if asker and is_other else [])],
            reader=reader,
        )
