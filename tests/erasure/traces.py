"""Traces of a family: a mark of its own in every personal column, and where any of them is found afterwards."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from accounts.privacy import erasing
from accounts.privacy.leaving import Leaving

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
FIRST_DAY = date(2014, 3, 1)  # a birth date of nobody else in the tests, and everybody stays a minor


class Traces:
    """Marks rows, remembers what was written, and looks for it in the whole database and in the files."""

    def __init__(self) -> None:
        self.left: dict[str, str] = {}
        self.rows: dict[str, int] = {}
        self._count = 0
        self._marked: set[tuple[Any, ...]] = set()

    def leave(self, leaving: Leaving) -> None:
        """Write a trace into each personal column of each row of those who leave, whatever forbids it."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers: append-only, too
            for app in settings.KINROLL_APPS:
                for eraser in erasing.erasers_of(app):
                    ids = list(eraser.rows(leaving).values_list("pk", flat=True))
                    label = eraser.model._meta.label
                    self.rows[label] = self.rows.get(label, 0) + len(ids)
                    for pk in ids:
                        self._mark(eraser.model, pk, eraser.fields)

    def found(self) -> dict[str, list[str]]:
        """Trace → the tables and files that hold it."""
        found: dict[str, list[str]] = {}
        anything = re.compile("|".join(re.escape(trace) for trace in sorted(self.left, reverse=True)))
        for place, text in [*dump(), *files()]:
            for trace in {match[0] for match in anything.finditer(text)}:
                found.setdefault(trace, []).append(place)
        return found

    def _mark(self, model: type[models.Model], pk: Any, fields: tuple[str, ...]) -> None:
        row = models.QuerySet[Any](model).get(pk=pk)
        written = {}
        for name in fields:
            if (model, pk, name) in self._marked:
                continue
            self._marked.add((model, pk, name))
            column = model._meta.get_field(name)
            self._count += 1
            trace = self._trace(column, getattr(row, name))
            if trace is None:
                continue
            value, seen = trace
            written[name] = value
            self.left.setdefault(seen, f"{model._meta.label}.{name}")
        models.QuerySet[Any](model).filter(pk=pk).update(**written)

    def _trace(self, column: Any, value: Any) -> tuple[Any, str] | None:
        """What to write, and what it looks like in a dump; what finds rows (an e-mail) stays as it is."""
        n = self._count
        match column:
            case models.EmailField():
                return (value, value) if value else None
            case models.FileField():
                name = default_storage.save(
                    f"traces/trace{n:04d}x.bin", ContentFile(f"TRACE{n:04d}X".encode())
                )
                self.left[f"TRACE{n:04d}X"] = f"the file of {column}"
                return name, name
            case models.DateField():
                day = FIRST_DAY + timedelta(days=n)
                return day, day.isoformat()
            case models.GenericIPAddressField():
                return f"203.0.113.{n % 250}", f"203.0.113.{n % 250}"
            case models.JSONField():
                return {"trace": f"TRACE{n:04d}X"}, f"TRACE{n:04d}X"
            case models.CharField() | models.TextField():
                text = f"TRACE{n:04d}X" if (column.max_length or 99) >= 10 else f"‡{n:03d}"
                return text, text
        return None


def dump() -> Iterator[tuple[str, str]]:
    """(table, its rows as text) of the whole database."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                yield table, b"".join(rows).decode()


def files() -> Iterator[tuple[str, str]]:
    """(path, its name and content as text) of every stored file."""
    root = Path(default_storage.path(""))
    for path in sorted(root.rglob("*")) if root.exists() else []:
        if path.is_file():
            yield str(path), f"{path.relative_to(root)} {path.read_bytes().decode(errors='replace')}"
