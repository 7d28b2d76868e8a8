"""What a family is told of its owners and of its people's logins."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.events import OwnerMade, OwnerSteppedDown
from accounts.models import Member
from messaging import outbox
from messaging.handlers import address_of
from relationships.models import NoContact


def mail_owner_made(event: OwnerMade) -> None:
    """The new owner reads what they may do now, the others that there is one more."""
    _tell(event.member, "owner_made", event)
    for owner in _others(event):
        _tell(owner, "owner_joined", event)


def mail_owner_stepped_down(event: OwnerSteppedDown) -> None:
    """Whoever stepped down has it in writing, and the owners who remain know."""
    _tell(event.member, "owner_ended", event)
    for owner in _others(event):
        _tell(owner, "owner_left", event)


def mailbox_of(member: Member) -> str:
    """Where a person reads what concerns their own login: its address, else their contact address."""
    return member.user.email if member.user else member.email


def _others(event: OwnerMade | OwnerSteppedDown) -> QuerySet[Member]:
    """The owners who did not do it themselves; nobody reads of whom they are kept apart from (RULES 2.1)."""
    apart = NoContact.objects.filter(protected=event.member, lifted_at__isnull=True).values("barred")
    doer = event.by.member.pk if event.by.member else None
    owners = Member.objects.filter(ownership__account=event.account, erased_at__isnull=True)
    return (
        owners.exclude(pk__in=[event.member.pk, doer])
        .exclude(pk__in=apart)
        .select_related("user")
        .order_by("id")
    )


def _tell(reader: Member, template: str, event: OwnerMade | OwnerSteppedDown) -> None:
    outbox.queue(
        template=f"messaging/email/{template}",
        address=mailbox_of(reader),
        dedupe_key=f"{template}:{event.account.pk}:{event.member.pk}:{reader.pk}:{timezone.now().isoformat()}",
        context={
            "name": reader.short_name,
            "other": event.member.full_name,
            "doer": event.by.member.full_name if event.by.member else "",
            "account": event.account.name,
            "account_url": address_of("portal:account" if template != "owner_ended" else "portal:people"),
        },
        member_ids=[reader.pk, event.member.pk],
        reader=reader,
    )
