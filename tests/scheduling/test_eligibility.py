"""The words and the arithmetic of ages (B10)."""

from datetime import date
from typing import Any

import pytest

from scheduling import eligibility

DAY = date(2027, 1, 4)
TO_THE_MONTH = "Too old: Zuri is 12 years and 1 month, and this class is for 6 years to 12 years."


def why(born_on: Any, least: Any, greatest: Any, *, is_you: Any = False) -> Any:
    return eligibility.why_not(
        name="Zuri", is_you=is_you, born_on=born_on, on=DAY, least=least, greatest=greatest
    )


@pytest.mark.parametrize(
    ("born_on", "least", "greatest", "expected"),
    [
        (date(2020, 6, 1), 72, 131, None),
        (date(2021, 1, 4), 72, 131, None),  # six on the day itself
        (date(2021, 1, 5), 72, 131, "Too young: Zuri is 5, and this class is for 6 to 10."),
        (date(2016, 1, 5), 72, 131, None),  # eleven on the day after
        (date(2016, 1, 4), 72, 131, "Too old: Zuri is 11, and this class is for 6 to 10."),
        (date(2009, 3, 1), 72, 131, "Too old: Zuri is 17, and this class is for 6 to 10."),
        (date(2025, 10, 1), 24, None, "Too young: Zuri is 15 months, and this class is for 2 and over."),
        (date(2014, 12, 1), 72, 144, TO_THE_MONTH),
        (date(2015, 1, 4), 72, 144, None),
        (date(1950, 1, 1), None, 24, "Too old: Zuri is 77, and this class is for up to 2."),
        (date(2000, 1, 1), None, None, None),
    ],
)  # fmt: skip
def test_ages_are_whole_months_on_the_first_day(
    born_on: Any, least: Any, greatest: Any, expected: Any
) -> None:
    assert why(born_on, least, greatest) == expected


def test_the_reader_is_spoken_to() -> None:
    assert why(date(1987, 5, 3), 72, 131, is_you=True) == (
        "Too old: you are 39, and this class is for 6 to 10."
    )


@pytest.mark.parametrize(
    ("least", "greatest", "label"),
    [
        (72, 131, "Ages 6 to 10"),
        (72, 144, "Ages 6 to 12"),
        (36, 36, "Age 3"),
        (720, None, "Ages 60 and over"),
        (12, 48, "Ages 12 months to 4 years"),
        (None, 131, "Up to 10"),
        (None, None, "All ages"),
        (0, None, "All ages"),
    ],
)
def test_a_schedule_says_its_ages_shortly(least: Any, greatest: Any, label: Any) -> None:
    assert eligibility.ages_label(least, greatest) == label
