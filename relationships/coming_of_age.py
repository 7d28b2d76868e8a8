"""Who comes of age, when, and where their take-over stands (RULES 2.8, 2.9). Rights are never decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.calendars import birthday_at, born_on_or_before, today_in
from accounts.models import Member, Organization
from clients.models import Client
from relationships import authority
from relationships.enums import AgeStage
from relationships.models import AgeNotice, TakeOver

AHEAD, SOON, LATE = 60, 14, 7
"""Days: before the birthday people are told twice; so long after it the news of the day is still news."""

AT_ONCE = 200
type State = Literal["none", "choosing", "granting", "signing", "done"]


@dataclass(frozen=True, kw_only=True)
class Coming:
    """``member`` is ``years`` old on the day ``on``, and then an adult at ``places``.

    ``days`` are left until then: none on the day, fewer after it; where it is latest on earth of all their places.
    ``is_whole`` when the account's country counts them as an adult from then on, so that they may take over.
    """

    member: Member
    years: int
    on: date
    days: int
    places: tuple[Organization, ...]
    is_whole: bool

    @property
    def stage(self) -> AgeStage | None:
        """What is to be told today, if anything: the newest alone, so that who is late tells nothing stale."""
        if SOON < self.days <= AHEAD:
            return AgeStage.SIXTY
        if 0 < self.days <= SOON:
            return AgeStage.FOURTEEN
        return AgeStage.DAY if -LATE <= self.days <= 0 else None


def majority(country: str) -> int:
    """The age from which the installation counts people of a country as adults."""
    return settings.AGES_OF_MAJORITY.get(country, settings.AGES_OF_MAJORITY[""])


def due() -> Iterator[Coming]:
    """Everybody of whose coming of age people are to be told now, and were not yet. Read by key, some at a time."""
    ages = {*settings.AGES_OF_MAJORITY.values()}
    ages |= set(Organization.objects.values_list("age_of_majority", flat=True).distinct())
    for years in sorted(ages):
        after = 0
        while batch := list(_near(years).filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
            after = batch[-1].pk
            told = set(
                AgeNotice.objects.filter(member__in=batch, years=years).values_list("member_id", "stage")
            )
            for coming in _comings(batch, years):
                if coming.stage is not None and (coming.member.pk, coming.stage.value) not in told:
                    yield coming


def of(member: Member) -> Coming | None:
    """When ``member`` comes of age for their account and country; None for an owner and who has no birth date."""
    if member.born_on is None or hasattr(member, "ownership"):
        return None
    return next(
        (each for each in _comings([member], majority(member.account.country)) if each.is_whole), None
    )


def state_of(member: Member) -> State:
    """Where the take-over of ``member`` stands; ``none`` for whom there is nothing to take over."""
    row = TakeOver.objects.filter(member=member).first()
    if row is not None:
        return "done" if row.done_at else "signing" if row.granted_at else "granting"
    return "choosing" if may_choose(member) else "none"


def may_choose(member: Member) -> bool:
    """An adult with a login who was a minor in this account, and does not run it."""
    if member.user_id is None or member.born_on is None or member.erased_at is not None:
        return False
    if not authority.is_adult(member) or member.account.kept_by_id is not None:
        return False
    return grew_up_here(member) and not member.account.ownerships.filter(member=member).exists()


def grew_up_here(member: Member) -> bool:
    """They were known before they came of age."""
    if member.born_on is None:
        return False
    return member.created_at.date() < birthday_at(member.born_on, majority(member.account.country))


def grace_until(member: Member, organization: Organization) -> date | None:
    """The first day on which what was booked and paid before somebody came of age need not go on there."""
    copy = Client.objects.standing().filter(organization=organization, member=member)
    born_on = copy.values_list("born_on", flat=True).first() or member.born_on
    if born_on is None:
        return None
    grace = timedelta(days=organization.coming_of_age_grace_days)
    return birthday_at(born_on, organization.age_of_majority) + grace


def _near(years: int) -> QuerySet[Member]:
    """Who may be near that birthday by any of their birth dates: whole families only, no owners."""
    today = timezone.now().date()
    first = born_on_or_before(today - timedelta(days=LATE + 2), years)
    last = born_on_or_before(today + timedelta(days=AHEAD + 2), years)
    copies = Client.objects.standing().filter(born_on__range=(first, last)).values("member")
    own = Member.objects.filter(born_on__range=(first, last)).values("pk")
    return Member.objects.filter(
        pk__in=own.union(copies),
        erased_at__isnull=True,
        same_as__isnull=True,
        ownership__isnull=True,
        account__erased_at__isnull=True,
    ).select_related("account", "user")


def _comings(members: Sequence[Member], years: int) -> Iterator[Coming]:
    """One for each member for whom ``years`` is the age of majority, of their country or of a place."""
    rows = Client.objects.standing().filter(member__in=members).select_related("organization")
    clients = {
        pk: list(group)
        for pk, group in groupby(rows.order_by("member_id", "organization__name"), lambda row: row.member_id)
    }
    for member in members:
        own = clients.get(member.pk, [])
        here = [row for row in own if row.organization.age_of_majority == years]
        is_whole = majority(member.account.country) == years and member.born_on is not None
        days = [birthday_at(born_on, years) for row in here if (born_on := row.born_on or member.born_on)]
        if is_whole and member.born_on is not None:
            days.append(birthday_at(member.born_on, years))
        if not days or member.created_at.date() >= max(days):
            continue
        today = min([timezone.now().date(), *(today_in(row.organization.time_zone) for row in own)])
        yield Coming(
            member=member,
            years=years,
            on=max(days),
            days=(max(days) - today).days,
            places=tuple(row.organization for row in here),
            is_whole=is_whole,
        )
