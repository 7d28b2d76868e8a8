"""Who leaves: the people of one erasure, as every app is asked about them (RULES 4.4)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from accounts.models import Account, Member, PrivacyRequest, Staff, User


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Some members of an account, or with ``is_whole`` the account with all of them.

    Ids, since they stay when everything else is gone: with those whom staff had made and who are known to be
    the same people (``register_same``). ``users`` are their logins, ``asker`` the member who asks for it: None for an
    operator.
    """

    account: Account
    members: tuple[int, ...]
    users: tuple[int, ...]
    is_whole: bool
    asker: int | None = None

    @classmethod
    def of(
        cls, account: Account, members: Iterable[Member], *, is_whole: bool, asker: int | None
    ) -> "Leaving":
        """As they are now, before anything is erased."""
        people = list(members)
        users = tuple(member.user_id for member in people if member.user_id is not None)
        return cls(
            account=account,
            members=_with_the_same(tuple(member.pk for member in people)),
            users=users,
            is_whole=is_whole,
            asker=asker,
        )

    @classmethod
    def by(cls, request: PrivacyRequest) -> "Leaving":
        """Those of a request, at any stage of it."""
        if request.member_id is not None:
            members: tuple[int, ...] = (request.member_id,)
        else:
            everybody = Member.objects.filter(account=request.account_id).order_by("pk")
            members = tuple(everybody.values_list("pk", flat=True))
        return cls(
            account=request.account,
            members=_with_the_same(members),
            users=tuple(request.user_ids),
            is_whole=request.member_id is None,
            asker=request.requested_by_id,
        )

    @cached_property
    def kept_users(self) -> frozenset[int]:
        """Logins that stay: somebody works with them, for an organisation or as an operator, or began anew."""
        working = Staff.objects.filter(user__in=self.users, is_active=True).values_list("user_id", flat=True)
        operators = User.objects.filter(pk__in=self.users, is_superuser=True).values_list("pk", flat=True)
        anew = Member.objects.filter(user__in=self.users).exclude(pk__in=self.members)
        return frozenset({*working, *operators, *anew.values_list("user_id", flat=True)} - {None})

    @property
    def lost_users(self) -> frozenset[int]:
        """Logins that go."""
        return frozenset(self.users) - self.kept_users


def _recognised(members: Sequence[int]) -> Iterable[int]:
    """Whom staff had made, and a claim recognised as one of ``members`` (RULES 1.4)."""
    return Member.objects.filter(same_as__in=members).values_list("pk", flat=True)


type Same = Callable[[Sequence[int]], Iterable[int]]

_same: list[Same] = [_recognised]


def register_same(find: Same) -> None:
    """Erase those whom ``find`` names together with who it is asked about: they are the same people."""
    if find not in _same:
        _same.append(find)


def _with_the_same(members: tuple[int, ...]) -> tuple[int, ...]:
    """Whoever is known to be one of them is erased with them."""
    found, new = members, members
    while new:
        known = {pk for find in _same for pk in find(new)}
        new = tuple(sorted(known - set(found)))
        found = (*found, *new)
    return found
