"""Lists in the order of names, page by page by key: a deep page costs what the first one does."""

from collections.abc import Callable
from dataclasses import dataclass
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
