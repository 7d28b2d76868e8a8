"""The list of accounts: what a line says, filters, and what a search finds (A01, A04, D09)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import InvitationPurpose
from accounts.models import Account, Invitation
from clients import naming
from clients.models import Household
from tests import factories as make
from tests.cast import Cast
from tests.clients.test_hidden_accounts import owe
from tests.web import Page, Web


def url(cast: Cast) -> str:
    return reverse("staff:accounts", args=[cast.organization.slug])


def rows(page: Page) -> list[list[str]]:
    """The cells of each row, as words."""
    found = re.findall(r"<tr>(.*?)</tr>", page.html.split("<tbody>")[-1], re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in found
    ]


def names(page: Page) -> list[str]:
    return [re.sub(r"^\w ", "", row[0]) for row in rows(page)] if "<tbody>" in page.html else []


def keep(cast: Cast, household: Household, expires_in_days: int | None = None) -> None:
    """The desk runs it; with an invitation that runs out in so many days."""
    Account.objects.filter(pk=household.account_id).update(kept_by=cast.organization, confirmed_at=None)
    if expires_in_days is not None:
        Invitation.objects.create(
            token_hash=f"of-{household.pk}",
            purpose=InvitationPurpose.CLAIM,
            organization=cast.organization,
            account=household.account,
            member=household.account.members.earliest("id"),
            email="invited@mail.test",
            expires_at=timezone.now() + timedelta(days=expires_in_days),
        )


def test_a_line_says_who_owns_it_how_many_who_runs_it_and_what_is_owed(web: Web, cast: Cast) -> None:
    owe(cast.household, 4200)
    owe(cast.stranger_household, -550)
    cast.client(cast.owner).delete()
    client = cast.client(cast.co_owner)
    client.given_name = "Chid"
    client.save(update_fields=["given_name"])
    keep(cast, cast.stranger_household, 3)
    Household.objects.update(last_activity_at=datetime(2026, 5, 3, 16, tzinfo=UTC))
    naming.refresh(cast.organization, Household.objects.filter(organization=cast.organization))
    day = "May 3, 2026"
    homes = (cast.stranger_household, cast.client(cast.other_guardian).household, cast.household)
    first, second, third = (str(household.number) for household in homes)

    assert rows(web.as_(cast.front_desk).get(url(cast))) == [
        ["L Lindqvist family", first, "Sven Lindqvist", "2", "Staff, family invited", day, "$5.50 in credit"],
        ["M Marin family", second, "Rosa Marin", "1", "The family", day, "$0.00"],
        ["O Okafor family", third, "Amara Okafor, Chid Okafor", "5", "The family", day, "$42.00"],
    ]  # fmt: skip


FILTERS = {
    "": ["Lindqvist family", "Marin family", "Okafor family"],
    "show=hidden": ["Quist family"],
    "show=all": ["Lindqvist family", "Marin family", "Okafor family", "Quist family"],
    "run=staff": ["Lindqvist family", "Marin family"],
    "run=family": ["Okafor family"],
    "run=waiting": ["Lindqvist family"],
    "run=waiting&show=all": ["Lindqvist family", "Quist family"],
    "owes=1": ["Okafor family"],
    "owes=1&run=staff": [],
    "show=nonsense&run=nobody&owes=perhaps&page=7": ["Lindqvist family", "Marin family", "Okafor family"],
    "show=%00&run[]=staff&owes=2&after=%F0%9F%90%AC": ["Lindqvist family", "Marin family", "Okafor family"],
    "q=quist&show=all": ["Quist family"],
    "q=quist": [],
    "q=okafor&run=staff": [],
}


@pytest.fixture
def many_kinds(cast: Cast) -> None:
    hidden = make.HouseholdFactory(
        organization=cast.organization, account__name="Quist family", hidden_at=timezone.now()
    )
    Account.objects.filter(pk=hidden.account_id).update(confirmed_at=None)
    keep(cast, cast.stranger_household, -1)
    keep(cast, cast.client(cast.other_guardian).household)
    owe(cast.household, 4200)
    owe(cast.stranger_household, -4200)
    naming.refresh(cast.organization, Household.objects.filter(organization=cast.organization))


@pytest.mark.parametrize("query", FILTERS)
def test_filters_narrow_the_list_and_nonsense_is_as_if_not_asked(
    web: Web, cast: Cast, many_kinds: None, query: str
) -> None:
    page = web.as_(cast.front_desk).get(f"{url(cast)}?{query}")

    assert (page.status, [name.removesuffix(" Hidden") for name in names(page)]) == (200, FILTERS[query])


def test_a_hidden_account_is_found_by_a_search_that_asks_for_hidden_ones(
    web: Web, cast: Cast, many_kinds: None
) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.get(url(cast), {"q": "quist family"})
    assert (names(page), "Look among hidden ones too" in page.words) == ([], True)

    there = re.search(r'href="(\?[^"]*show=all[^"]*)"', page.text)
    assert there is not None
    assert names(desk.get(url(cast) + there[1])) == ["Quist family Hidden"]


def test_a_client_of_a_hidden_account_leaves_the_list_and_is_found_by_a_search(web: Web, cast: Cast) -> None:
    Household.objects.filter(pk=cast.household.pk).update(hidden_at=timezone.now())
    desk, clients = web.as_(cast.front_desk), reverse("staff:clients", args=[cast.organization.slug])

    assert "Toby Okafor" not in desk.get(clients).words
    found = desk.get(clients, {"q": "toby"}).words
    assert ("Toby Okafor" in found, "Hidden account" in found) == (True, True)


def test_a_new_account_is_not_made_twice_because_the_first_is_hidden(web: Web, cast: Cast) -> None:
    naming.refresh(cast.organization, [cast.household])
    Household.objects.filter(pk=cast.household.pk).update(hidden_at=timezone.now())

    page = web.as_(cast.front_desk).get(
        reverse("staff:account_email_check", args=[cast.organization.slug]), {"email": cast.owner.email}
    )

    assert "Already a client here" in page.words


def test_the_list_takes_the_same_queries_at_1_3_and_500_rows(web: Web, cast: Cast) -> None:
    filters = ("", "show=all", "owes=1&show=all", "run=family", "run=waiting", "q=amily")
    desk = web.as_(cast.front_desk)
    counts: dict[str, list[int]] = {query: [] for query in filters}
    for more in (1, 2, 497):
        _many(cast, more)
        for query in filters:
            with CaptureQueriesContext(connection) as queries:
                page = desk.get(f"{url(cast)}?{query}")
            counts[query].append(len(queries))
            assert (query, len(rows(page)) == 25) == (query, more == 497)

    assert {query: found for query, found in counts.items() if len(set(found)) > 1 or found[0] > 7} == {}


def _many(cast: Cast, count: int) -> None:
    """So many accounts that owe and were never confirmed, without a login."""
    accounts = Account.objects.bulk_create(make.AccountFactory.build_batch(count, confirmed_at=None))
    first = Household.objects.filter(organization=cast.organization).count() + 100
    made = Household.objects.bulk_create(
        Household(
            organization=cast.organization,
            account=account,
            number=first + n,
            name=account.name,
            sort_name=account.name.lower(),
            search_text=account.name.lower(),
        )
        for n, account in enumerate(accounts)
    )
    for household in made[:30] if count > 30 else made:
        owe(household, 100)
    Account.objects.filter(households__organization=cast.organization).update(confirmed_at=None)
