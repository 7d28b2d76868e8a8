"""The list of accounts: what it can be narrowed to, and what a line says (A01, A04, D09)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, Trim
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Account, AccountOwner, Organization
from accounts.people import clean_text
from clients.households import open_invitations
from clients.models import Client, Household
from clients.querysets import HouseholdQuerySet
from clients.sections import Cell, HouseholdColumn, HouseholdFilter, household_columns, household_filters

HIDDEN, ALL = "hidden", "all"
SHOWN = (("", _("Shown")), (HIDDEN, _("Hidden")), (ALL, _("Shown and hidden")))
"""Accounts without activity are hidden (D09)."""
STAFF, FAMILY, WAITING = "staff", "family", "waiting"
RUN_BY = (
    ("", _("Run by anybody")),
    (STAFF, _("Run by staff")),
    (FAMILY, _("Run by the family")),
    (WAITING, _("Not activated yet")),
)
LONGEST_SEARCH = 100


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader asked for; anything that is not on offer is as if it had not been asked."""

    query: str = ""
    show: str = ""
    run: str = ""
    ticks: frozenset[str] = frozenset()

    @property
    def kept(self) -> dict[str, str]:
        """The parameters that links to other pages of the list carry on."""
        chosen = {"q": self.query, "show": self.show, "run": self.run} | dict.fromkeys(
            sorted(self.ticks), "1"
        )
        return {name: value for name, value in chosen.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the search was chosen."""
        return bool(self.show or self.run or self.ticks)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the list."""

    household: Any
    owners: str
    people: int
    is_kept: bool
    is_confirmed: bool
    invited_until: datetime | None
    cells: list[tuple[HouseholdColumn, Cell]]


def choice_of(parameters: QueryDict, actor: Actor) -> Choice:
    """Read the address; nothing that stands in it can do harm."""
    show, run = parameters.get("show", ""), parameters.get("run", "")
    return Choice(
        query=clean_text(parameters.get("q", "")[:LONGEST_SEARCH]),
        show=show if show in dict(SHOWN) else "",
        run=run if run in dict(RUN_BY) else "",
        ticks=frozenset(each.key for each in filters_for(actor) if parameters.get(each.key) == "1"),
    )


def filters_for(actor: Actor) -> list[HouseholdFilter]:
    """The tick-boxes that this actor may use."""
    return [each for each in household_filters if actor.has(each.permission)]


def columns_for(actor: Actor) -> list[HouseholdColumn]:
    """The columns of higher apps that this actor may see."""
    return [each for each in household_columns if actor.has(each.permission)]


def narrowed(organization: Organization, choice: Choice) -> HouseholdQuerySet:
    """The households of ``organization`` that ``choice`` asks for."""
    households: HouseholdQuerySet = organization.households.all()
    by_activity: dict[str, Callable[[], HouseholdQuerySet]] = {
        "": households.shown,
        HIDDEN: households.hidden,
        ALL: households.standing,
    }
    rows = _run_by(by_activity[choice.show](), organization, choice.run)
    for each in household_filters:
        if each.key in choice.ticks:
            rows = each.narrow(rows)
    return rows.matching(choice.query)


def with_people(organization: Organization) -> Callable[[QuerySet[Household]], QuerySet[Household]]:
    """Adds to each household its owners' names, how many people it has here, and its open invitation."""
    clients = Client.objects.filter(household=OuterRef("pk")).standing().order_by().values("household")
    owners = _owners(organization)
    newest = open_invitations(organization).filter(account=OuterRef("account")).order_by("-pk")

    def add(rows: QuerySet[Household]) -> QuerySet[Household]:
        return rows.select_related("account").annotate(
            owner_names=ArraySubquery(owners.order_by("since", "pk").values("name")),
            client_count=Subquery(clients.annotate(total=Count("pk")).values("total")),
            owners_only=Subquery(
                owners.filter(here__isnull=True)
                .order_by()
                .values("account")
                .annotate(total=Count("pk"))
                .values("total")
            ),
            invited_until=Subquery(newest.values("expires_at")[:1]),
        )

    return add


def lines(
    organization: Organization, households: Sequence[Any], columns: Sequence[HouseholdColumn]
) -> list[Line]:
    """The rows of a page, in one query for each column of a higher app."""
    loaded = [(column, column.load(organization, households)) for column in columns] if households else []
    return [
        Line(
            household=household,
            owners=", ".join(household.owner_names),
            people=(household.client_count or 0) + (household.owners_only or 0),
            is_kept=household.account.kept_by_id == organization.pk,
            is_confirmed=household.account.confirmed_at is not None,
            invited_until=household.invited_until,
            cells=[(column, cells.get(household.pk, NOTHING)) for column, cells in loaded],
        )
        for household in households
    ]


NOTHING = Cell("")


def _run_by(rows: HouseholdQuerySet, organization: Organization, run: str) -> HouseholdQuerySet:
    if run == STAFF:
        return rows.filter(account__kept_by=organization)
    if run == FAMILY:
        return rows.filter(account__kept_by__isnull=True)
    if run == WAITING:
        invited = open_invitations(organization).filter(account__kept_by=organization).values("account")
        unconfirmed = Account.objects.filter(confirmed_at__isnull=True, kept_by__isnull=True).values("pk")
        return rows.filter(account__in=invited.union(unconfirmed))
    return rows


def _owners(organization: Organization) -> Any:
    """Of an outer household: its owners, by their names here, else their own."""
    return (
        AccountOwner.objects.filter(account=OuterRef("account"), member__erased_at__isnull=True)
        .annotate(
            here=FilteredRelation("member__clients", condition=Q(member__clients__organization=organization))
        )
        .annotate(
            name=Trim(
                Concat(
                    Coalesce(F("here__given_name"), F("member__given_name")),
                    Value(" "),
                    Coalesce(F("here__family_name"), F("member__family_name")),
                )
            )
        )
    )
