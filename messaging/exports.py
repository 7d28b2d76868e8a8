"""What messaging puts into an export: the mails that were written to these people."""

import logging
from collections.abc import Iterator, Mapping

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exporting import (
    Column,
    ExportPart,
    Holding,
    Row,
    Scope,
    columns,
    counted,
    either,
    export_parts,
    privacy_holdings,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON
from accounts.models import Member
from messaging import letters
from messaging.enums import MessageState
from messaging.models import AddressSuppression, Message

logger = logging.getLogger(__name__)


def mails(scope: Scope) -> Iterator[Row]:
    """Each mail with its words. Links and codes in it were blanked when it was sent."""
    rows = messages_of(scope).select_related("organization", "reader__user")
    for each in stream(rows.order_by("pk")):
        subject, text = _words(each)
        yield {
            "person": scope.person(each.reader_id or scope.reader.pk),
            "organization": each.organization.name if each.organization else "",
            "address": each.address,
            "written_at": each.created_at,
            "sent_at": each.sent_at,
            "state": each.state,
            "subject": subject,
            "text": text,
        }


def messages_of(scope: Scope) -> QuerySet[Message]:
    """Mails to these people, and those about one's own login, which have no reader. None about barred people."""
    wanted = [Q(reader__in=scope.whole)]
    if scope.user is not None:
        wanted.append(Q(reader__isnull=True, address=scope.user.email))
    rows = either(Message, *wanted)
    return rows.exclude(member_ids__overlap=sorted(scope.barred)) if scope.barred else rows


def refusals(scope: Scope) -> Iterator[Row]:
    """Addresses of these people that refused mail."""
    addresses = Member.objects.filter(pk__in=scope.whole).exclude(email="").values("email")
    for each in stream(AddressSuppression.objects.filter(address__in=addresses).order_by("pk")):
        yield {"address": each.address, "reason": each.reason, "since": each.created_at}


def count_mails(scope: Scope) -> Mapping[int | None, int]:
    """Mails by organisation. One query."""
    return counted(messages_of(scope).order_by().values_list("organization").annotate(n=Count("pk")))


def _words(message: Message) -> tuple[str, str]:
    """Subject and text as they were sent; empty where the mail's template has changed beyond its context."""
    message.secret = ""
    try:
        mail = letters.write(message)
    except Exception:
        logger.exception("mail %s cannot be written any more", message.pk)
        return "", ""
    return str(mail.subject), str(mail.body)


def _in_words(n: int) -> str:
    return ngettext("%(n)s mail to you", "%(n)s mails to you", n) % {"n": n}


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    privacy_holdings.register(Holding(key="mails", order=70, count=count_mails, words=_in_words))


PARTS = (
    ExportPart(
        key="mails",
        order=70,
        title=_("Mails to you"),
        about=_("What was mailed to the people of this copy, without the links and codes in it."),
        columns=(
            PERSON, ORGANIZATION,
            *columns(address=_("To"), written_at=_("Written"), sent_at=_("Sent")),
            Column(key="state", title=_("State"), choices=dict(MessageState.choices)),
            *columns(subject=_("Subject")),
            Column(key="text", title=_("Text"), is_long=True),
        ),
        rows=mails,
        models=("messaging.Message",),
        is_sheet=True,
    ),
    ExportPart(
        key="refused_addresses",
        order=71,
        title=_("Addresses that refused mail"),
        about=_("Nothing is sent to these any more."),
        columns=columns(address=_("Address"), reason=_("What the mail server said"), since=_("Since")),
        rows=refusals,
        models=("messaging.AddressSuppression",),
    ),
)  # fmt: skip
