"""Finding an account over all organisations, for operators: by code, number, name or e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from accounts.models import Account, AccountOwner, Member
from accounts.people import clean_text
from clients.models import Household

LONGEST_NUMBER = 18


@dataclass(frozen=True, kw_only=True)
class Found:
    """An account, who owns it, who is in it, and its number at each organisation."""

    code: str
    name: str
    owners: list[str]
    members: list[str]
    numbers: list[str]
    state: str


def accounts(text: str, *, limit: int) -> tuple[list[Found], bool]:
    """The accounts that ``text`` fits, newest last, and whether there are more than ``limit``.

    A code of an account or member, a number of a household or client, an e-mail address of a member or
    login, or words that each are part of a name. Five queries.
    """
    words = clean_text(text)
    if not words:
        return [], False
    rows = list(_fitting(words).select_related("kept_by").order_by("pk")[: limit + 1])
    return _found(rows[:limit]), len(rows) > limit


def _fitting(words: str) -> QuerySet[Account]:
    everybody, exact = (
        Account.objects.order_by().values("pk"),
        Q(code__iexact=words) | Q(members__code__iexact=words),
    )
    conditions = [exact]
    if "@" in words:
        conditions.append(Q(members__email__iexact=words) | Q(members__user__email__iexact=words))
    elif words.isdecimal() and len(words) <= LONGEST_NUMBER:
        conditions.append(Q(households__number=int(words)) | Q(members__clients__number=int(words)))
    else:
        conditions.append(Q(pk__in=_by_name(words.split())))
    first, *rest = (everybody.filter(condition) for condition in conditions)
    return Account.objects.filter(pk__in=first.union(*rest))


def _by_name(words: Sequence[str]) -> QuerySet[Any, Any]:
    """Every word is part of the account's name, or of one member's."""
    by_account, by_member = Account.objects.order_by(), Member.objects.order_by()
    for word in words[:6]:
        by_account = by_account.filter(name__icontains=word)
        by_member = by_member.filter(
            Q(given_name__icontains=word) | Q(family_name__icontains=word) | Q(preferred_name__icontains=word)
        )
    return by_account.values("pk").union(by_member.values("account"))


def _found(rows: Sequence[Account]) -> list[Found]:
    owners, members, numbers = _owners(rows), _members(rows), _numbers(rows)
    return [
        Found(
            code=account.code,
            name=account.name or "-",
            owners=owners.get(account.pk, []),
            members=members.get(account.pk, []),
            numbers=numbers.get(account.pk, []),
            state=_state(account),
        )
        for account in rows
    ]


def _owners(rows: Sequence[Account]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    owned = AccountOwner.objects.filter(account__in=rows).select_related("member").order_by("since", "pk")
    for each in owned:
        address = f" <{each.member.email}>" if each.member.email else ""
        found.setdefault(each.account_id, []).append(f"{each.member.full_name}{address}")
    return found


def _members(rows: Sequence[Account]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for member in Member.objects.filter(account__in=rows, erased_at__isnull=True).order_by("pk"):
        found.setdefault(member.account_id, []).append(f"{member.code} {member.full_name}")
    return found


def _numbers(rows: Sequence[Account]) -> dict[int, list[str]]:
    """riverside 12 (clients 20, 21), by account."""
    known = ArrayAgg("clients__number", filter=Q(clients__isnull=False), default=[])
    found: dict[int, list[str]] = {}
    homes: Any = (
        Household.objects.filter(account__in=rows).select_related("organization").annotate(known=known)
    )
    for home in homes.order_by("organization__slug", "pk"):
        people = f" (clients {', '.join(map(str, sorted(home.known)))})" if home.known else ""
        found.setdefault(home.account_id, []).append(f"{home.organization.slug} {home.number}{people}")
    return found


def _state(account: Account) -> str:
    if account.erased_at is not None:
        return "erased"
    if account.kept_by is not None:
        return f"kept by {account.kept_by.slug}"
    return "" if account.confirmed_at else "unconfirmed"
