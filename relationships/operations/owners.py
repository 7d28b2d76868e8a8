"""Who runs an account: several owners, and never none (D06, RULES 2.3)."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.errors import LastOwner, NotAllowed
from accounts.events import OwnerMade, OwnerSteppedDown, emit
from accounts.models import Account, AccountOwner, Member
from accounts.transactions import operation
from relationships import authority
from relationships.decisions import STRANGER
from relationships.enums import AccountPermission
from relationships.errors import NotOfAge
from relationships.operations import keeping


@operation
def make_owner(*, by: Actor, member: Member) -> None:
    """``member`` runs their account from now on, with or without a login. Twice does no harm.

    Takes the account's row lock. Emits OwnerMade. Raises NotAllowed to anybody but an owner, NotOfAge below the
    age of majority of the account's country, or without a birth date (RULES 2.8).
    """
    account = Account.objects.select_for_update().get(pk=member.account_id)
    member = Member.objects.select_related("account", "user").get(pk=member.pk)
    authority.may_run(by, AccountPermission.OWNERS, account).or_refuse()
    if member.account_id != account.pk or member.erased_at or authority.barred_from(by, [member]):
        raise NotAllowed(STRANGER)
    _refuse_minors(member)
    _row, is_new = AccountOwner.objects.get_or_create(account=account, member=member)
    if not is_new:
        return
    audit.record(by=by, action="relationships.owner_made", target=account, members=[member])
    emit(OwnerMade(account=account, member=member, by=by))


@operation
def step_down(
    *, by: Actor, account: Account, keep_acting_for: Collection[Member] = (), is_legal_guardian: bool = False
) -> None:
    """The actor's member runs ``account`` no longer. Nobody else can do this to them. Twice does no harm.

    For each minor of ``keep_acting_for`` they keep a link with what they had; to sign goes with it where they
    declare to be a legal guardian. Takes the account's row lock. Emits OwnerSteppedDown. Raises LastOwner where
    no other owner could log in, NotAllowed to somebody of another account.
    """
    me = by.member
    if me is None or me.account_id != account.pk:
        raise NotAllowed
    account = Account.objects.select_for_update().get(pk=account.pk)
    owners = {row.member_id: row for row in account.ownerships.select_related("member")}
    mine = owners.pop(me.pk, None)
    if mine is None:
        return
    _refuse_last(list(owners.values()))
    keeping.keep_links(
        by=by,
        manager=me,
        account=account,
        wanted={each.pk for each in keep_acting_for},
        is_legal_guardian=is_legal_guardian,
    )
    mine.delete()
    audit.record(by=by, action="relationships.owner_stepped_down", target=account, members=[me])
    emit(OwnerSteppedDown(account=account, member=me, by=by))


def _refuse_minors(member: Member) -> None:
    if member.born_on is None:
        raise NotOfAge(_("Only an adult can be an owner. Add the birth date first."))
    if not authority.is_adult(member):
        raise NotOfAge


def _refuse_last(others: list[AccountOwner]) -> None:
    if not others:
        raise LastOwner
    if all(row.member.user_id is None for row in others):
        raise LastOwner(
            _(
                "No other owner has a login, so nobody could run the account. Invite one of them to a login first."
            )
        )
