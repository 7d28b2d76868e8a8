"""Lists by name, or the newest first, page by page by key: a deep page costs what the first one does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import models

PAGE = 25
COUNTED = 1_000
"""Rows are counted up to here; beyond it the page says "over 1,000"."""
COUNTED_IN_SEARCH = 100
"""The same for the rows of a search, each of which costs a look at its text."""


@dataclass(frozen=True)
class NamePage[M: models.Model]:
    """A page of a list. ``earlier`` and ``later`` are the numbers that lead to the pages around it."""

    rows: list[M]
    count: int
    earlier: int | None
    later: int | None
    counted: int = COUNTED

    @property
    def is_over(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > self.counted


def page_by_name[M: models.Model](
    rows: models.QuerySet[M],
    *,
    after: str = "",
    before: str = "",
    lead: str = "",
    is_search: bool = False,
    load: Callable[[models.QuerySet[M]], models.QuerySet[M]] = lambda rows: rows,
) -> NamePage[M]:
    """The rows after, or before, the one with this number, in the order of ``sort_name`` and id.

    ``rows`` are of one organisation. With ``lead``, rows whose name begins so come before all others: that
    is what somebody looks for, and the one order in which an index finds a common last name at once. A
    number that is not there gives the first page. ``load`` adds what only the rows of the page need.
    Two queries, up to four with a lead or beyond the first.
    """
    anchor = _anchor(rows, after or before)
    forth = anchor is None or bool(after)
    listed = _walk(_parts(load(rows), lead), lead, anchor, forth=forth)
    has_more, listed = len(listed) > PAGE, listed[:PAGE]
    if not forth:
        listed.reverse()
    has_earlier = anchor is not None if forth else has_more
    has_later = has_more if forth else True
    counted = COUNTED_IN_SEARCH if is_search else COUNTED
    return NamePage(
        rows=listed,
        count=rows.order_by()[: counted + 1].count(),
        counted=counted,
        earlier=_number(listed[0]) if has_earlier and listed else None,
        later=_number(listed[-1]) if has_later and listed else None,
    )


def _parts[M: models.Model](rows: models.QuerySet[M], lead: str) -> list[models.QuerySet[M]]:
    """The list in the parts that follow one another."""
    if not lead:
        return [rows]
    return [rows.filter(sort_name__startswith=lead), rows.exclude(sort_name__startswith=lead)]


def _walk[M: models.Model](
    parts: list[models.QuerySet[M]], lead: str, anchor: tuple[str, int] | None, *, forth: bool
) -> list[M]:
    """One row more than a page, from the anchor on, forth or back."""
    start = 0
    if anchor is not None and len(parts) > 1 and not anchor[0].startswith(lead):
        start = 1
    order = ("sort_name", "pk") if forth else ("-sort_name", "-pk")
    ahead = range(start, len(parts)) if forth else range(start, -1, -1)
    found: list[M] = []
    for index in ahead:
        part = parts[index]
        if anchor is not None and index == start:
            part = _after(part, anchor) if forth else _before(part, anchor)
        found += part.order_by(*order)[: PAGE + 1 - len(found)]
        if len(found) > PAGE:
            break
    return found


def _number(row: models.Model) -> int:
    number: int = row.number  # type: ignore[attr-defined]
    return number


def _anchor(rows: models.QuerySet[Any], number: str) -> tuple[str, int] | None:
    """Where in the order the row with this number stands."""
    if not number.isdecimal() or len(number) > 18:
        return None
    return rows.filter(number=int(number)).values_list("sort_name", "pk").first()


def _after(rows: models.QuerySet[Any], anchor: tuple[str, int]) -> models.QuerySet[Any]:
    name, pk = anchor
    return rows.filter(sort_name__gte=name).exclude(sort_name=name, pk__lte=pk)


def _before(rows: models.QuerySet[Any], anchor: tuple[str, int]) -> models.QuerySet[Any]:
    name, pk = anchor
    return rows.filter(sort_name__lte=name).exclude(sort_name=name, pk__gte=pk)


MOMENT = re.compile(r"(\d{1,17})-(\d{1,4})")
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True)
class TimePage[M: models.Model]:
    """A page of a list whose newest rows come first. ``older`` leads to the next one; empty on the last."""

    rows: list[M]
    older: str
    is_first: bool


def page_by_time[M: models.Model](
    rows: models.QuerySet[M], field: str, *, after: str = "", size: int = PAGE
) -> TimePage[M]:
    """The rows after the moment and place that ``after`` names, the newest by ``field`` first. One query.

    The key says how many rows of its very moment were shown, so that none is left out where many were
    written at once; and it holds no primary key, whose steps would tell how much others write. Anything else
    than a key gives the first page. ``rows`` are few enough to be sorted: those of one family.
    """
    found = MOMENT.fullmatch(after)
    shown = 0
    if found is not None:
        shown = int(found[2])
        rows = rows.filter(**{f"{field}__lte": EPOCH + int(found[1]) * MICROSECOND})
    listed = list(rows.order_by(f"-{field}", "-pk")[shown : shown + size + 1])
    page = listed[:size]
    older = ""
    if len(listed) > size:
        last = _moment(page[-1], field)
        same = len(list(takewhile(lambda row: _moment(row, field) == last, reversed(page))))
        goes_on = found is not None and last == EPOCH + int(found[1]) * MICROSECOND
        older = f"{(last - EPOCH) // MICROSECOND}-{same + (shown if goes_on else 0)}"
    return TimePage(rows=page, older=older, is_first=found is None)


def _moment(row: models.Model, field: str) -> datetime:
    found: Any = row
    for name in field.split("__"):
        found = getattr(found, name)
    moment: datetime = found
    return moment
