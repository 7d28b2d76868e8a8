"""Another e-mail for one's login, confirmed at both addresses; nobody else can change it (A10)."""

from dataclasses import replace
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, sessions
from accounts.actors import Actor
from accounts.emails import check_address
from accounts.errors import EmailTaken, EmailUnusable, InvitationUnusable, NotAllowed
from accounts.events import EmailChangeAsked, EmailChanged, emit
from accounts.models import EmailChange, Member, User
from accounts.operations import families, invitations
from accounts.operations.invitations import MailJustSent
from accounts.people import PersonFields
from accounts.transactions import operation

LIFETIME = timedelta(days=3)
FACTOR_AGE = timedelta(days=7)
"""How long somebody must have had a passkey or an app before it stands in for the old mailbox: whoever stole a

password could add one, but the old mailbox is told of that at once.
"""
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@operation
def ask(*, by: Actor, email: str) -> EmailChange:
    """The login that asks wants ``email`` instead of its own; nothing changes before both addresses say yes.

    An earlier wish ends. Whether the new address has a login changes only the mail that goes there (RULES
    1.5). Emits EmailChangeAsked, which carries the only copies of the tokens. Raises EmailUnusable, MailJustSent.
    """
    user = _locked(by)
    address = check_address(email).address
    if address == user.email:
        raise EmailUnusable(_("This is your address already."))
    _refuse_floods(user, address)
    _open_ones().filter(user=user).update(ended_at=timezone.now())
    old_token, new_token = invitations.new_token(), invitations.new_token()
    change = EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=address,
        old_token_hash=invitations.digest(old_token),
        new_token_hash=invitations.digest(new_token),
        expires_at=timezone.now() + LIFETIME,
    )
    audit.record(by=by, action="accounts.email_change_asked", target=user, members=_members(user))
    _tell(by, change, old_token, new_token)
    return change


@operation
def send_again(*, by: Actor) -> EmailChange:
    """Fresh links to the addresses that have not confirmed; the earlier ones die. Raises InvitationUnusable where

    nothing waits, MailJustSent.
    """
    user = _locked(by)
    change = open_change(user)
    if change is None:
        raise InvitationUnusable
    _refuse_floods(user, change.new_email)
    old_token = "" if change.old_confirmed_at else invitations.new_token()
    new_token = "" if change.new_confirmed_at else invitations.new_token()
    fresh = EmailChange(
        user=user,
        old_email=change.old_email,
        new_email=change.new_email,
        old_token_hash=invitations.digest(old_token) if old_token else change.old_token_hash,
        new_token_hash=invitations.digest(new_token) if new_token else change.new_token_hash,
        old_confirmed_at=change.old_confirmed_at,
        new_confirmed_at=change.new_confirmed_at,
        is_by_factor=change.is_by_factor,
        expires_at=timezone.now() + LIFETIME,
    )
    change.ended_at = timezone.now()
    if not old_token:
        change.old_token_hash = invitations.digest(invitations.new_token())
    if not new_token:
        change.new_token_hash = invitations.digest(invitations.new_token())
    change.save(update_fields=["ended_at", "old_token_hash", "new_token_hash"])
    fresh.save()
    _tell(by, fresh, old_token, new_token)
    return fresh


@operation
def confirm(*, by: Actor, token: str, keep_session: str | None = None) -> EmailChange:
    """One of the two addresses says yes; the second yes changes the login. A yes twice is one.

    The login, its verified address and, where it was the same, the person's contact address change together;
    they are logged out everywhere but in ``keep_session``. Emits EmailChanged. Raises InvitationUnusable, and
    EmailTaken where another login has the address meanwhile.
    """
    change, user = _take(token)
    now = timezone.now()
    if invitations.digest(token) == change.old_token_hash:
        change.old_confirmed_at = change.old_confirmed_at or now
    else:
        change.new_confirmed_at = change.new_confirmed_at or now
    change.save(update_fields=["old_confirmed_at", "new_confirmed_at"])
    return _change_if_both(replace(by, user=user), change, user, keep_session)


@operation
def stand_in(*, by: Actor, authenticator_id: int, keep_session: str | None = None) -> EmailChange:
    """A passkey or app that was used just now says yes for the old mailbox, which cannot be opened.

    The caller has seen it used. Raises NotAllowed for one that is not the login's own, or is younger than a
    week; InvitationUnusable where nothing waits.
    """
    user = _locked(by)
    change = open_change(user)
    if change is None:
        raise InvitationUnusable
    if not old_factors(user).filter(pk=authenticator_id).exists():
        raise NotAllowed(
            _("Only a passkey or an app that you have had for a week can stand in for the mailbox.")
        )
    change.old_confirmed_at, change.is_by_factor = timezone.now(), True
    change.save(update_fields=["old_confirmed_at", "is_by_factor"])
    audit.record(by=by, action="accounts.email_change_by_factor", target=user, members=_members(user))
    return _change_if_both(by, change, user, keep_session)


@operation
def refuse(*, by: Actor, token: str) -> None:
    """Either address says no: nothing changes, and both links die. Raises InvitationUnusable."""
    change, user = _take(token)
    _end(replace(by, user=user), change, user)


@operation
def take_back(*, by: Actor) -> bool:
    """The login keeps its address; whether a change waited."""
    user = _locked(by)
    change = open_change(user)
    if change is not None:
        _end(by, change, user)
    return change is not None


def look_up(token: str) -> EmailChange:
    """The change that waits for one of its two addresses. Raises InvitationUnusable."""
    digest = invitations.digest(token)
    found = _open_ones().filter(
        Q(old_token_hash=digest) | Q(new_token_hash=digest), expires_at__gt=timezone.now()
    )
    change = found.select_related("user").first()
    if change is None:
        raise InvitationUnusable
    return change


def open_change(user: User) -> EmailChange | None:
    """What waits for the two addresses of ``user``, if anything does."""
    return _open_ones().filter(user=user, expires_at__gt=timezone.now()).first()


def old_factors(user: User) -> QuerySet[Authenticator]:
    """Passkeys and apps that the login has had long enough to stand in for its mailbox."""
    factors: QuerySet[Authenticator] = Authenticator.objects.filter(
        user_id=user.pk, type__in=FACTORS, created_at__lte=timezone.now() - FACTOR_AGE
    )
    return factors


def _locked(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed
    return User.objects.select_for_update().get(pk=by.user.pk)


def _take(token: str) -> tuple[EmailChange, User]:
    """The change and its login, locked, in that state still."""
    found = look_up(token)
    user = User.objects.select_for_update().get(pk=found.user_id)
    return look_up(token), user


def _open_ones() -> QuerySet[EmailChange]:
    return EmailChange.objects.filter(ended_at__isnull=True)


def _refuse_floods(user: User, address: str) -> None:
    now = timezone.now()
    recent = EmailChange.objects.filter(user=user, created_at__gt=now - timedelta(days=1))
    just_now = recent.filter(new_email=address, created_at__gt=now - invitations.BETWEEN_MAILS)
    if just_now.exists() or recent.count() >= invitations.MAILS_A_DAY:
        raise MailJustSent


def _tell(by: Actor, change: EmailChange, old_token: str, new_token: str) -> None:
    holder = User.objects.filter(email=change.new_email).first()
    emit(EmailChangeAsked(change=change, old_token=old_token, new_token=new_token, holder=holder, by=by))


def _end(by: Actor, change: EmailChange, user: User) -> None:
    change.ended_at = timezone.now()
    change.save(update_fields=["ended_at"])
    audit.record(by=by, action="accounts.email_change_ended", target=user, members=_members(user))


def _change_if_both(by: Actor, change: EmailChange, user: User, keep_session: str | None) -> EmailChange:
    if change.old_confirmed_at is None or change.new_confirmed_at is None:
        return change
    change.ended_at = timezone.now()
    change.save(update_fields=["ended_at"])
    user.email = change.new_email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise EmailTaken(
            _("This address has a login of its own meanwhile. Your login keeps its address.")
        ) from error
    EmailAddress.objects.filter(user_id=user.pk).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    member = Member.objects.filter(user=user).select_related("account").first()
    if member is not None and member.email.lower() == change.old_email:
        person = replace(PersonFields.of(member), email=user.email)
        member = families.change_member(by=replace(by, member=member), member=member, person=person)
    sessions.end(user, keep=keep_session)
    audit.record(by=by, action="accounts.email_changed", target=user, members=_members(user))
    emit(EmailChanged(user=user, member=member, old_email=change.old_email, new_email=user.email, by=by))
    return change


def _members(user: User) -> list[int]:
    return list(Member.objects.filter(user=user).values_list("pk", flat=True))
