"""Who runs an account, and who could: what the family's own pages show of it (D06, RULES 2.3)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Account, AccountOwner, Member
from relationships import authority
from relationships.enums import AccountPermission
from relationships.family import Relative


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody who runs the account."""

    member: Member
    since: datetime
    is_self: bool


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody of the account who does not run it; ``why_not`` is empty for who could."""

    member: Member
    age: int | None
    why_not: str


def owners_of(account: Account, family: list[Relative], me: Member) -> list[Owner]:
    """The owners whom the reader may know of, oneself first, then by how long they are. One query."""
    known = {each.member.pk: each.member for each in family if each.is_own}
    rows = AccountOwner.objects.filter(account=account, member__in=known).order_by("since", "id")
    found = [
        Owner(member=known[row.member_id], since=row.since, is_self=row.member_id == me.pk) for row in rows
    ]
    return sorted(found, key=lambda owner: not owner.is_self)


def candidates(account: Account, family: list[Relative], today: date) -> list[Candidate]:
    """Everybody of the account who is no owner: adults first, the others with the reason."""
    of_age = authority.adult_if_born_by(None, today, account.country)
    found = [
        Candidate(member=each.member, age=each.age, why_not=_why_not(each.member, of_age))
        for each in family
        if each.is_own and not each.is_owner
    ]
    return sorted(found, key=lambda candidate: bool(candidate.why_not))


def minors(family: list[Relative], account: Account, today: date) -> list[Member]:
    """Who of the account is under age, or has no birth date."""
    of_age = authority.adult_if_born_by(None, today, account.country)
    return [each.member for each in family if each.is_own and _why_not(each.member, of_age)]


def runs(actor: Actor, account: Account) -> bool:
    """Whether the reader is an owner of ``account``."""
    return bool(authority.may_run(actor, AccountPermission.OWNERS, account))


def _why_not(member: Member, of_age: date) -> str:
    if member.born_on is None:
        return _("Only adults can be owners, and the birth date is missing.")
    return "" if member.born_on <= of_age else _("Only adults can be owners.")
