"""Why a household stays on lists although nobody did anything for long: each app says what it knows (D09)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models.expressions import Combinable

from accounts.registries import Registry


@dataclass(frozen=True, kw_only=True)
class ReasonToStay:
    """A condition in SQL on a household (``OuterRef("pk")``) under which it is not hidden."""

    key: str
    order: int
    holds: Callable[[], Combinable]


staying: Registry[ReasonToStay] = Registry("reasons to stay")
