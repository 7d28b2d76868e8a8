"""Who is in a household, as its organisation sees them, and whether the family runs it itself."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, QuerySet, Subquery, When

from accounts.calendars import age_in_years, today_in
from accounts.enums import InvitationPurpose
from accounts.models import Invitation, Member, Organization
from clients.models import Client, Household

PEOPLE = 25
"""On a page; owners come on top of them on the first one."""


@dataclass(frozen=True)
class Person:
    """Somebody of a household: a client, or an owner who is none (yet)."""

    member_id: int
    name: str
    initials: str
    email: str
    phone: str
    age: int | None
    is_owner: bool
    participates: bool
    number: int | None
    photo: str = ""
    status: str = ""

    @property
    def pk(self) -> int:
        """The member's, which decides the hue."""
        return self.member_id


@dataclass(frozen=True)
class People:
    """A page of a household's people; ``count`` is how many there are, ``later`` leads to the next ones."""

    rows: list[Person]
    count: int
    later: int | None


def people_of(household: Household, *, after: str = "") -> People:
    """Owners first, then the others by number, a page at a time. Two queries.

    Of who is no client here only owners are shown: they run the account. Siblings who take no part are on
    no page of the organisation (RULES 1.2).
    """
    owners = list(
        Member.objects.filter(ownership__account=household.account_id, erased_at__isnull=True).order_by(
            "ownership__since", "pk"
        )[:PEOPLE]
    )
    anchor = int(after) if after.isdecimal() and len(after) < 18 else None
    ids = [owner.pk for owner in owners]
    standing = Client.objects.filter(household=household).standing()
    rows: QuerySet[Any] = standing.annotate(
        is_other=Case(When(member__in=ids, then=0), default=1), total=_count_of(standing)
    ).order_by("is_other", "number")
    if anchor is None:
        clients = list(rows[: len(owners) + PEOPLE + 1])
    else:
        clients = list(rows.filter(is_other=1, number__gt=anchor)[: PEOPLE + 1])
    room = PEOPLE + (sum(1 for client in clients if not client.is_other) if anchor is None else 0)
    shown: list[Member | Client] = list(clients[:room])
    without: list[Member] = []
    if anchor is None:
        known = {client.member_id for client in clients}
        without = [owner for owner in owners if owner.pk not in known]
        place = {pk: at for at, pk in enumerate(ids)}
        shown = sorted([*without, *shown], key=lambda each: place.get(_member_id(each), len(ids)))
    today = today_in(household.organization.time_zone)
    return People(
        rows=[_person(each, set(ids), today) for each in shown],
        count=(clients[0].total if clients else 0) + len(without),
        later=clients[room - 1].number if len(clients) > room else None,
    )


def _count_of(clients: Any) -> Subquery:
    """How many these are, worked out once."""
    return Subquery(clients.order_by().values("household").annotate(total=Count("pk")).values("total"))


def _member_id(who: Member | Client) -> int:
    return who.member_id if isinstance(who, Client) else who.pk


def _person(who: Member | Client, owners: set[int], today: date) -> Person:
    client = who if isinstance(who, Client) else None
    return Person(
        member_id=_member_id(who),
        name=who.full_name,
        initials=who.initials,
        email=who.email,
        phone=who.phone,
        age=age_in_years(who.born_on, today) if who.born_on else None,
        is_owner=_member_id(who) in owners,
        participates=client is not None and client.participates,
        number=client.number if client else None,
        status=client.status if client else "",
        photo=client.photo.name or "" if client else "",
    )


def open_invitations(organization: Organization) -> QuerySet[Invitation]:
    """To take over an account, not used and not replaced; the time of some may have run out."""
    return Invitation.objects.filter(
        organization=organization,
        purpose__in=(InvitationPurpose.CLAIM, InvitationPurpose.CONNECT),
        used_at__isnull=True,
        revoked_at__isnull=True,
    )
