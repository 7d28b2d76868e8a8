"""Who gives the people of an account a login of their own, and takes it away (D02, P06, RULES 2.2 to 2.4)."""

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.enums import InvitationPurpose
from accounts.errors import InvitationUnusable, NotAllowed
from accounts.models import Account, Invitation, Member
from accounts.operations import family_logins
from accounts.transactions import operation
from relationships import authority
from relationships.decisions import STRANGER
from relationships.enums import AccountPermission, FamilyPermission
from relationships.models import SELF_FLAGS
from relationships.operations import own_links


@operation
def invite(
    *, by: Actor, member: Member, email: str, may_book_self: bool = False, may_edit_self: bool = False
) -> Invitation:
    """An owner invites somebody of the account, of any age, to a login of their own.

    For a minor each owner gets a link to them, which holds what the owners allow (RULES 2.4): ``may_book_self``
    and ``may_edit_self``. Raises NotAllowed, and what ``accounts.operations.family_logins.invite`` raises.
    """
    account, member = _locked(by, member)
    invitation = family_logins.invite(by=by, member=member, email=email)
    if not authority.is_adult(member):
        for row in account.ownerships.select_related("member").order_by("id"):
            own_links.between(row.member, member, granted_by=by.member)
        _set_rights(by, account, member, {"may_book_self": may_book_self, "may_edit_self": may_edit_self})
    return invitation


@operation
def send_again(*, by: Actor, member: Member) -> Invitation:
    """A fresh link to the address that was invited last; the earlier one dies. Raises InvitationUnusable where

    nobody was invited, and otherwise as ``invite``.
    """
    _account, member = _locked(by, member)
    last = Invitation.objects.filter(member=member, purpose=InvitationPurpose.LOGIN).order_by("-id").first()
    if last is None:
        raise InvitationUnusable
    return family_logins.invite(by=by, member=member, email=last.email)


@operation
def take_back(*, by: Actor, member: Member) -> bool:
    """The link that was mailed works no longer; whether one did. Raises NotAllowed."""
    _account, member = _locked(by, member)
    return family_logins.take_back(by=by, member=member)


@operation
def take_away(*, by: Actor, member: Member) -> bool:
    """An owner ends the login of a minor of the account; whether there was one. Twice does no harm.

    What the owners allowed the minor to do alone ends with it. Raises NotAllowed: an adult's login is never
    taken away by another, and who has no birth date is not known to be a minor.
    """
    account, member = _locked(by, member)
    if member.born_on is None or authority.is_adult(member):
        raise NotAllowed(
            _("An adult’s login is theirs alone, and without a birth date nobody is known to be a minor.")
        )
    _set_rights(by, account, member, dict.fromkeys(SELF_FLAGS, False))
    return family_logins.take_away(by=by, member=member)


@operation
def set_self_rights(*, by: Actor, member: Member, may_book_self: bool, may_edit_self: bool) -> None:
    """What a minor may do alone (RULES 2.2). On is on the owner's own link; off is off on every owner's.

    Raises NotAllowed to anybody but an owner of the account, and for an adult, who decides alone.
    """
    account, member = _locked(by, member)
    if authority.is_adult(member):
        raise NotAllowed(_("An adult decides this alone."))
    _set_rights(by, account, member, {"may_book_self": may_book_self, "may_edit_self": may_edit_self})


def _locked(by: Actor, member: Member) -> tuple[Account, Member]:
    """The account, locked, and the member as they are now, whom ``by`` may decide for as an owner."""
    account = Account.objects.select_for_update().get(pk=member.account_id)
    member = Member.objects.select_related("account", "user").get(pk=member.pk)
    authority.may_run(by, AccountPermission.PEOPLE, account).or_refuse()
    if member.account_id != account.pk:
        raise NotAllowed(STRANGER)
    authority.may(by, FamilyPermission.VIEW, member).or_refuse()
    return account, member


def _set_rights(by: Actor, account: Account, member: Member, rights: dict[str, bool]) -> None:
    """Bring the owners' links to what is wished; nothing is written where nothing changes."""
    if by.member is None:
        raise NotAllowed
    if any(rights.values()):
        own_links.between(by.member, member, granted_by=by.member)
    changed: dict[str, bool] = {}
    for link in own_links.of_owners(account, member).order_by("id"):
        wished = {
            flag: on and (link.manager_id == by.member.pk or getattr(link, flag))
            for flag, on in rights.items()
        }
        news = {flag: on for flag, on in wished.items() if getattr(link, flag) != on}
        for flag, on in news.items():
            setattr(link, flag, on)
        if news:
            link.save(update_fields=list(news))
            changed |= news
    if changed:
        audit.record(
            by=by,
            action="relationships.self_rights_set",
            target=member,
            members=[by.member, member],
            changes=changed,
        )
