"""Inviting somebody to work at an organisation, by a mailed link that works once, for seven days."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Actor
from accounts.administration import begin, refuse_above
from accounts.errors import InvitationUnusable, NotAllowed, WorksHereAlready, WrongLogin
from accounts.events import StaffInvited, emit
from accounts.models import Organization, Role, Staff, StaffInvitation, User
from accounts.operations import staff as staffs
from accounts.operations.invitations import BETWEEN_MAILS, LIFETIME, MAILS_A_DAY, MailJustSent, digest
from accounts.operations.logins import new_login
from accounts.permissions import Permission
from accounts.staffing import permissions_in
from accounts.transactions import operation


@operation
def invite(
    *, by: Actor, organization: Organization, name: str, email: str, roles: Sequence[Role]
) -> StaffInvitation:
    """Add somebody to the staff and mail them the link that lets them in with these roles.

    Whether the address has a login changes the mail and nothing else (RULES 1.5). Emits StaffInvited, which
    carries the only copy of the token. Raises WorksHereAlready, AboveYou, NotAllowed.
    """
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    refuse_above(held, permissions_in(roles))
    _refuse_known(organization, email)
    staff = Staff.objects.create(organization=organization, name=name)
    staff.roles.set(staffs.own_roles(organization, roles))
    return _invite(by, staff, email)


@operation
def invite_again(*, by: Actor, staff: Staff, email: str) -> StaffInvitation:
    """Mail a fresh link to somebody without a login, to the same address or another; an earlier one dies.

    Raises WorksHereAlready, AboveYou, NotAllowed, MailJustSent.
    """
    organization = staff.organization
    held = begin(by=by, organization=organization, needs=Permission.STAFF_EDIT)
    current = organization.staff.get(pk=staff.pk)
    if current.user_id is not None:
        raise WorksHereAlready(_("%(name)s has a login here already.") % {"name": current.name})
    if not current.is_active:
        raise NotAllowed(_("Let %(name)s back in first.") % {"name": current.name})
    refuse_above(held, permissions_in(current.roles.all()))
    _refuse_known(organization, email, besides=current)
    _refuse_flood(current)
    staffs.end_invitations(current)
    return _invite(by, current, email)


@operation
def revoke(*, by: Actor, staff: Staff) -> None:
    """Take an invitation back: its link is dead. Who was invited stays on the list, without a login."""
    begin(by=by, organization=staff.organization, needs=Permission.STAFF_EDIT)
    if staffs.end_invitations(staff):
        audit.record(
            by=by,
            action="accounts.staff_invitation_revoked",
            target=staff,
            organization=staff.organization,
        )


def look_up(token: str) -> StaffInvitation:
    """The open invitation of a mailed token. Raises InvitationUnusable for any that is not."""
    found = open_ones().filter(token_hash=digest(token)).select_related("organization", "staff").first()
    if found is None:
        raise InvitationUnusable
    return found


def open_ones() -> QuerySet[StaffInvitation]:
    """Invitations that can still be followed."""
    return StaffInvitation.objects.filter(
        used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now()
    )


@operation
def accept_as_new(*, by: Actor, token: str, password: str) -> Staff:
    """Make a login of the address that was mailed, and let it in. The link proves the address.

    Raises InvitationUnusable, and EmailTaken where a login was made meanwhile.
    """
    invitation = _take(token)
    user = new_login(invitation.email, password)
    return _let_in(replace(by, user=user), invitation, user)


@operation
def accept(*, by: Actor, token: str) -> Staff:
    """Let the login that asks (``by.user``) in.

    It must be the one whose confirmed e-mail was mailed: a link that was passed on lets nobody else in.
    Raises InvitationUnusable, WrongLogin, WorksHereAlready.
    """
    invitation = _take(token)
    if by.user is None or not is_for(invitation, by.user):
        raise WrongLogin
    return _let_in(by, invitation, by.user)


def is_for(invitation: StaffInvitation, user: User) -> bool:
    """Whether the mail went to a confirmed address of this login."""
    addresses = EmailAddress.objects.filter(user=user, verified=True)
    return bool(addresses.filter(email__iexact=invitation.email).exists())


def has_login(email: str) -> bool:
    """Whether somebody logs in with this address. For the mail's reader and who holds its link only."""
    return User.objects.filter(email=email).exists() or (
        EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
    )


def _refuse_known(organization: Organization, email: str, besides: Staff | None = None) -> None:
    """Look among the organisation's own staff, and nowhere else (RULES 1.5)."""
    others = organization.staff.exclude(pk=besides.pk if besides else 0)
    verified = EmailAddress.objects.filter(email__iexact=email, verified=True).values("user")
    known = others.filter(Q(user__email=email) | Q(user__in=verified)).first()
    waiting = open_ones().filter(organization=organization, email=email, staff__in=others)
    invited = waiting.select_related("staff").first()
    if known is not None and not known.is_active:
        raise WorksHereAlready(
            _("%(name)s had this address here and is deactivated. Let them back in from the list.")
            % {"name": known.name}
        )
    if known is not None:
        raise WorksHereAlready(_("%(name)s works here with this address.") % {"name": known.name})
    if invited is not None:
        raise WorksHereAlready(
            _("%(name)s is invited at this address already. Send it again from the list.")
            % {"name": invited.staff.name}
        )


def _refuse_flood(staff: Staff) -> None:
    now = timezone.now()
    recent = StaffInvitation.objects.filter(staff=staff, created_at__gt=now - timedelta(days=1))
    if recent.count() >= MAILS_A_DAY or recent.filter(created_at__gt=now - BETWEEN_MAILS).exists():
        raise MailJustSent


def _invite(by: Actor, staff: Staff, email: str) -> StaffInvitation:
    token = secrets.token_urlsafe(32)
    invitation = StaffInvitation.objects.create(
        organization=staff.organization,
        staff=staff,
        token_hash=digest(token),
        email=email.lower(),
        expires_at=timezone.now() + LIFETIME,
    )
    audit.record(
        by=by,
        action="accounts.staff_invited",
        target=staff,
        organization=staff.organization,
        changes={"roles": sorted(role.key for role in staff.roles.all())},
    )
    emit(StaffInvited(invitation=invitation, token=token, by=by))
    return invitation


def _take(token: str) -> StaffInvitation:
    """Lock the organisation's staff, then look again: of two at once the second finds the link used."""
    found = look_up(token)
    Organization.objects.select_for_update(no_key=True).get(pk=found.organization_id)
    current = look_up(token)
    if not current.staff.is_active or current.staff.user_id is not None:
        raise InvitationUnusable
    return current


def _let_in(by: Actor, invitation: StaffInvitation, user: User) -> Staff:
    staff, organization = invitation.staff, invitation.organization
    if organization.staff.filter(user=user).exists():
        raise WorksHereAlready(_("Your login works here already."))
    staff.user = user
    staff.save(update_fields=["user"])
    invitation.used_at = timezone.now()
    invitation.save(update_fields=["used_at"])
    audit.record(by=by, action="accounts.staff_joined", target=staff, organization=organization)
    return staff
