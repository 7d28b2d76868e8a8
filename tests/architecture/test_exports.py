"""Everything held about somebody is in a copy of it, or has a reason; each part costs the same for any number."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.exporting import ExportPart, export_parts, privacy_holdings
from accounts.models import Account, Member, User
from clients.models import Client, Household
from relationships import exporting
from tests.cast import Cast
from tests.relationships.copies import acting, fill

ABOUT = (Account, Member, User, Client, Household)

# Models that tell of people and have no part in a copy, each with why. A new one is a part, or a line here.
LEFT_OUT = {
    "accounts.PrivacyConsent": "a step of an erasure; the audit tells of it",
    "clients.Merge": "how an organisation keeps its records; the copy says what a joined one was joined into",
    "relationships.AgeNotice": "that a mail was written; the mails are in the copy",
    "relationships.LinkCode": "a code to be shown, which runs out: a secret",
    "relationships.NoContact": "never told (RULES 2.1)",
    "relationships.NeverRelease": "never told (RULES 2.11)",
    "billing.OpenBalance": "an index over the books: their sum is in the part balances",
}


def models_about_people() -> Iterator[str]:
    """Models with a personal field, or an edge to somebody."""
    for app in settings.KINROLL_APPS:
        for model in apps.get_app_config(app).get_models():
            edges = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
            if getattr(model, "personal_fields", ()) or edges & set(ABOUT):
                yield model._meta.label
    yield from (model._meta.label for model in (EmailAddress, Authenticator, UserSession))


def test_everything_that_tells_of_people_is_in_a_copy_or_has_a_reason() -> None:
    covered = {label for part in export_parts for label in part.models}

    forgotten = set(models_about_people()) - covered - set(LEFT_OUT)

    assert forgotten == set()
    assert covered & set(LEFT_OUT) == set()


def test_the_parts_and_the_reasons_are_about_models_that_exist() -> None:
    known = {model._meta.label for model in apps.get_models()}

    assert {label for part in export_parts for label in part.models} <= known
    assert set(LEFT_OUT) <= set(models_about_people())


@pytest.mark.parametrize("part", list(export_parts), ids=lambda part: part.key)
def test_a_parts_columns_are_named_once_and_hold_what_its_rows_say(part: ExportPart, cast: Cast) -> None:
    fill(cast)
    scope = exporting.scope_of(acting(cast.owner), cast.owner.account, None)
    keys = [column.key for column in part.columns]

    said: set[str] = set()
    for row in part.rows(scope):
        said |= set(row)

    assert len(keys) == len(set(keys))
    assert said <= set(keys)


def test_every_part_costs_the_same_number_of_queries_for_any_number_of_rows(cast: Cast) -> None:
    fill(cast)
    scope = exporting.scope_of(acting(cast.owner), cast.owner.account, None)

    few = costs(scope)
    for turn in range(3):
        fill(cast, f" again {turn}")
    many = costs(scope)

    assert {key: cost for key, cost in many.items() if cost != few[key]} == {}


def costs(scope: Any) -> dict[str, int]:
    """Per part and holding, the statements it sends beside the one that streams."""
    found = {}
    for part in export_parts:
        with CaptureQueriesContext(connection) as captured:
            list(part.rows(scope))
            list(part.files(scope) if part.files else ())
        found[part.key] = len(captured)
    for holding in privacy_holdings:
        with CaptureQueriesContext(connection) as captured:
            holding.count(scope)
        found[f"holding {holding.key}"] = len(captured)
        assert len(captured) <= 1
    return found
