"""Moving a member from one account to another: the row itself (RULES 4.3).

Who may ask for it, and who is asked first, is ``relationships.operations.moving``; what other apps keep of
the person follows by MemberMoved.
"""

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.errors import LastOwner, NotAllowed
from accounts.events import MemberMoved, MemberMoving, emit
from accounts.guards import Act, refuse_if
from accounts.models import Account, AccountOwner, Invitation, Member, Organization
from accounts.people import PersonFields, family_name_of
from accounts.transactions import operation


@operation
def move_member(*, by: Actor, member: Member, to_account: Account, as_owner: bool = False) -> Member:
    """Put ``member`` into ``to_account``, and return them. Emits MemberMoving, then MemberMoved.

    An owner owns the account they leave no longer. Invitations into it end. Locks both accounts in ascending
    id, then the member. Raises NotAllowed for an account or a person that is erased, LastOwner for the last
    owner who could log in to an account that a family runs, or what a guard says of the person and each of
    those they come to (RULES 2.1).
    """
    from_account = member.account
    emit(MemberMoving(member=member, from_account=from_account, by=by))
    locked = _lock(from_account, to_account)
    current = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if current.account_id != from_account.pk or current.erased_at is not None:
        raise NotAllowed
    for other in to_account.members.filter(erased_at__isnull=True):
        refuse_if(act=Act.MOVE, subjects=[current, other], organization=None, by=by)
    was_owner = _end_ownership(locked[from_account.pk], current)
    now = timezone.now()
    open_ones = Invitation.objects.filter(member=current, used_at__isnull=True, revoked_at__isnull=True)
    open_ones.update(revoked_at=now)
    current.account = locked[to_account.pk]
    current.save(update_fields=["account"])
    if as_owner:
        AccountOwner.objects.create(account=to_account, member=current)
    audit.record(
        by=by,
        action="accounts.member_moved",
        target=current,
        members=[current],
        changes={"from": from_account.pk, "to": to_account.pk, "was_owner": was_owner},
    )
    emit(
        MemberMoved(
            member=current,
            from_account=locked[from_account.pk],
            to_account=locked[to_account.pk],
            was_owner=was_owner,
            at=now,
            by=by,
        )
    )
    return current


@operation
def move_to_own_account(*, by: Actor, member: Member, kept_by: Organization | None = None) -> Member:
    """Put ``member`` into a new account that they own, and return them. As ``move_member``.

    It buys at once where their login's e-mail is confirmed. ``kept_by`` is the organisation whose staff run
    it for somebody without a login (RULES 1.3).
    """
    confirmed = EmailAddress.objects.filter(user=member.user, user__isnull=False, verified=True).exists()
    own = Account.objects.create(
        name=family_name_of(PersonFields.of(member)),
        country=member.account.country,
        kept_by=kept_by,
        confirmed_at=timezone.now() if confirmed else None,
    )
    return move_member(by=by, member=member, to_account=own, as_owner=True)


def _lock(*accounts: Account) -> dict[int, Account]:
    """The accounts by id, locked. Raises NotAllowed where one is erased."""
    rows = Account.objects.select_for_update().filter(pk__in=[account.pk for account in accounts])
    locked = {account.pk: account for account in rows.order_by("pk")}
    if len(locked) != len(accounts) or any(account.erased_at for account in locked.values()):
        raise NotAllowed
    return locked


def _end_ownership(account: Account, member: Member) -> bool:
    """Whether ``member`` owned the account until now. Somebody who can log in still does, or staff keep it."""
    owned = AccountOwner.objects.filter(account=account, member=member).first()
    if owned is None:
        return False
    others = account.ownerships.exclude(pk=owned.pk).filter(member__user__isnull=False)
    if account.kept_by_id is None and not others.exists():
        raise LastOwner
    owned.delete()
    return True
