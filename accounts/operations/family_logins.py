"""A login for somebody of a family: inviting to it, opening it, taking it away (D02, P06).

Who may do so for whom is ``relationships.operations.logins``; here is what is done.
"""

from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, sessions
from accounts.actors import Actor
from accounts.emails import check_address
from accounts.enums import InvitationPurpose
from accounts.errors import EmailTaken, HasLogin, InvitationUnusable, NotAllowed
from accounts.events import LoginInvited, LoginOpened, LoginTakenAway, emit
from accounts.models import Account, Invitation, Member, User
from accounts.operations import families, invitations
from accounts.operations.invitations import MailJustSent
from accounts.operations.logins import new_login
from accounts.people import PersonFields
from accounts.transactions import operation

LIFETIME = timedelta(days=7)
MAILS_OF_AN_ACCOUNT_A_DAY = 30


@operation
def invite(*, by: Actor, member: Member, email: str) -> Invitation:
    """Mail ``member`` the way to a login of their own, at ``email``; an earlier link dies.

    Whether the address has a login already changes the mail and nothing else (RULES 1.5). Locks the account.
    Emits LoginInvited, which carries the only copy of the token. Raises EmailUnusable, EmailTaken for the
    address of the one who asks, HasLogin, MailJustSent.
    """
    account = Account.objects.select_for_update().get(pk=member.account_id)
    member = _fresh(account, member)
    if member.user_id is not None:
        raise HasLogin
    address = check_address(email).address
    if by.user is not None and by.user.email == address:
        raise EmailTaken(_("This is the address of your own login. Theirs needs one of its own."))
    now = timezone.now()
    _refuse_floods(account, member, address)
    _open_ones(member).update(revoked_at=now)
    token = invitations.new_token()
    invitation = Invitation.objects.create(
        token_hash=invitations.digest(token),
        purpose=InvitationPurpose.LOGIN,
        account=account,
        member=member,
        email=address,
        expires_at=now + LIFETIME,
    )
    audit.record(by=by, action="accounts.login_invited", target=invitation, members=[member])
    holder = User.objects.filter(email=address).first()
    emit(LoginInvited(invitation=invitation, token=token, holder=holder, by=by))
    return invitation


@operation
def take_back(*, by: Actor, member: Member) -> bool:
    """End the open invitation of ``member`` to a login; whether there was one."""
    account = Account.objects.select_for_update().get(pk=member.account_id)
    ended = bool(_open_ones(_fresh(account, member)).update(revoked_at=timezone.now()))
    if ended:
        audit.record(by=by, action="accounts.login_invitation_taken_back", target=member, members=[member])
    return ended


def look_up(token: str) -> Invitation:
    """The open invitation to a login of a mailed token. Raises InvitationUnusable for any that is not."""
    found = (
        invitations.open_ones()
        .filter(token_hash=invitations.digest(token), purpose=InvitationPurpose.LOGIN)
        .select_related("member__account")
        .first()
    )
    if found is None or found.member.user_id is not None or found.member.account_id != found.account_id:
        raise InvitationUnusable
    return found


@operation
def open_login(*, by: Actor, token: str, password: str) -> Member:
    """Make the login of the invited member, whose e-mail the mailed link proves, and return the member.

    Of two at once the second finds the link used. Emits LoginOpened. Raises InvitationUnusable, EmailTaken
    where a login with this address was made meanwhile.
    """
    invitation, member = _take(token)
    user = new_login(invitation.email, password)
    return _link(replace(by, user=user), invitation, member, user)


@operation
def connect(*, by: Actor, token: str) -> Member:
    """Let the login that asks, whose address was invited, be the member's, and return the member.

    As ``open_login``. Raises NotAllowed to any other login, EmailTaken to one that has a family already.
    """
    invitation, member = _take(token)
    if by.user is None or by.user.email != invitation.email:
        raise NotAllowed
    if Member.objects.filter(user=by.user).exists():
        raise EmailTaken(
            _("Your login belongs to another family account. Ask for a mail to another address.")
        )
    return _link(by, invitation, member, by.user)


@operation
def take_away(*, by: Actor, member: Member) -> bool:
    """``member`` has no login any more, nor an invitation to one; whether there was a login.

    Their sessions end. A login that serves nothing else is deleted, so that its address is free; that of
    somebody who works at an organisation stays theirs for that. Locks the account. Emits LoginTakenAway.
    """
    account = Account.objects.select_for_update().get(pk=member.account_id)
    member = _fresh(account, member)
    _open_ones(member).update(revoked_at=timezone.now())
    user = member.user
    if user is None:
        return False
    member.user = None
    member.save(update_fields=["user"])
    sessions.end(user)
    is_kept = user.is_staff or user.is_superuser or user.staff.exists()
    audit.record(
        by=by,
        action="accounts.login_taken_away",
        target=member,
        members=[member],
        changes={"user": user.pk, "is_kept": is_kept},
    )
    emit(LoginTakenAway(member=member, email=user.email, language=user.language, by=by))
    if not is_kept:
        user.delete()
    return True


def _fresh(account: Account, member: Member) -> Member:
    """The member as they are now, still of this account. Raises NotAllowed."""
    current = (
        Member.objects.select_for_update(of=("self",)).select_related("account", "user").get(pk=member.pk)
    )
    if current.account_id != account.pk or current.erased_at is not None:
        raise NotAllowed
    return current


def _open_ones(member: Member) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        member=member, purpose=InvitationPurpose.LOGIN, used_at__isnull=True, revoked_at__isnull=True
    )


def _refuse_floods(account: Account, member: Member, address: str) -> None:
    """The form is no way to fill anybody's mailbox; a mistyped address can be mended at once."""
    now = timezone.now()
    recent = Invitation.objects.filter(
        account=account, purpose=InvitationPurpose.LOGIN, created_at__gt=now - timedelta(days=1)
    )
    of_member = recent.filter(member=member)
    just_now = of_member.filter(email=address, created_at__gt=now - invitations.BETWEEN_MAILS)
    if (
        just_now.exists()
        or of_member.count() >= invitations.MAILS_A_DAY
        or recent.count() >= MAILS_OF_AN_ACCOUNT_A_DAY
    ):
        raise MailJustSent


def _take(token: str) -> tuple[Invitation, Member]:
    """Lock account, member and invitation; of two at once the second finds the link used."""
    found = look_up(token)
    account = Account.objects.select_for_update().get(pk=found.account_id)
    try:
        member = _fresh(account, found.member)
    except NotAllowed as error:
        raise InvitationUnusable from error
    current = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if current.used_at is not None or current.revoked_at is not None or member.user_id is not None:
        raise InvitationUnusable
    return current, member


def _link(by: Actor, invitation: Invitation, member: Member, user: User) -> Member:
    """The login is the member's from here on; without a contact address, its address is that too."""
    by = replace(by, member=member)
    member.user = user
    member.save(update_fields=["user"])
    invitation.used_at = timezone.now()
    invitation.save(update_fields=["used_at"])
    audit.record(by=by, action="accounts.login_opened", target=member, members=[member])
    if not member.email:
        person = replace(PersonFields.of(member), email=user.email)
        member = families.change_member(by=by, member=member, person=person)
    emit(LoginOpened(member=member, by=by))
    return member
