"""Statements whose text is built once a process: building a large one costs several times what running it does.

The rows are built with stand-ins for who asks and where; a moment or a day in them is that of the building. Each
run puts the real ones in their place. Every moment of such a statement must be *now*, and every day *today*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone


@dataclass(frozen=True)
class Statement:
    """The text of a query, and its parameters with stand-ins among them."""

    text: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, rows: "QuerySet[Any, Any]") -> "Statement":
        """What these rows, a ``values_list``, are read by."""
        text, parameters = rows.query.sql_with_params()
        return cls(text, tuple(parameters))

    def fetch(self, stand_ins: Mapping[int, int], people: list[int] | None = None) -> list[tuple[Any, ...]]:
        """The rows as of now, with ``stand_ins`` replaced; a parameter that is a list becomes ``people``."""
        now = timezone.now()
        values = [_real(value, now, stand_ins, people) for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.text, values)
            return list(cursor.fetchall())


def _real(value: Any, now: datetime, stand_ins: Mapping[int, int], people: list[int] | None) -> Any:
    if isinstance(value, datetime):
        return now
    if isinstance(value, date):
        return now.date()
    if isinstance(value, list):
        return value if people is None else people
    if isinstance(value, int) and not isinstance(value, bool):
        return stand_ins.get(value, value)
    return value
