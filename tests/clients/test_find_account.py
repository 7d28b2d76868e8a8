"""``manage.py find_account``: by code, number, name and e-mail, over all organisations."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories as make
from tests.cast import Cast


def found(text: str, **options: Any) -> list[str]:
    """The names of the accounts that fit."""
    said = StringIO()
    call_command("find_account", text, json=True, stdout=said, stderr=StringIO(), **options)
    return [each["name"] for each in json.loads(said.getvalue())]


def test_an_account_is_found_by_whatever_somebody_says_of_it(cast: Cast) -> None:
    account, home = cast.owner.account, cast.household
    client = cast.client(cast.child)

    for text in (
        account.code, account.code.lower(), cast.child.code, cast.owner.email.upper(), "okafor amara", "TOBY",
        "okafor family", str(home.number), str(client.number),
    ):  # fmt: skip
        assert account.name in found(text), text


@pytest.mark.parametrize(
    "text", ["nobody of this name", "0000000000000", "ghost@mail.test", "", "\x00", "9" * 40, "%"]
)
def test_what_fits_nothing_is_said_and_ends_with_one(cast: Cast, text: str) -> None:
    with pytest.raises(CommandError, match="No account fits") as refused:
        call_command("find_account", text)
    assert refused.value.returncode == 1


def test_the_table_shows_owners_people_numbers_and_state(cast: Cast) -> None:
    cast.owner.account.erased_at = timezone.now()
    cast.owner.account.save(update_fields=["erased_at"])
    said = StringIO()

    call_command("find_account", "okafor family", stdout=said)

    text = said.getvalue()
    assert [
        part
        for part in (
            cast.owner.account.code, "Amara Okafor <amara.okafor@mail.test>", f"{cast.child.code} Toby Okafor",
            f"riverside {cast.household.number}", "erased",
        )
        if part not in text
    ] == []  # fmt: skip


def test_more_than_the_limit_is_said(cast: Cast) -> None:
    make.AccountFactory.create_batch(4, name="Okafor cousins")
    said, warned = StringIO(), StringIO()

    call_command("find_account", "okafor", limit=2, json=True, stdout=said, stderr=warned)

    assert len(json.loads(said.getvalue())) == 2
    assert "There are more." in warned.getvalue()


def test_finding_costs_the_same_for_one_account_and_for_many(cast: Cast) -> None:
    costs = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as captured:
            found("okafor")
        costs.append(len(captured))
        for member in make.MemberFactory.create_batch(5, family_name="Okafor", owner=True):
            make.ClientFactory(organization=cast.organization, member=member)

    assert costs[0] == costs[1]
