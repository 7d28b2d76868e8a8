"""Moving a member to another account: a child moves house, an adult leaves (RULES 4.3)."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import Account, Member, Organization
from accounts.operations import moving
from accounts.transactions import operation
from relationships import authority
from relationships.errors import CannotMove
from relationships.operations import keeping as kept_links


@operation
def move_out(
    *,
    by: Actor,
    member: Member,
    keep_acting_for: Collection[Member] | None = None,
    is_legal_guardian: bool = False,
) -> Member:
    """An adult with a login leaves for a new account of their own, and is returned in it.

    Nobody is asked: an adult decides alone, and the owners are told. An owner keeps a link with what they had
    to each minor of ``keep_acting_for`` (all of them, unless told), and to sign where they declare to be a
    legal guardian. Emits MemberMoved. Raises NotAllowed to anybody but the person and jobs, CannotMove where
    they are no adult with a login or have the account to themselves, LastOwner, KeptApart.
    """
    if by.kind not in (ActorKind.JOB, ActorKind.COMMAND) and by.member != member:
        raise NotAllowed
    member = Member.objects.select_related("account", "user").get(pk=member.pk)
    if member.user is None or not is_grown(member):
        raise CannotMove(_("Only an adult with a login leaves for an account of their own."))
    others = member.account.members.filter(erased_at__isnull=True).exclude(pk=member.pk)
    if not others.exists():
        raise CannotMove(_("You have this account to yourself already."))
    left = member.account
    wanted = None if keep_acting_for is None else {each.pk for each in keep_acting_for}
    was_owner = left.ownerships.filter(member=member).exists()
    moved = moving.move_to_own_account(by=by, member=member)
    if was_owner:
        kept_links.keep_links(
            by=by, manager=moved, account=left, wanted=wanted, is_legal_guardian=is_legal_guardian
        )
    return moved


@operation
def move(*, by: Actor, member: Member, to_account: Account, keeping: Mapping[int, bool]) -> Member:
    """Put ``member`` into ``to_account``, for operations that have asked who must agree; return them.

    ``keeping`` has the id of each owner of the account they leave who keeps a link to a minor with what they
    had, and whether they declare to be a legal guardian, and so go on signing. An owner who moves has a link
    to each minor who stays, under their own id. Emits MemberMoved. Raises NotAllowed, LastOwner, KeptApart.
    """
    left, owners = member.account, _owners(member.account)
    moved = moving.move_member(by=by, member=member, to_account=to_account)
    _keep(by, moved, left, owners, keeping)
    return moved


@operation
def move_apart(*, by: Actor, member: Member, kept_by: Organization, keeping: Mapping[int, bool]) -> Member:
    """Put ``member``, who has no login, into a new account of their own that ``kept_by`` runs; return them.

    ``keeping`` and errors as of ``move``.
    """
    left, owners = member.account, _owners(member.account)
    moved = moving.move_to_own_account(by=by, member=member, kept_by=kept_by)
    _keep(by, moved, left, owners, keeping)
    return moved


def _owners(account: Account) -> list[Member]:
    return list(Member.objects.filter(ownership__account=account, erased_at__isnull=True).order_by("pk"))


def _keep(by: Actor, moved: Member, left: Account, owners: list[Member], keeping: Mapping[int, bool]) -> None:
    """The links of those who owned the account that was left."""
    for owner in owners:
        if owner.pk not in keeping:
            continue
        is_guardian = keeping[owner.pk]
        if owner.pk == moved.pk:
            kept_links.keep_links(by=by, manager=moved, account=left, is_legal_guardian=is_guardian)
        else:
            kept_links.keep_link(by=by, manager=owner, dependent=moved, is_legal_guardian=is_guardian)


def is_grown(member: Member) -> bool:
    """Of age in the account's country; an owner without a birth date counts as an adult (RULES 2.8)."""
    if member.born_on is None:
        return hasattr(member, "ownership")
    return authority.is_adult(member)
