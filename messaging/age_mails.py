"""What people are told when somebody comes of age and takes their own affairs over (RULES 2.9)."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Member
from messaging import outbox
from messaging.family_handlers import mailbox_of
from messaging.handlers import address_of
from relationships.enums import AgeStage, TakeOverChoice
from relationships.events import CameOfAge, TakenOver, TakeOverInvited
from relationships.models import NoContact

FOLDER = "messaging/email/age/"


def mail_coming(event: CameOfAge) -> None:
    """The person and each owner read the day, what changes then, and where. A mailbox that they share once."""
    coming = event.coming
    member = coming.member
    what = "day" if event.stage is AgeStage.DAY else "soon"
    owners = list(_owners(member.account_id, member))
    facts = {
        "on": coming.on,
        "years": coming.years,
        "places": ", ".join(place.name for place in coming.places),
        "is_whole": coming.is_whole,
        "has_login": member.user_id is not None,
        "is_family": member.account.kept_by_id is None,
    }
    key = f"age:{member.pk}:{coming.years}:{event.stage.value}"
    mailboxes = {mailbox_of(owner).lower() for owner in owners}
    if mailbox_of(member).lower() not in mailboxes:
        page = "portal:take_over" if member.user_id and coming.is_whole and what == "day" else "portal:home"
        _write(member, f"{what}_self", key, member, facts | {"page_url": address_of(page)})
    for owner in owners:
        page_url = address_of("portal:people") if what == "day" else address_of("portal:person", member.code)
        _write(owner, f"{what}_owner", key, member, facts | {"page_url": page_url})


def mail_taken_over(event: TakenOver) -> None:
    """The owners of the family read that the adult decides from here on, and nothing of what they decided.

    Who leaves for an own account is told of by the mail about the move.
    """
    row = event.take_over
    if row.choice == TakeOverChoice.OWN_ACCOUNT or row.from_account_id is None:
        return
    for owner in _owners(row.from_account_id, row.member):
        _write(
            owner,
            "taken_over",
            f"taken-over:{row.pk}",
            row.member,
            {"page_url": address_of("portal:rights")},
        )


def mail_invited(event: TakeOverInvited) -> None:
    """The way to the page once more, to their own login's mailbox; once a day."""
    key = f"take-over-invited:{event.member.pk}:{timezone.now().date().isoformat()}"
    _write(event.member, "again", key, event.member, {"page_url": address_of("portal:take_over")})


def _owners(account_id: int, member: Member) -> QuerySet[Member]:
    """The owners who may learn of the person (RULES 2.1)."""
    apart = NoContact.objects.active().filter(protected=member).values("barred")
    owners = Member.objects.filter(ownership__account=account_id, erased_at__isnull=True)
    return owners.exclude(pk=member.pk).exclude(pk__in=apart).select_related("user").order_by("pk")


def _write(reader: Member, template: str, key: str, about: Member, facts: dict[str, Any]) -> None:
    outbox.queue(
        template=FOLDER + template,
        address=mailbox_of(reader),
        dedupe_key=f"{key}:{reader.pk}",
        context={"name": reader.short_name, "who": about.short_name, **facts},
        member_ids=[reader.pk, about.pk],
        reader=reader,
        language=reader.user.language if reader.user and reader.user.language else None,
    )
