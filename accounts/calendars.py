"""Dates and times: UTC in the database, the wall clock of an organisation for people, ages by the calendar."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone


def at_local(day: date, wall_time: time, zone: str) -> datetime:
    """The instant (UTC) of a wall time on a day.

    A time that the clock skips in spring is moved on by the hour skipped; one that comes twice in autumn
    is the first of the two.
    """
    local = datetime.combine(day, wall_time, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def local_day(instant: datetime, zone: str) -> date:
    """The date on the wall at ``instant``."""
    return instant.astimezone(ZoneInfo(zone)).date()


def in_zone(instant: datetime, zone: str) -> datetime:
    """The same instant, as the wall of ``zone`` shows it."""
    return instant.astimezone(ZoneInfo(zone))


def today_in(zone: str) -> date:
    """The date on the wall of ``zone`` now."""
    return local_day(timezone.now(), zone)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open period of a local day: 23 to 25 hours long."""
    return at_local(day, time.min, zone), at_local(day + timedelta(days=1), time.min, zone)


def weekly_days(first: date, last: date, weekdays: set[int]) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included, that falls on one of ``weekdays`` (Monday is 0)."""
    day = first
    while day <= last:
        if day.weekday() in weekdays:
            yield day
        day += timedelta(days=1)


def age_in_months(born_on: date, on: date) -> int:
    """Whole months of age on a day. Who was born on the 31st is a month older on the next month's first day

    where it has no 31st.
    """
    months = (on.year - born_on.year) * 12 + on.month - born_on.month
    return months - 1 if on.day < born_on.day else months


def age_in_years(born_on: date, on: date) -> int:
    """Whole years of age on a day; 29 February counts on 1 March in common years (RULES 2.8)."""
    return age_in_months(born_on, on) // 12


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where that one is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def born_on_or_before(on: date, years: int) -> date:
    """The latest birth date of someone who is ``years`` old on a day (the list form of ``age_in_years``)."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return on.replace(year=on.year - years, day=28)


def birthday_at(born_on: date, years: int) -> date:
    """The day on which somebody is ``years`` old: 1 March for 29 February in common years (RULES 2.8)."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 3, 1)
