"""Links as the desk of one organisation sees them: between its own clients only (C01, RULES 1.5, 2.5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, Concat

from accounts.calendars import born_on_or_before, today_in
from accounts.permissions import Permission
from accounts.registries import Section
from clients.models import Client, Household
from relationships.models import MANAGER_FLAGS, ManagerLink

MOST = 5
MOST_ON_PAGE = 100
MOST_FOUND = 10


@dataclass(frozen=True, kw_only=True)
class DeskLink:
    """A link of a client. ``other`` is the client on its other side, by this organisation's own copy."""

    link: ManagerLink
    other_name: str
    other_number: int
    other_member_id: int
    is_manager: bool
    on: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Made by this organisation's staff: they may change it."""
        return self.link.organization_id is not None

    @property
    def pk(self) -> int:
        """The other member's, which decides the hue."""
        return self.other_member_id

    @property
    def initials(self) -> str:
        """For the avatar."""
        parts = self.other_name.split()
        return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def links_of(
    client: Client, today: date, most: int, kept_from: Collection[int] = ()
) -> tuple[list[DeskLink], int]:
    """The links that count here on ``today`` and join ``client`` with another client here, and how many there are.

    One statement. What a family has with people who are no clients here is none of the desk's business.
    """
    everybody: Any = _rows(client, today)
    rows = everybody.exclude(other_id__in=kept_from)[:most]
    found = [_desk_link(client, row) for row in rows]
    return found, (rows[0].total if found else 0)


def standing_links(organization_id: int, today: date) -> QuerySet[ManagerLink]:
    """Links that count at the organisation, or wait to: the family's own, and those made there."""
    return ManagerLink.objects.filter(
        Q(organization__isnull=True) | Q(organization=organization_id),
        Q(ends_on__isnull=True) | Q(ends_on__gt=today),
        Q(view=True) | ~Q(waiting=[]),
        ended_at__isnull=True,
    )


def _rows(client: Client, today: date) -> QuerySet[ManagerLink]:
    here = Client.objects.standing().filter(organization=client.organization_id, member=OuterRef("other_id"))
    return (
        standing_links(client.organization_id, today)
        .filter(Q(manager=client.member_id) | Q(dependent=client.member_id))
        .annotate(
            other_id=Case(When(manager=client.member_id, then=F("dependent_id")), default=F("manager_id"))
        )
        .filter(Exists(here))
        .annotate(
            other_number=Subquery(here.values("number")[:1]),
            other_given=Subquery(here.values("given_name")[:1]),
            other_family=Subquery(here.values("family_name")[:1]),
            total=Window(Count("pk")),
        )
        .order_by("pk")
    )


def _desk_link(client: Client, row: Any) -> DeskLink:
    return DeskLink(
        link=row,
        other_name=f"{row.other_given} {row.other_family}".strip(),
        other_number=row.other_number,
        other_member_id=row.other_id,
        is_manager=row.manager_id == client.member_id,
        on=tuple(flag for flag in MANAGER_FLAGS if getattr(row, flag)),
    )


def found(
    client: Client, query: str, picked: Collection[Client] = (), kept_from: Collection[int] = ()
) -> list[Client]:
    """The first few other clients of the same organisation that the words fit, by name: suggestions (P16).

    One query, through the index of the client list; at most ``MOST_FOUND`` rows whatever is typed.
    """
    if not query:
        return []
    rows = Client.objects.standing().filter(organization=client.organization_id).matching(query)
    rows = rows.exclude(pk__in=[client.pk, *(each.pk for each in picked)]).exclude(member__in=kept_from)
    return list(rows.select_related("household").by_name()[:MOST_FOUND])


def load(request: Any, client: Client) -> dict[str, Any]:
    """The section of a profile."""
    found, count = links_of(
        client, today_in(request.organization.time_zone), MOST, request.organization.kept_from
    )
    may_link = request.actor.has(Permission.LINKS_EDIT)
    may_manage = may_link and not is_minor(client)
    return {
        "rows": found,
        "count": count,
        "may_manage": may_manage,
        "may_sign_up": may_manage and request.actor.has(Permission.ACCOUNTS_CONTRIBUTE),
    }


def is_minor(client: Client) -> bool:
    """Known to be under age here: somebody acts for them, rather than they for others. Only for what is offered."""
    place = client.organization
    of_age = born_on_or_before(today_in(place.time_zone), place.age_of_majority)
    return client.born_on is not None and client.born_on > of_age


@dataclass(frozen=True, kw_only=True)
class HouseholdLink:
    """A link of somebody of a household: who acts for whom, by this organisation's own copies.

    ``number`` is the client's of the household, whose relationships tell more.
    """

    link: ManagerLink
    manager: str
    dependent: str
    number: int

    @property
    def pk(self) -> int:
        """The manager's, which decides the hue."""
        return self.link.manager_id


def load_household(request: Any, household: Household) -> dict[str, Any]:
    """The section of an account's page: links of its people with other clients here. One query."""
    place = request.organization
    people = Client.objects.filter(household=household).standing().values("member")
    links = standing_links(place.pk, today_in(place.time_zone))
    either = (
        links.filter(manager__in=people).values("pk").union(links.filter(dependent__in=people).values("pk"))
    )
    here = place.clients.standing()
    of_manager = here.filter(member=OuterRef("manager"))
    of_dependent = here.filter(member=OuterRef("dependent"))
    rows: Any = (
        ManagerLink.objects.filter(Exists(of_manager), Exists(of_dependent), pk__in=either)
        .annotate(
            manager_name=Subquery(of_manager.values(name=_name())[:1]),
            dependent_name=Subquery(of_dependent.values(name=_name())[:1]),
            mine=Coalesce(
                Subquery(of_manager.filter(household=household).values("number")[:1]),
                Subquery(of_dependent.filter(household=household).values("number")[:1]),
            ),
            total=Window(Count("pk")),
        )
        .order_by("pk")[:MOST]
    )
    found = list(rows)
    return {
        "rows": [
            HouseholdLink(
                link=row,
                manager=row.manager_name.strip(),
                dependent=row.dependent_name.strip(),
                number=row.mine,
            )
            for row in found
        ],
        "count": found[0].total if found else 0,
    }


def _name() -> Concat:
    return Concat("given_name", Value(" "), "family_name")


def household_section(title: Any) -> Section:
    """Relationships, on the page of an account."""
    return Section(
        key="relationships",
        order=20,
        title=title,
        template="relationships/staff/sections/household_links.html",
        load=load_household,
        permission=Permission.CLIENTS_READ,
    )


def section(title: Any) -> Section:
    """Relationships, on the profile of a client (C01)."""
    return Section(
        key="relationships",
        order=20,
        title=title,
        template="relationships/staff/sections/links.html",
        load=load,
        permission=Permission.CLIENTS_READ,
    )
