"""Constraints that several models share."""

from collections.abc import Iterable

from django.db import models


def one_of(field: str, values: Iterable[str], name: str) -> models.CheckConstraint:
    """A CHECK that ``field`` holds one of ``values`` (STYLE: choice codes stand in the database too)."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(values)}), name=name)
