"""What is told of a login that gets another e-mail: both mailboxes, before and after (A10)."""

from typing import Any

from django.utils import timezone

from accounts.events import EmailChangeAsked, EmailChanged
from accounts.models import Member, User
from messaging import outbox
from messaging.handlers import address_of


def mail_change_asked(event: EmailChangeAsked) -> None:
    """A link to each address that has not said yes. A new one that has a login reads that it cannot be (RULES 1.5)."""
    change = event.change
    if event.old_token:
        _write(event.change.user, change.old_email, "email_change_old", event.old_token, _of(event))
    if not event.new_token:
        return
    if event.holder is not None:
        _write(event.holder, change.new_email, "email_change_taken", "", _of(event))
    else:
        _write(event.change.user, change.new_email, "email_change_new", event.new_token, _of(event))


def mail_changed(event: EmailChanged) -> None:
    """The old address reads that it no longer logs in, the new one that it does."""
    context = {"old": event.old_email, "new": event.new_email, "at": timezone.now()}
    for address, template in ((event.old_email, "email_changed_old"), (event.new_email, "email_changed_new")):
        _write(event.user, address, template, "", context)


def _of(event: EmailChangeAsked) -> dict[str, Any]:
    change = event.change
    return {
        "old": change.old_email,
        "new": change.new_email,
        "until": change.expires_at,
        "at": timezone.now(),
        "ip": event.by.ip or "",
    }


def _write(user: User, address: str, template: str, token: str, context: dict[str, Any]) -> None:
    member = Member.objects.filter(user=user).first()
    outbox.queue(
        template=f"messaging/email/login/{template}",
        address=address,
        dedupe_key=f"{template}:{user.pk}:{timezone.now().isoformat()}",
        context=context,
        member_ids=[member.pk] if member else [],
        reader=member,
        secret=address_of("public:login_email_confirm", token) if token else "",
        language=user.language or None,
    )
