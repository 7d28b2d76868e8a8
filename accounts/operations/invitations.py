"""Single-use links by mail: making them, finding them, and using up their tries."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.enums import ActorKind, InvitationPurpose
from accounts.errors import EmailUnusable, InvitationUnusable, Refused
from accounts.events import Invited, emit
from accounts.models import Account, Invitation, Member, Organization, User
from accounts.permissions import Permission
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation

LIFETIME = timedelta(days=7)
TRIES = 5
TO_CLAIM = (InvitationPurpose.CLAIM, InvitationPurpose.CONNECT)
BETWEEN_MAILS = timedelta(minutes=2)
MAILS_A_DAY = 6


class NothingToClaim(Refused):
    """The account belongs to its family already."""

    message = _("This person has a login already. They can log in, or ask for a new password.")


class MailJustSent(Refused):
    """A new mail so soon after the last would only be another one to wait for."""

    message = _("We sent a mail a moment ago. Look for it, also among junk mail, before asking for another.")


@operation
def invite_to_claim(*, by: Actor, organization: Organization, member: Member) -> Invitation:
    """Mail ``member`` the way to take over the account that ``organization`` made for them (RULES 1.4).

    Whether a login with their e-mail exists elsewhere changes the mail and nothing else (RULES 1.5): then the
    purpose is CONNECT. An earlier open link dies. Emits Invited, which carries the only copy of the token.
    Raises EmailUnusable without an e-mail, NothingToClaim where the account is claimed, NotAllowed, and
    SelfDealing: who invites also reads the desk's code, so nobody invites themselves (RULES 2.6).
    """
    if by.kind is ActorKind.STAFF:
        by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    account = Account.objects.select_for_update().get(pk=member.account_id)
    member = Member.objects.get(pk=member.pk)
    if account.kept_by_id != organization.pk or member.user_id is not None:
        raise NothingToClaim
    if not member.email:
        raise EmailUnusable(_("There is no e-mail address to write to."))
    refuse_self_dealing(by=by, members=[member])
    return _invite(by, organization, account, member)


@operation
def send_again(*, by: Actor, token: str) -> Invitation | None:
    """A fresh link to the same address in place of a dead one; None where there is nothing to replace.

    The one who asks is told the same in either case: only the mailbox's owner learns more. Raises
    MailJustSent more than once in two minutes or six times a day.
    """
    former = (
        Invitation.objects.select_related("organization", "member").filter(token_hash=digest(token)).first()
    )
    if former is None or former.organization is None or former.used_at is not None:
        return None
    account = Account.objects.select_for_update().get(pk=former.account_id)
    if account.kept_by_id != former.organization_id or former.member.user_id is not None:
        return None
    now = timezone.now()
    recent = Invitation.objects.filter(member=former.member, created_at__gt=now - timedelta(days=1))
    if recent.count() >= MAILS_A_DAY or recent.filter(created_at__gt=now - BETWEEN_MAILS).exists():
        raise MailJustSent
    if not former.member.email:
        return None
    return _invite(by, former.organization, account, former.member)


@operation
def take_back(*, by: Actor, organization: Organization, member: Member) -> bool:
    """End the open invitations of ``member`` that ``organization`` mailed to take an account over; whether there

    were any. Of a claim at the same moment one wins: the account's row is locked. Raises NotAllowed.
    """
    if by.kind is ActorKind.STAFF:
        by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    Account.objects.select_for_update().get(pk=member.account_id)
    open_here = Invitation.objects.filter(
        organization=organization,
        member=member,
        purpose__in=TO_CLAIM,
        used_at__isnull=True,
        revoked_at__isnull=True,
    )
    ended = bool(open_here.update(revoked_at=timezone.now()))
    if ended:
        audit.record(
            by=by,
            action="accounts.invitation_taken_back",
            target=member,
            organization=organization,
            members=[member],
        )
    return ended


def look_up(token: str) -> Invitation:
    """The open invitation to claim of a mailed token. Raises InvitationUnusable for any that is not."""
    found = (
        open_ones()
        .filter(token_hash=digest(token), purpose__in=TO_CLAIM)
        .select_related("organization", "member", "account")
        .first()
    )
    if found is None:
        raise InvitationUnusable
    return found


def spend_try(token: str) -> Invitation:
    """Take one try from an open invitation, for good: committed whatever comes after.

    One conditional UPDATE, so that however many ask at once, five tries are five. Raises InvitationUnusable.
    """
    with transaction.atomic(durable=True):
        of_token = open_ones().filter(token_hash=digest(token), purpose__in=TO_CLAIM)
        if not of_token.update(tries_left=F("tries_left") - 1):
            raise InvitationUnusable
    return Invitation.objects.select_related("organization", "member", "account").get(
        token_hash=digest(token)
    )


def open_ones() -> QuerySet[Invitation]:
    """Invitations that can still be used."""
    return Invitation.objects.filter(
        used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now(), tries_left__gt=0
    )


def new_token() -> str:
    """The secret of a mailed link; only its ``digest`` is stored."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _invite(by: Actor, organization: Organization, account: Account, member: Member) -> Invitation:
    """Make the row and say so. The account's row is locked, so the earlier link is revoked once."""
    now = timezone.now()
    earlier = Invitation.objects.filter(member=member, purpose__in=TO_CLAIM, used_at__isnull=True)
    earlier.filter(revoked_at__isnull=True).update(revoked_at=now)
    has_login = User.objects.filter(email=member.email.lower()).exists()
    token = new_token()
    invitation = Invitation.objects.create(
        token_hash=digest(token),
        purpose=InvitationPurpose.CONNECT if has_login else InvitationPurpose.CLAIM,
        organization=organization,
        account=account,
        member=member,
        email=member.email.lower(),
        tries_left=TRIES,
        expires_at=now + LIFETIME,
    )
    audit.record(
        by=by, action="accounts.invited", target=invitation, organization=organization, members=[member]
    )
    emit(Invited(invitation=invitation, token=token, by=by))
    return invitation
