"""What people are told when something happens in a lower app: each event queues its mails."""

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.events import (
    AccountClaimed,
    ExportReady,
    ForgettingUnconfirmed,
    Invited,
    SignedUp,
    SignUpRepeated,
    StaffInvited,
)
from accounts.operations import staff_invitations
from accounts.places import family_home
from accounts.registries import invitation_pages
from messaging import outbox
from messaging.models import Message


def address_of(url_name: str, *args: object) -> str:
    """A page's whole address, for mails."""
    return settings.BASE_URL.rstrip("/") + reverse(url_name, args=args)


def mail_invitation(event: Invited) -> None:
    """The link, to the address that was invited. The purpose decides which mail (RULES 1.5)."""
    invitation = event.invitation
    page = invitation_pages[invitation.purpose]
    outbox.queue(
        template=f"messaging/email/{invitation.purpose}",
        address=invitation.email,
        dedupe_key=f"invitation:{invitation.pk}",
        context={
            "name": invitation.member.short_name,
            "sender": invitation.organization.name if invitation.organization else "Kinroll",
            "until": invitation.expires_at,
        },
        member_ids=[invitation.member_id],
        organization=invitation.organization,
        reader=invitation.member,
        secret=address_of(page.url_name, event.token),
    )


def mail_confirmation(event: SignedUp) -> None:
    """The link that confirms the e-mail of a new login."""
    address = EmailAddress.objects.get(user=event.user, primary=True)
    outbox.queue(
        template="messaging/email/welcome",
        address=address.email,
        dedupe_key=f"confirm:{event.user.pk}",
        context={
            "name": event.member.short_name,
            "sender": event.organization.name if event.organization else "Kinroll",
        },
        member_ids=[event.member.pk],
        organization=event.organization,
        reader=event.member,
        secret=address_of("account_confirm_email", EmailConfirmationHMAC(address).key),
    )


def mail_login_exists(event: SignUpRepeated) -> None:
    """The page said "check your mail" as to anyone; here its owner reads that a login exists.

    One mail in ten minutes: the form is no way to fill somebody's mailbox.
    """
    outbox.queue(
        template="messaging/email/login_exists",
        address=event.user.email,
        dedupe_key=f"login-exists:{event.user.pk}:{int(timezone.now().timestamp()) // 600}",
        context={"login_url": address_of("account_login"), "reset_url": address_of("account_reset_password")},
        organization=event.organization,
    )


def mail_claimed(event: AccountClaimed) -> None:
    """The account is theirs; and if it was not they who did it, whom to tell."""
    outbox.queue(
        template="messaging/email/claimed",
        address=event.member.email,
        dedupe_key=f"claimed:{event.account.pk}:{event.member.pk}",
        context={
            "name": event.member.short_name,
            "sender": event.organization.name,
            "home_url": settings.BASE_URL.rstrip("/") + family_home(),
        },
        member_ids=[event.member.pk],
        organization=event.organization,
        reader=event.member,
    )


def mail_staff_invitation(event: StaffInvited) -> None:
    """The way onto the staff. A login with the address changes this mail and nothing else (RULES 1.5)."""
    invitation = event.invitation
    known = staff_invitations.has_login(invitation.email)
    outbox.queue(
        template=f"messaging/email/staff_invited{'_login' if known else ''}",
        address=invitation.email,
        dedupe_key=f"staff-invitation:{invitation.pk}",
        context={"name": invitation.staff.name, "sender": invitation.organization.name},
        organization=invitation.organization,
        secret=address_of("public:join", event.token),
    )


def mail_export_ready(event: ExportReady) -> None:
    """The copy that somebody asked for lies ready; the mail holds nothing of it, and no way around the log-in."""
    request = event.request
    if request.requested_by is None or request.file_expires_at is None:
        return
    outbox.queue(
        template="messaging/email/export_ready",
        address=request.requested_by.email,
        dedupe_key=f"export-ready:{request.pk}",
        context={
            "name": request.requested_by.short_name,
            "until": request.file_expires_at,
            "page_url": address_of("portal:privacy"),
        },
        member_ids=[request.requested_by.pk],
        reader=request.requested_by,
    )


def forget_mails(event: ForgettingUnconfirmed) -> None:
    """Mails to people of an account that was never confirmed go with it."""
    Message.objects.filter(reader__in=event.members).delete()
