"""What a family is told of its owners and of its people's logins."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.events import LoginInvited, LoginOpened, LoginTakenAway, OwnerMade, OwnerSteppedDown
from accounts.models import Member
from messaging import outbox
from messaging.handlers import address_of
from relationships import authority
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


def mail_login_invited(event: LoginInvited) -> None:
    """The link, to the address that was invited. An address that has a login reads what that means (RULES 1.5)."""
    invitation, holder = event.invitation, event.holder
    has_family = holder is not None and Member.objects.filter(user=holder).exists()
    template = "login_taken" if has_family else "login_connect" if holder else "login_invited"
    outbox.queue(
        template=f"messaging/email/{template}",
        address=invitation.email,
        dedupe_key=f"invitation:{invitation.pk}",
        context={
            "name": invitation.member.short_name,
            "doer": event.by.member.full_name if event.by.member else "",
            "until": invitation.expires_at,
        },
        member_ids=[invitation.member_id],
        reader=invitation.member,
        secret="" if has_family else address_of("public:login_open", event.token),
        language=holder.language if holder else None,
    )


def mail_login_opened(event: LoginOpened) -> None:
    """The owners read that the login is in use; a link that came to the wrong mailbox is seen so."""
    member = event.member
    owners = Member.objects.filter(ownership__account=member.account_id, erased_at__isnull=True)
    for owner in _not_kept_apart(owners, member).exclude(pk=member.pk):
        outbox.queue(
            template="messaging/email/login_opened",
            address=mailbox_of(owner),
            dedupe_key=f"login-opened:{member.pk}:{owner.pk}:{timezone.now().isoformat()}",
            context={
                "name": owner.short_name,
                "other": member.full_name,
                "is_minor": not authority.is_adult(member),
                "people_url": address_of("portal:people"),
            },
            member_ids=[owner.pk, member.pk],
            reader=owner,
        )


def mail_login_taken_away(event: LoginTakenAway) -> None:
    """Whose login it was reads that it is gone, and whom to ask."""
    outbox.queue(
        template="messaging/email/login_ended",
        address=event.email,
        dedupe_key=f"login-ended:{event.member.pk}:{timezone.now().isoformat()}",
        context={
            "name": event.member.short_name,
            "doer": event.by.member.full_name if event.by.member else "",
        },
        member_ids=[event.member.pk],
        reader=event.member,
        language=event.language or None,
    )


def mailbox_of(member: Member) -> str:
    """Where a person reads what concerns their own login: its address, else their contact address."""
    return member.user.email if member.user else member.email


def _others(event: OwnerMade | OwnerSteppedDown) -> QuerySet[Member]:
    """The owners who did not do it themselves."""
    doer = event.by.member.pk if event.by.member else None
    owners = Member.objects.filter(ownership__account=event.account, erased_at__isnull=True)
    return _not_kept_apart(owners, event.member).exclude(pk__in=[event.member.pk, doer])


def _not_kept_apart(readers: QuerySet[Member], about: Member) -> QuerySet[Member]:
    """Nobody reads of whom they are kept apart from (RULES 2.1)."""
    apart = NoContact.objects.active().filter(protected=about).values("barred")
    return readers.exclude(pk__in=apart).select_related("user").order_by("id")


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
