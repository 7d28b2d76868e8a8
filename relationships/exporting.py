"""Who may have a copy of what is held of whom, and what goes into it (B13, RULES 2.3, 2.10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.actors import Actor
from accounts.enums import ActorKind, PrivacyKind, PrivacyState
from accounts.errors import NotAllowed
from accounts.exporting import Scope
from accounts.guards import Act, refuse_if
from accounts.models import Account, Member, PrivacyRequest
from relationships import authority
from relationships.enums import AccountPermission
from relationships.errors import BeingErased
from relationships.knowing import Known, known_to


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a copy may be of: a member, or without one the whole account."""

    account: Account
    member: Member | None

    @property
    def code(self) -> str:
        """What a form calls it."""
        return self.member.code if self.member else ""


def subjects(by: Actor) -> list[Subject]:
    """Whom the actor's member may have a copy of: the account they own, themselves, then others by name."""
    me = by.member
    if me is None:
        return []
    everybody = authority.in_full(by).order_by("given_name", "pk")
    members = sorted(everybody, key=lambda member: member.pk != me.pk)
    found = [Subject(account=me.account, member=member) for member in members]
    if authority.may_run(by, AccountPermission.PRIVACY, me.account):
        found.insert(0, Subject(account=me.account, member=None))
    return found


def scope_of(by: Actor, account: Account, member: Member | None) -> Scope:
    """What a copy for ``by.member`` holds: of the account they own, or of ``member`` whom they decide about.

    Raises NotAllowed, KeptApart under no-contact, and BeingErased.
    """
    if by.member is None or by.member.account_id != account.pk:
        raise NotAllowed
    if member is None:
        authority.may_run(by, AccountPermission.PRIVACY, account).or_refuse()
    known = known_to(by)
    if member is not None and member.pk not in known.whole:
        raise NotAllowed
    scope = _scope(known, account, member)
    _refuse_if_apart(by, scope.whole)
    _refuse_if_going(account, member)
    return scope


def overview(by: Actor) -> Scope:
    """What the page "Your data" counts: everything that the reader could have a copy of."""
    known = known_to(by)
    me = known.me
    return _scope(known, me.account, None if known.is_owner else me)


def reader_of(request: PrivacyRequest) -> Actor:
    """The person whom an export is made for, acting again. Raises NotAllowed where they are gone."""
    reader = request.requested_by
    if reader is None or reader.erased_at is not None:
        raise NotAllowed
    return Actor(kind=ActorKind.PERSON, user=reader.user, member=reader)


def _scope(known: Known, account: Account, member: Member | None) -> Scope:
    whole = known.whole if member is None else frozenset({member.pk})
    names = dict(known.names)
    names.setdefault(known.me.pk, known.me.full_name)
    twins = dict(Member.objects.filter(same_as__in=whole).values_list("pk", "same_as"))  # RULES 1.4
    names |= {twin: names[known_as] for twin, known_as in twins.items() if known_as in names}
    return Scope(
        reader=known.me,
        account=account,
        member=member,
        whole=whole.union(twins),
        twins=frozenset(twins),
        named=known.named if member is None else frozenset(),
        barred=known.barred,
        names=names,
        kin=known.kin,
        runs_account=known.is_owner,
    )


def _refuse_if_apart(by: Actor, whole: frozenset[int]) -> None:
    """Ask the guards, of everybody whose everything goes in."""
    people: Sequence[Member] = list(Member.objects.filter(pk__in=whole))
    refuse_if(act=Act.EXPORT, subjects=people, organization=None, by=by)


def _refuse_if_going(account: Account, member: Member | None) -> None:
    """An erasure that has begun takes away row by row what would be copied."""
    of_either = Q(member__isnull=True) | Q(member=member) if member is not None else Q(member__isnull=True)
    going = PrivacyRequest.objects.filter(
        of_either, account=account, kind=PrivacyKind.ERASE, state=PrivacyState.RUNNING
    )
    if account.erased_at is not None or going.exists():
        raise BeingErased
