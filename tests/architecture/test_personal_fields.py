"""Every column that could hold personal data says whether it does (RULES 4.5)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Person
from clients.merging import merging
from clients.models import Client

TELLING = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.DateField,
    models.TimeField,
    models.UUIDField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
    ArrayField,
)

MODELS = [model for app in settings.KINROLL_APPS for model in apps.get_app_config(app).get_models()]

# What a merge of two clients does with each row that points at one (RULES 4.1, 4.2).
EDGES_TO_CLIENT = {
    "clients.Client.merged_into": "set on the tombstone",
    "clients.Merge.keep": "stays: it says what was joined",
    "clients.Merge.drop": "stays: it says what was joined",
    "clients.Memo.client": "moves",
    "relationships.NeverRelease.client": "moves",
    "waivers.Signature.client": "moves, naming the Merge",
    "billing.InvoiceLine.client": "moves, naming the Merge",
    "scheduling.CourseEnrolment.client": "moves",
    "scheduling.Registration.client": "moves",
}


def is_plain_by_type(model: type[models.Model], field: "models.Field[Any, Any]") -> bool:
    """Closed lists, moments and days of things; a date of a person is always personal."""
    if field.choices:
        return True
    if isinstance(field, models.DateTimeField):
        return field.name.endswith(("_at", "_until")) or field.name in ("at", "since")
    if isinstance(field, models.DateField | models.TimeField):
        return field.name.endswith(("_on", "_time")) and not issubclass(model, Person)
    return False


def unclassified(model: type[models.Model]) -> Iterator[str]:
    named = {*getattr(model, "personal_fields", ()), *getattr(model, "plain_fields", ())}
    for field in model._meta.concrete_fields:
        if field.is_relation or not isinstance(field, TELLING) or field.name in named:
            continue
        if not is_plain_by_type(model, field):
            yield f"{model._meta.label}.{field.name}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_telling_field_is_personal_or_plain_by_name(model: type[models.Model]) -> None:
    assert list(unclassified(model)) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_lists_name_fields_that_exist_and_none_twice(model: type[models.Model]) -> None:
    personal, plain = model.personal_fields, getattr(model, "plain_fields", ())  # type: ignore[attr-defined]
    existing = {field.name for field in model._meta.concrete_fields}

    assert set(personal) & set(plain) == set()
    assert {*personal, *plain} - existing == set()


def test_json_stands_beside_the_ids_of_whom_it_is_about() -> None:
    alone = [
        model._meta.label
        for model in MODELS
        if any(isinstance(field, models.JSONField) for field in model._meta.concrete_fields)
        and "member_ids" not in {field.name for field in model._meta.concrete_fields}
    ]

    assert alone == []


def test_every_foreign_key_to_a_client_says_what_a_merge_does_with_it() -> None:
    edges = {
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if field.related_model is Client
    }

    assert edges == set(EDGES_TO_CLIENT)


def test_what_moves_in_a_merge_is_moved_by_a_rule() -> None:
    moved = [edge for rule in merging for edge in rule.edges]

    assert sorted(moved) == sorted(edge for edge, fate in EDGES_TO_CLIENT.items() if fate.startswith("moves"))
