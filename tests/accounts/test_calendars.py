"""Days and hours on the wall of an organisation (``accounts.calendars``)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendars import (
    age_in_months,
    age_in_years,
    at_local,
    born_on_or_before,
    day_bounds,
    local_day,
    weekly_days,
)

TORONTO = "America/Toronto"
SPRING, AUTUMN = date(2027, 3, 14), date(2026, 11, 1)  # Toronto's clocks change at 2:00
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def test_a_weekly_class_keeps_its_wall_time_over_both_changes_of_the_clock() -> None:
    def hours(first: date) -> list[int]:
        return [at_local(first + timedelta(weeks=n), time(16, 15), TORONTO).hour for n in range(2)]

    assert hours(SPRING - timedelta(days=6)) == [21, 20]
    assert hours(AUTUMN - timedelta(days=6)) == [20, 21]


def test_a_time_that_is_skipped_moves_on_and_one_that_comes_twice_is_the_first() -> None:
    assert at_local(SPRING, time(2, 30), TORONTO) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert at_local(AUTUMN, time(1, 30), TORONTO) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 11, 19), 24)])
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    begin, end = day_bounds(day, TORONTO)

    assert end - begin == timedelta(hours=hours)
    assert [local_day(t, TORONTO) for t in (begin, end - timedelta(microseconds=1), end)] == [
        day,
        day,
        day + timedelta(days=1),
    ]


def test_where_midnight_is_skipped_the_day_begins_when_the_clock_does() -> None:
    begin, _end = day_bounds(date(2026, 4, 24), "Africa/Cairo")

    assert begin == datetime(2026, 4, 23, 22, tzinfo=UTC)


@given(days, days)
def test_weekly_days_are_those_of_the_weekdays_both_ends_included(one: date, other: date) -> None:
    first, last = min(one, other), min(max(one, other), min(one, other) + timedelta(days=90))

    found = list(weekly_days(first, last, {0, 3}))

    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert found == [day for day in every if day.strftime("%a") in ("Mon", "Thu")]


@pytest.mark.parametrize(
    ("born_on", "on", "months"),
    [
        (date(2020, 1, 31), date(2020, 2, 29), 0),
        (date(2020, 1, 31), date(2020, 3, 1), 1),
        (date(2020, 1, 15), date(2020, 2, 14), 0),
        (date(2020, 1, 15), date(2020, 2, 15), 1),
        (date(2016, 2, 29), date(2019, 2, 28), 35),
        (date(2016, 2, 29), date(2019, 3, 1), 36),
        (date(2016, 2, 29), date(2020, 2, 29), 48),
    ],
)
def test_age_is_counted_in_whole_months_by_the_calendar(born_on: date, on: date, months: int) -> None:
    assert age_in_months(born_on, on) == months


@given(days, st.integers(0, 40 * 365), st.integers(1, 30))
def test_the_latest_birth_date_of_an_age_is_the_list_form_of_that_age(
    born_on: date, lived: int, years: int
) -> None:
    on = born_on + timedelta(days=lived)

    assert (born_on <= born_on_or_before(on, years)) == (age_in_years(born_on, on) >= years)
