"""``manage.py erase_account``: an operator erases (D10)."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Member, PrivacyRequest
from relationships import flows
from tests import factories as make
from tests.billing.purse import person, real_card
from tests.cast import Cast, assemble
from tests.devstripe import DevStripe
from tests.erasure.test_asking import guardian_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("devstripe")]


@pytest.fixture
def people() -> Cast:
    return assemble()


def erase(*arguments: str, typed: str | None = None, monkeypatch: Any = None) -> str:
    out = io.StringIO()
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO("" if typed is None else f"{typed}\n"))
    call_command("erase_account", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refused(*arguments: str, **how: Any) -> tuple[str, int]:
    with pytest.raises(CommandError) as error:
        erase(*arguments, **how)
    return str(error.value), error.value.returncode


def names(cast: Cast) -> list[str]:
    return [Member.objects.get(pk=member.pk).given_name for member in cast.family]


def test_a_dry_run_lists_what_goes_and_erases_nothing(people: Cast) -> None:
    said = erase(people.owner.account.code, "--dry-run")

    for told in (
        "Amara Okafor",
        "goes: The profile at Riverside Recreation",
        "1 saved card",
        "Nothing was erased.",
    ):
        assert told in said
    assert names(people) == ["Amara", "Chidi", "Toby", "Zuri", "Noah"]
    assert not PrivacyRequest.objects.exists()


def test_an_account_is_erased_by_its_number_once_the_name_is_typed(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = f"riverside/{people.household.number}"

    for typed in ("Lindqvist family", "", None):
        assert refused(number, typed=typed, monkeypatch=monkeypatch)[1] == 1
    assert names(people)[0] == "Amara"
    assert erase(number, typed="okafor FAMILY", monkeypatch=monkeypatch).endswith("Erased.\n")
    assert names(people) == ["Erased person"] * 5
    assert refused(number) == ("This account is erased already, or being erased.", 1)


def test_one_person_is_erased_and_a_request_of_the_familys_gives_way(people: Cast) -> None:
    guardian_of(people, people.child)
    flows.erase(by=person(people.owner), account=people.owner.account, member=people.child)

    assert refused(people.owner.account.code, "--member", people.child.code, "--yes")[1] == 1
    people.child.links_as_dependent.update(is_legal_guardian=False, sign=False)
    assert "Erased." in erase(people.owner.account.code, "--member", people.child.code.lower(), "--yes")
    assert names(people) == ["Amara", "Chidi", "Erased person", "Zuri", "Noah"]
    states = PrivacyRequest.objects.order_by("pk").values_list("state", "requested_by")
    assert list(states) == [("cancelled", people.owner.pk), ("done", None)]


def test_what_is_in_the_way_is_said_and_nothing_is_asked(people: Cast) -> None:
    make.InvoiceLineFactory(invoice__household=people.household, client=people.client(people.child))

    said = refused(people.owner.account.code, "--yes")

    assert said == ("Nothing was erased. Settle this first.", 1)
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [["NOSUCHCODE"], ["riverside/999999"], ["riverside/" + "9" * 40], ["/"], ["lumen/1x"], ["\u202e"], [""]],
    ids=str,
)
def test_what_is_not_there_is_said(people: Cast, arguments: list[str]) -> None:
    assert refused(*arguments, "--yes")[1] == 1
    assert refused(people.owner.account.code, "--member", people.stranger.code, "--yes")[1] == 1
    assert not PrivacyRequest.objects.exists()


def test_with_stripe_out_of_reach_it_says_so_and_ends_with_3(people: Cast, devstripe: DevStripe) -> None:
    real_card(people.card)
    devstripe.fault("DELETE /v1/customers/.*", "500", times=2)

    said, status = refused(people.owner.account.code, "--yes")

    assert status == 3
    assert "stripe is out of reach" in said
    assert names(people) == ["Erased person"] * 5
