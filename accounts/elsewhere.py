"""The other places of who is logged in: read along with the row that lets them in, so that it costs no query (D05)."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.urls import reverse

from accounts.models import Member, Staff


@dataclass(frozen=True)
class Workplace:
    """An organisation where somebody works."""

    slug: str
    name: str

    @property
    def url(self) -> str:
        """Their first page there."""
        return reverse("staff:start", args=[self.slug])


@dataclass(frozen=True)
class Elsewhere:
    """Where else a login leads: the organisations they work at, by name, and whether they have a family."""

    workplaces: list[Workplace]
    has_family: bool = False


def with_elsewhere[M: Model](rows: QuerySet[M], user: str = "user") -> QuerySet[M]:
    """Rows with what ``elsewhere_of`` needs; ``user`` is their column of the login."""
    working = Staff.objects.filter(user=OuterRef(user), is_active=True).order_by("organization__name", "pk")
    members = Member.objects.filter(user=OuterRef(user), erased_at__isnull=True)
    annotated: Any = rows.annotate(
        works_at=ArraySubquery(
            working.values(json=JSONObject(slug="organization__slug", name="organization__name"))
        ),
        has_family=Exists(members),
    )
    found: QuerySet[M] = annotated
    return found


def elsewhere_of(row: Any) -> Elsewhere:
    """From a row of ``with_elsewhere``."""
    return Elsewhere([Workplace(**each) for each in row.works_at], row.has_family)
