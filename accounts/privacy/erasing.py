"""Erasing rows: whose they are, which columns go, and what stands there afterwards (RULES 4.4, 4.5).

Driven by each model's ``personal_fields``. A model with one foreign key to a person is covered by itself;
one with several says in ``erased_with`` which of them its personal fields are about. Whatever needs more is
an ``Eraser`` that its app registers. A model that is covered by neither fails
``tests/architecture/test_erasing.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import batched
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q, QuerySet

from accounts.models import Account, Member, Person, PrivacyRequest, User
from accounts.privacy.leaving import Leaving
from accounts.registries import Registry

ROWS_AT_ONCE = 1000

type Rows = Callable[[Leaving], QuerySet[Any]]


class Uncovered(TypeError):
    """A model names personal fields, and nothing says how they are erased."""


class FileLeft(RuntimeError):
    """A row names a file that was not deleted yet: delete it first, then forget its name."""


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """How ``fields`` of a model are erased in ``rows``.

    Each field is set to nothing: NULL where the column may be, else empty. ``instead`` holds what stands in
    those that cannot be empty, ``also`` what other columns become: values, expressions, or functions of who
    leaves. With ``is_deleting`` the rows go as a whole. ``then`` runs after it, for what is computed from
    several rows. Safe to repeat.
    """

    key: str
    model: type[models.Model]
    rows: Rows
    fields: tuple[str, ...]
    instead: Mapping[str, Any] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)
    is_deleting: bool = False
    then: Callable[[Leaving], None] | None = None
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What law or an organisation makes stay: ``until`` is the first day on which something falls due, if any."""

    key: str
    order: int
    until: Callable[[Leaving], date | None]


erasers: Registry[Eraser] = Registry("erasers")
retentions: Registry[Retention] = Registry("what stays for a time")


def register(
    model: type[models.Model], rows: Rows, *, fields: Iterable[str] | None = None, name: str = "", **how: Any
) -> None:
    """Add an Eraser of ``model``: of all its personal fields unless ``fields`` are named.

    Several of one model have different names.
    """
    wanted = tuple(fields) if fields is not None else personal_fields(model)
    key = f"{model._meta.label}.{name}" if name else model._meta.label
    erasers.register(Eraser(key=key, model=model, rows=rows, fields=wanted, **how))


def erasers_of(app_label: str) -> list[Eraser]:
    """Everything that erases in one app, in order. Raises Uncovered."""
    own = [each for each in erasers if each.model._meta.app_label == app_label]
    known = {each.model for each in own}
    others = [model for model in apps.get_app_config(app_label).get_models() if model not in known]
    own += [derived(model) for model in others if personal_fields(model)]
    return sorted(own, key=lambda each: (each.order, each.key))


def derived(model: type[models.Model]) -> Eraser:
    """The eraser of a model without one of its own: by ``erased_with``, else its one edge to a person."""
    paths = getattr(model, "erased_with", None) or _edges(model)
    if len(paths) != 1 and not hasattr(model, "erased_with"):
        raise Uncovered(
            f"{model._meta.label} has personal fields and {len(paths)} foreign keys to a person: say in "
            "erased_with which of them the fields are about, or register an Eraser"
        )

    def rows(leaving: Leaving) -> QuerySet[Any]:
        return rows_about(model, paths, leaving)

    return Eraser(key=model._meta.label, model=model, rows=rows, fields=personal_fields(model))


def rows_about(model: type[models.Model], paths: Iterable[str], leaving: Leaving) -> QuerySet[Any]:
    """Rows whose ``paths`` lead to one of those who leave; an account's or household's only with the whole."""
    about, is_any = Q(), False
    for path in paths:
        found = _about(path, _target(model, path), leaving)
        if found is not None:
            about, is_any = about | found, True
    return QuerySet(model).filter(about) if is_any else QuerySet(model).none()


def personal_fields(model: type[models.Model]) -> tuple[str, ...]:
    """What the model says is personal."""
    return tuple(getattr(model, "personal_fields", ()))


def values_of(eraser: Eraser, leaving: Leaving) -> dict[str, Any]:
    """What an eraser writes, by column."""
    values = {
        name: eraser.instead[name] if name in eraser.instead else nothing(eraser.model, name)
        for name in eraser.fields
    }
    values |= eraser.also
    return {name: value(leaving) if callable(value) else value for name, value in values.items()}


def nothing(model: type[models.Model], name: str) -> Any:
    """What an erased column holds. Raises Uncovered for one that cannot be empty."""
    column = model._meta.get_field(name)
    match column:
        case models.Field(null=True):
            return None
        case models.CharField() | models.TextField() | models.FileField():
            return ""
        case models.JSONField():
            return column.get_default()
        case ArrayField():
            return []
    raise Uncovered(f"{model._meta.label}.{name} cannot be empty: say instead what stands there")


# Doing it


def files_of(app_label: str, leaving: Leaving) -> list[tuple[Any, str]]:
    """(storage, name) of every file that the rows of an app name."""
    found = []
    for eraser in erasers_of(app_label):
        for column in _files(eraser):
            rows = eraser.rows(leaving).exclude(**{column.name: ""})
            names = set(rows.values_list(column.name, flat=True)) - {None}
            found += [(column.storage, name) for name in sorted(names)]
    return found


def erase(app_label: str, leaving: Leaving) -> None:
    """Erase in every table of one app, in the transaction of a running request (``named``).

    The files that rows name are deleted before (``files_of``), so that a kill in between forgets none: raises
    FileLeft for one that is still there.
    """
    for storage, name in files_of(app_label, leaving):
        if storage.exists(name):
            raise FileLeft(name)
    for eraser in erasers_of(app_label):
        ids = list(eraser.rows(leaving).order_by("pk").values_list("pk", flat=True))
        for some in batched(ids, ROWS_AT_ONCE):
            _erase(eraser, leaving, some)
        if eraser.then is not None:
            eraser.then(leaving)


def named(request: PrivacyRequest) -> None:
    """Name the running erasure to the database: in this transaction append-only tables forget (RULES 3.7)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('kinroll.privacy_request', %s, true)", [str(request.pk)])


def _erase(eraser: Eraser, leaving: Leaving, ids: Sequence[Any]) -> None:
    rows: QuerySet[Any] = QuerySet(eraser.model).filter(pk__in=ids)
    log = LogEntry.objects.filter(object_id__in=[str(pk) for pk in ids])
    log.filter(content_type=ContentType.objects.get_for_model(eraser.model)).update(
        object_repr="", change_message=""
    )
    if eraser.is_deleting:
        rows.delete()
    else:
        rows.update(**values_of(eraser, leaving))


def _files(eraser: Eraser) -> list[models.FileField]:
    columns = [eraser.model._meta.get_field(name) for name in eraser.fields]
    return [column for column in columns if isinstance(column, models.FileField)]


def _edges(model: type[models.Model]) -> tuple[str, ...]:
    """The foreign keys that lead to a person: a member, or an organisation's copy of one."""
    return tuple(
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column.related_model, type) and issubclass(column.related_model, Person)
    )


def _target(model: type[models.Model], path: str) -> Any:
    target: Any = model
    for name in path.split("__"):
        target = target._meta.get_field(name).related_model
    return target


def _about(path: str, target: Any, leaving: Leaving) -> Q | None:
    """The condition that ``path`` leads to one who leaves; None where it can lead to none."""
    if target is Member:
        return Q(**{f"{path}__in": leaving.members})
    if target is User:
        return Q(**{f"{path}__in": leaving.lost_users})
    if target is Account:
        return Q(**{path: leaving.account}) if leaving.is_whole else None
    names = {column.name: column.related_model for column in target._meta.concrete_fields}
    if names.get("member") is Member:
        return Q(**{f"{path}__member__in": leaving.members})
    if names.get("account") is Account:
        return Q(**{f"{path}__account": leaving.account}) if leaving.is_whole else None
    raise Uncovered(f"{path} of {target._meta.label} leads to nobody")
