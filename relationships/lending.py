"""What a manager lends: their card, their passes, the desk's use of their card (RULES 2.4). Asked here alone.

A loan counts while its link counts at the organisation today, no mark stands between the two, and both are
there. Who came of age since the link was made is lent nothing by it (RULES 2.9): the manager lends anew. How
much a loan has left is billing's to say (``billing.lending``); what later parts must ask stands in docs/rules.md.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.calendars import local_day, today_in
from accounts.models import AccountOwner, Member, Organization
from accounts.registries import Registry
from clients.models import Client
from relationships import authority
from relationships.models import LENT_FLAGS, ManagerLink, NoContact

PAY, USE_PASSES, CHARGE = LENT_FLAGS


@dataclass(frozen=True, kw_only=True)
class LoanPart:
    """What a higher app says of a loan, on the link's page, to who lends it: ``load(link)`` for its template."""

    key: str
    order: int
    load: Callable[[ManagerLink], dict[str, Any]]
    template: str


loan_parts: Registry[LoanPart] = Registry("parts of a loan")


def parts_of(link: ManagerLink) -> list[tuple[str, dict[str, Any]]]:
    """What higher apps say of the loan, each a template with its data; for who lends alone (RULES 2.10)."""
    if not link.dependent_may_pay:
        return []
    return [(part.template, part.load(link)) for part in loan_parts]


def loans_to(dependent: Member, organization: Organization, flag: str = PAY) -> list[ManagerLink]:
    """The links by which somebody lends ``flag`` to ``dependent`` here today, the oldest first. Two queries."""
    return _counting(_in_force(organization, flag).filter(dependent=dependent), organization)


def locked_loan(link: ManagerLink, organization: Organization, flag: str = PAY) -> ManagerLink | None:
    """The link, locked until the transaction ends, where it lends ``flag`` here today; else None."""
    rows = _in_force(organization, flag).filter(pk=link.pk).select_for_update(of=("self",))
    return next(iter(_counting(rows, organization)), None)


def may_use_passes(dependent: Member, organization: Organization) -> list[ManagerLink]:
    """Whose passes ``dependent`` may use here today (C07): what booking with a pass asks."""
    return loans_to(dependent, organization, USE_PASSES)


def chargeable(dependents: Collection[Member], organization: Organization) -> Mapping[int, frozenset[int]]:
    """By dependent: whose cards the desk may use for them here today (P04).

    Their own, those of the owners of their account, and of whoever lends ``staff_may_charge``; never of
    somebody from whom a mark keeps them.
    """
    rows = _in_force(organization, CHARGE).filter(dependent__in=dependents)
    lent = [(link.dependent_id, link.manager_id) for link in _counting(rows, organization)]
    owners: dict[int, set[int]] = {}
    accounts = {member.account_id for member in dependents}
    for account, owner in AccountOwner.objects.filter(account__in=accounts).values_list("account", "member"):
        owners.setdefault(account, set()).add(owner)
    apart = _apart(dependents, organization)
    return {
        member.pk: frozenset(
            {member.pk}
            | {pk for pk in owners.get(member.account_id, ()) if (member.pk, pk) not in apart}
            | {manager for dependent, manager in lent if dependent == member.pk}
        )
        for member in dependents
    }


def _in_force(organization: Organization, flag: str) -> QuerySet[ManagerLink]:
    """Links that count at the organisation today and lend ``flag``, without any between people kept apart."""
    today = today_in(organization.time_zone)
    marks = NoContact.objects.active().filter(organization=organization)
    either_way = Q(barred=OuterRef("manager"), protected=OuterRef("dependent")) | Q(
        barred=OuterRef("dependent"), protected=OuterRef("manager")
    )
    return (
        ManagerLink.objects.filter(
            Q(organization__isnull=True) | Q(organization=organization),
            Q(ends_on__isnull=True) | Q(ends_on__gt=today),
            ~Exists(marks.filter(either_way)),
            starts_on__lte=today,
            ended_at__isnull=True,
            manager__erased_at__isnull=True,
            dependent__erased_at__isnull=True,
            **{flag: True},
        )
        .select_related("manager__account", "dependent__account")
        .order_by("pk")
    )


def _counting(links: QuerySet[ManagerLink], organization: Organization) -> list[ManagerLink]:
    """Without those made to somebody who has come of age here since."""
    found = list(links)
    if not found:
        return []
    copies = dict(
        Client.objects.filter(
            organization=organization, member__in={link.dependent_id for link in found}
        ).values_list("member", "born_on")
    )
    return [link for link in found if not _grew_up(link, organization, copies)]


def _grew_up(link: ManagerLink, organization: Organization, copies: Mapping[int, Any]) -> bool:
    born_on = copies.get(link.dependent_id) or link.dependent.born_on
    if born_on is None:
        return False
    made_on = local_day(link.created_at, organization.time_zone)
    was_adult = born_on <= authority.adult_if_born_by(organization, made_on)
    return not was_adult and born_on <= authority.adult_if_born_by(organization)


def _apart(dependents: Collection[Member], organization: Organization) -> set[tuple[int, int]]:
    """Pairs between whom a mark stands here, either way round."""
    ids = [member.pk for member in dependents]
    either = Q(barred__in=ids) | Q(protected__in=ids)
    marks = NoContact.objects.active().filter(either, organization=organization)
    pairs = marks.values_list("barred", "protected")
    return {pair for barred, protected in pairs for pair in ((barred, protected), (protected, barred))}
