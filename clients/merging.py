"""Joining two records of one person: what each app does with its rows (RULES 4.1, 4.2).

An app registers a ``MergeRule`` that names its foreign keys to Client, and what it settles first. The joining
itself is ``clients.operations.merging``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.apps import apps
from django.db import models

from accounts.actors import Actor
from accounts.models import Member
from accounts.registries import Registry
from clients.models import Client, Merge, MergeChange

AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Joining:
    """One merge under way. Rows are changed through ``change``, which writes down what stood there.

    ``drop`` is None where the one record there was comes to stand for ``to_member`` in ``from_member``'s place.
    """

    by: Actor
    merge: Merge
    keep: Client
    drop: Client | None
    from_member: Member
    to_member: Member
    at: datetime

    def change(self, rows: models.QuerySet[Any], **columns: Any) -> int:
        """Set ``columns`` of ``rows``, by attribute name (``client_id``); how many rows.

        What stood there is written down: ids, states, days, or that there was nothing; never a name.
        """
        names = sorted(columns)
        table, changed = rows.model._meta.db_table, 0
        for some in batched(rows.order_by("pk").values_list("pk", *names), AT_ONCE):
            MergeChange.objects.bulk_create(
                MergeChange(merge=self.merge, table=table, row_id=pk, column=name, old_value=_text(value))
                for pk, *values in some
                for name, value in zip(names, values, strict=True)
            )
            found: models.QuerySet[Any] = models.QuerySet(rows.model).filter(pk__in=[row[0] for row in some])
            changed += found.update(**columns)
        return changed


@dataclass(frozen=True, kw_only=True)
class MergeRule:
    """What one app does when two clients become one.

    ``edges`` are its foreign keys to Client (``scheduling.Registration.client``): their rows move to the kept
    one. ``settle`` comes before, for rows that cannot stand beside each other, and for what is about the
    member rather than the client; it also runs where there is nothing to drop.
    """

    key: str
    order: int
    edges: tuple[str, ...] = ()
    settle: Callable[[Joining], None] | None = None


merging: Registry[MergeRule] = Registry("merge rules")


def move_rows(joining: Joining, rule: MergeRule) -> None:
    """The rows of each edge of ``rule`` go to the kept client."""
    for edge in rule.edges:
        label, _dot, name = edge.rpartition(".")
        rows: models.QuerySet[Any] = models.QuerySet(apps.get_model(label)).filter(**{name: joining.drop})
        joining.change(rows, **{f"{name}_id": joining.keep.pk})


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
