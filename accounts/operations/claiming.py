"""Claiming: a family takes over the account that an organisation's staff made for it (RULES 1.4, A08)."""

from dataclasses import replace
from datetime import date
from hmac import compare_digest

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.actors import Actor
from accounts.errors import InvitationUnusable, NotAllowed, WrongSecret
from accounts.events import AccountClaimed, emit
from accounts.guards import Act, refuse_if
from accounts.models import Account, Invitation, Member, User
from accounts.operations import invitations, who_is_who
from accounts.operations.logins import new_login

type Secret = date | str


def claim(*, by: Actor, token: str, secret: Secret, password: str) -> Member:
    """Make the login of the invited member, who becomes the account's own keeper, and return the member.

    The mailed link proves the e-mail, so it is verified; ``secret``, the birth date or the desk's code, is
    the second thing. Each call uses up one of five tries, whatever comes of it. Emits AccountClaimed.
    Raises InvitationUnusable, WrongSecret, EmailTaken where a login was made meanwhile, or what a guard says.
    """
    invitation = _prove(token, secret)
    with transaction.atomic():
        invitation, member = _take(invitation)
        user = new_login(invitation.email, password)
        return _hand_over(replace(by, user=user), invitation, member, user)


def connect(*, by: Actor, token: str, secret: Secret) -> Member:
    """Give the invited member's account to the login that asks (``by.user``), and return the member.

    As ``claim``. Raises HasFamilyAlready where the login got an account of its own meanwhile.
    """
    user = by.user
    if user is None:
        raise NotAllowed
    invitation = _prove(token, secret)
    with transaction.atomic():
        invitation, member = _take(invitation)
        if who_is_who.family_of(by, invitation.organization) is not None:
            raise InvitationUnusable
        return _hand_over(by, invitation, member, user)


def prove(*, by: Actor, token: str, secret: Secret) -> Invitation:
    """Remember that the login that asks has the link and the second thing: now it may say who is who.

    Each call uses up a try, but where the login is in an account that somebody else runs. Raises
    HasFamilyAlready, InvitationUnusable, WrongSecret, or what a guard says before a name is shown.
    """
    user = by.user
    if user is None:
        raise NotAllowed
    me = who_is_who.family_of(by, invitations.look_up(token).organization)
    if me is None:
        raise NotAllowed
    invitation = _prove(token, secret)
    who_is_who.refuse_kept_apart(by, me, invitation)
    with transaction.atomic():
        invitation.proved_at, invitation.proved_by = timezone.now(), user
        invitation.save(update_fields=["proved_at", "proved_by"])
        audit.record(
            by=replace(by, member=me),
            action="accounts.claim_proved",
            target=invitation,
            organization=invitation.organization,
            members=[me, invitation.member_id],
        )
    return invitation


def _prove(token: str, secret: Secret) -> Invitation:
    """Use up one try and compare. The try is gone even if the answer was right and something else was not."""
    invitation = invitations.spend_try(token)
    if _matches(invitation, secret):
        return invitation
    if not invitation.tries_left:
        raise WrongSecret(_("This is not what we have, and that was the last try. Ask for a new mail."))
    raise WrongSecret(
        ngettext(
            "This is not what we have. You have %(left)s try left.",
            "This is not what we have. You have %(left)s tries left.",
            invitation.tries_left,
        )
        % {"left": invitation.tries_left}
    )


def _matches(invitation: Invitation, secret: Secret) -> bool:
    if isinstance(secret, date):
        return invitation.member.born_on is not None and secret == invitation.member.born_on
    return compare_digest(secret.strip().encode(), invitation.desk_code.encode())


def _take(invitation: Invitation) -> tuple[Invitation, Member]:
    """Lock account, member and invitation; of two at once the second finds the link used."""
    Account.objects.select_for_update().get(pk=invitation.account_id)
    member = (
        Member.objects.select_for_update(of=("self",)).select_related("account").get(pk=invitation.member_id)
    )
    current = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=invitation.pk)
    )
    is_over = current.used_at is not None or current.revoked_at is not None
    if is_over or member.user_id is not None or member.erased_at is not None:
        raise InvitationUnusable
    return current, member


def _hand_over(by: Actor, invitation: Invitation, member: Member, user: User) -> Member:
    """The account is the family's from here on."""
    account, organization = member.account, invitation.organization
    if organization is None:
        raise InvitationUnusable
    by = replace(by, member=member)
    refuse_if(act=Act.CLAIM, subjects=list(account.members.all()), organization=organization, by=by)
    now = timezone.now()
    member.user = user
    member.save(update_fields=["user"])
    account.kept_by, account.confirmed_at = None, account.confirmed_at or now
    account.save(update_fields=["kept_by", "confirmed_at"])
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    audit.record(
        by=by, action="accounts.claimed", target=account, organization=organization, members=[member]
    )
    emit(AccountClaimed(account=account, member=member, organization=organization, by=by))
    return member
