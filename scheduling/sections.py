"""What scheduling shows on pages of lower apps: the family's week, and what a client comes to next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PortalRequest, StaffRequest
from accounts.calendars import age_in_years, local_day
from accounts.models import Member, Organization
from accounts.permissions import Permission
from accounts.registries import Section
from clients.models import Client
from scheduling.enums import RegistrationState
from scheduling.models import Registration

MOST = 5
MOST_FOR_A_PERSON = 21
SHOWN = (RegistrationState.BOOKED, RegistrationState.ATTENDED, RegistrationState.NO_SHOW)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One class of one person, on its local day."""

    member_id: int
    organization: Organization
    title: str
    starts_at: datetime
    ends_at: datetime
    day: date
    is_past: bool


@dataclass(kw_only=True)
class Day:
    """A day of the grid."""

    date: date
    is_today: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PersonWeek:
    """A person's row: seven days, and the next class where the week has none to come."""

    member: Member
    is_you: bool
    age: int | None
    days: list[Day]
    next: Entry | None


def load_week(request: HttpRequest, members: Sequence[Member]) -> dict[str, Any]:
    """The family's week, at all organisations or the one that was chosen. One query.

    It is this week, or the week of the next class where nothing more comes in this one. Days are those of
    the wall where the class is.
    """
    now = timezone.now()
    entries = _entries(members, now, getattr(request, "at", None))
    coming = [entry for entry in entries if not entry.is_past]
    today = _today(entries, now)
    monday = today - timedelta(days=today.weekday())
    if coming and coming[0].day > monday + timedelta(days=6):
        monday = coming[0].day - timedelta(days=coming[0].day.weekday())
    me = cast(PortalRequest, request).member
    people = [_person(member, me, entries, coming, monday, today) for member in members]
    by_id = {member.pk: member for member in members}
    return {
        "people": people,
        "days": [Day(date=monday + timedelta(days=n), is_today=monday + timedelta(days=n) == today) for n in range(7)],
        "is_this_week": monday <= today,
        "monday": monday,
        "agenda": [(entry, by_id[entry.member_id]) for entry in coming[:MOST]],
        "rows": coming[:MOST],
        "count": len(coming),
        "place": entries[0].organization if entries else None,
    }  # fmt: skip


def load_upcoming(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The client's next classes, and how many are booked. One query."""
    rows = list(
        _registrations()
        .filter(client=client, session__ends_at__gt=timezone.now(), state__in=(*SHOWN, RegistrationState.HELD))
        .annotate(count=Window(Count("pk")))
        .order_by("session__starts_at", "pk")[:MOST]
    )  # fmt: skip
    may_register = cast(StaffRequest, request).actor.has(Permission.SELL)
    return {
        "rows": rows,
        "count": rows[0].count if rows else 0,
        "register": client.number if may_register else None,
    }


def _registrations() -> QuerySet[Any]:
    standing = Registration.objects.filter(session__cancelled_at__isnull=True)
    return standing.select_related("session__schedule", "session__room", "organization", "client")


def _entries(members: Sequence[Member], now: datetime, at: Organization | None) -> list[Entry]:
    """From a week back, the first few of each person, in the order of time; at one organisation, or at all."""
    rows = (
        (_registrations().filter(organization=at) if at else _registrations())
        .filter(
            client__member__in=members,
            state__in=SHOWN,
            session__starts_at__gte=now - timedelta(days=8),
        )
        .annotate(
            nth=Window(
                RowNumber(), partition_by=[F("client__member")], order_by=F("session__starts_at").asc()
            )
        )
        .filter(nth__lte=MOST_FOR_A_PERSON)
        .order_by("session__starts_at", "pk")
    )
    return [
        Entry(
            member_id=row.client.member_id,
            organization=row.organization,
            title=row.session.schedule.title,
            starts_at=row.session.starts_at,
            ends_at=row.session.ends_at,
            day=local_day(row.session.starts_at, row.organization.time_zone),
            is_past=row.session.ends_at <= now,
        )
        for row in rows
    ]


def _today(entries: Sequence[Entry], now: datetime) -> date:
    """Today where the family's classes are."""
    return local_day(now, entries[0].organization.time_zone if entries else "UTC")


def _person(
    member: Member,
    me: Member,
    entries: Sequence[Entry],
    coming: Sequence[Entry],
    monday: date,
    today: date,
) -> PersonWeek:
    days = [
        Day(date=day, is_today=day == today, entries=[e for e in entries if (e.member_id, e.day) == (member.pk, day)])
        for day in (monday + timedelta(days=n) for n in range(7))
    ]  # fmt: skip
    following = next((entry for entry in coming if entry.member_id == member.pk), None)
    is_seen = following is not None and following.day <= monday + timedelta(days=6)
    return PersonWeek(
        member=member,
        is_you=member.pk == me.pk,
        age=age_in_years(member.born_on, today) if member.born_on else None,
        days=days,
        next=None if is_seen else following,
    )


week = Section(
    key="week",
    order=20,
    title=_("This week"),
    template="scheduling/portal/sections/week.html",
    load=load_week,
)
upcoming = Section(
    key="upcoming",
    order=30,
    title=_("Upcoming"),
    template="scheduling/staff/sections/upcoming.html",
    load=load_upcoming,
    permission=Permission.SCHEDULE_READ,
)
