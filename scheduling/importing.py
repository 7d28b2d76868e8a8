"""Reading a published file of registered programs into courses and their sessions.

The columns are those of the City of Toronto's open data set "Registered Programs and Drop In Courses
Offering". A row's key is (organization, source, Course_ID). Files of 30,000 rows are read as a stream, in
batches; a bad row is skipped with its line number and reason, and never stops or half-imports.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from accounts.errors import Refused
from scheduling.enums import Bookable

COLUMNS = (
    "Course_ID",
    "Location ID",
    "Location Name",
    "Section",
    "Activity Title",
    "Course Title",
    "Days of The Week",
    "From To",
    "Start Hour",
    "Start Min",
    "End Hour",
    "End Min",
    "Min Age",
    "Max Age",
    "Registration Date",
    "Status / Information",
)
WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
MONTHS = {
    name: number + 1
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
DAY = re.compile(r"([A-Za-z]{3})[A-Za-z]*-(\d{1,2})-(\d{4})")
MOST_WEEKS = 110
MOST_MONTHS = 1500


class FileUnusable(Refused):
    """The whole file cannot be read: no header, columns missing."""


class RowUnusable(Exception):
    """One row cannot be read; the message says why."""


class Outcome(StrEnum):
    """How a row ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Program:
    """One course as the file has it. Ages in whole months, times on the wall, days as published."""

    line: int
    key: str
    location_key: str
    location_name: str
    category: str
    activity: str
    title: str
    weekdays: tuple[int, ...]
    starts_on: date
    ends_on: date
    start_time: time
    end_time: time
    age_min_months: int | None
    age_max_months: int | None
    registration_on: date | None
    bookable: Bookable

    def moved(self, weeks: int) -> "Program":
        """The same course, whole weeks later or earlier."""
        by = timedelta(weeks=weeks)
        opens = self.registration_on + by if self.registration_on else None
        return Program(
            **{
                **self.__dict__,
                "starts_on": self.starts_on + by,
                "ends_on": self.ends_on + by,
                "registration_on": opens,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A row that was not read."""

    line: int
    key: str
    reason: str


@contextmanager
def opened(path: Path) -> Iterator[Iterator[tuple[int, dict[str, str] | Skipped]]]:
    """The rows of a file with their line numbers: UTF-8 with or without a mark, else Latin-1; any line ends.

    Raises FileUnusable where columns are missing.
    """
    with path.open(encoding=encoding_of(path), newline="") as file:
        reader = csv.reader(file)
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            raise FileUnusable(f"The first line cannot be read: {error}.") from error
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise FileUnusable(
                f"The file has no column {', '.join(repr(name) for name in missing)}. "
                f"Its first line names: {', '.join(header) or 'nothing'}."
            )
        yield _rows(reader, header)


def encoding_of(path: Path) -> str:
    """UTF-8 where the whole file is, else Latin-1."""
    with path.open("rb") as file:
        if file.read(3).startswith(b"\xef\xbb\xbf"):
            return "utf-8-sig"
    try:
        with path.open(encoding="utf-8") as text:
            for _chunk in iter(lambda: text.read(1 << 20), ""):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def programs(rows: Iterable[tuple[int, dict[str, str] | Skipped]]) -> Iterator[Program | Skipped]:
    """Each row as a Program, or why it is skipped; the second of two rows with one Course_ID is."""
    seen: dict[str, int] = {}
    for line, row in rows:
        if isinstance(row, Skipped):
            yield row
            continue
        try:
            program = parse(row, line)
        except RowUnusable as error:
            yield Skipped(line=line, key=row["Course_ID"].strip(), reason=str(error))
            continue
        first = seen.setdefault(program.key, line)
        if first != line:
            reason = f"Course_ID {program.key} stands already on line {first}"
            yield Skipped(line=line, key=program.key, reason=reason)
        else:
            yield program


def earliest_start(path: Path) -> date | None:
    """The first day of the file's earliest course; None where no row can be read."""
    with opened(path) as rows:
        starts = (program.starts_on for program in programs(rows) if isinstance(program, Program))
        return min(starts, default=None)


def weeks_to_move(earliest: date, begin_on: date) -> int:
    """Whole weeks that bring ``earliest`` to its weekday on or next after ``begin_on``."""
    return -((earliest - begin_on).days // 7)


def parse(row: Mapping[str, str], line: int) -> Program:
    """Read one row. Raises RowUnusable with the reason."""
    value = {name: " ".join(row[name].replace("\x00", "").split()) for name in COLUMNS}
    starts_on, ends_on = _period(value["From To"])
    start_time = _time(value, "Start")
    end_time = _time(value, "End")
    if end_time <= start_time:
        raise RowUnusable(f"it ends at {end_time:%H:%M}, before it starts at {start_time:%H:%M}")
    weekdays = _weekdays(value["Days of The Week"])
    least, greatest = _age(value, "Min Age"), _age(value, "Max Age")
    if least is not None and greatest is not None and greatest < least:
        raise RowUnusable(f"Max Age {greatest} is less than Min Age {least}")
    if not any(starts_on + timedelta(days=n) <= ends_on for n in _to_weekdays(starts_on, weekdays)):
        raise RowUnusable(f"no {value['Days of The Week']} lies in {value['From To']}")
    return Program(
        line=line,
        key=_text(value, "Course_ID", 40),
        location_key=_text(value, "Location ID", 40),
        location_name=_text(value, "Location Name", 120, may_be_empty=True),
        category=_text(value, "Section", 80, may_be_empty=True),
        activity=_text(value, "Activity Title", 160, may_be_empty=True) or _text(value, "Course Title", 160),
        title=_text(value, "Course Title", 160),
        weekdays=weekdays,
        starts_on=starts_on,
        ends_on=ends_on,
        start_time=start_time,
        end_time=end_time,
        age_min_months=least,
        age_max_months=greatest,
        registration_on=_registration(value["Registration Date"]),
        bookable=_bookable(value["Status / Information"]),
    )


def _rows(reader: Any, header: list[str]) -> Iterator[tuple[int, dict[str, str] | Skipped]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Skipped(line=line, key="", reason=f"it cannot be read: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            reason = f"it has {len(cells)} cells, and the first line names {len(header)}"
            yield line, Skipped(line=line, key="", reason=reason)
            continue
        yield line, dict(zip(header, cells, strict=True))


def _text(value: Mapping[str, str], column: str, most: int, *, may_be_empty: bool = False) -> str:
    text = value[column]
    if not text and not may_be_empty:
        raise RowUnusable(f"{column} is empty")
    if len(text) > most:
        raise RowUnusable(f"{column} is longer than {most} characters")
    return text


def _period(text: str) -> tuple[date, date]:
    first, _to, last = text.partition(" to ")
    starts_on, ends_on = _day(first, text), _day(last, text)
    if ends_on < starts_on:
        raise RowUnusable(f"From To {text!r} ends before it starts")
    if (ends_on - starts_on).days > MOST_WEEKS * 7:
        raise RowUnusable(f"From To {text!r} is longer than {MOST_WEEKS} weeks")
    return starts_on, ends_on


def _day(text: str, whole: str) -> date:
    found = DAY.fullmatch(text.strip())
    month = MONTHS.get(found[1].lower()) if found else None
    if found is None or month is None:
        raise RowUnusable(f"From To {whole!r} is not like 'Apr-13-2026 to Jun-15-2026'")
    try:
        return date(int(found[3]), month, int(found[2]))
    except ValueError as error:
        raise RowUnusable(f"From To {whole!r} names a day that does not exist") from error


def _time(value: Mapping[str, str], which: str) -> time:
    hour, minute = value[f"{which} Hour"], value[f"{which} Min"]
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise RowUnusable(f"{which} {hour}:{minute} is not a time of day") from error


def _weekdays(text: str) -> tuple[int, ...]:
    days = {WEEKDAYS.get(name.strip().lower()[:3]) for name in text.split(",") if name.strip()}
    if not days or None in days:
        raise RowUnusable(f"Days of The Week {text!r} is not like 'Mon,Wed'")
    return tuple(sorted(day for day in days if day is not None))


def _to_weekdays(first: date, weekdays: tuple[int, ...]) -> list[int]:
    return [(weekday - first.weekday()) % 7 for weekday in weekdays]


def _age(value: Mapping[str, str], column: str) -> int | None:
    text = value[column]
    if text.lower() in ("none", ""):
        return None
    if not text.isascii() or not text.isdigit() or int(text) > MOST_MONTHS:
        raise RowUnusable(f"{column} {text!r} is not a number of months")
    return int(text)


def _registration(text: str) -> date | None:
    if text.lower() in ("none", ""):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError as error:
        raise RowUnusable(f"Registration Date {text!r} is not like '2026-03-02'") from error


def _bookable(status: str) -> Bookable:
    return Bookable.CLOSED if "not presently available" in status.lower() else Bookable.OPEN
