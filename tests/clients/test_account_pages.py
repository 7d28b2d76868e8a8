"""An account's page: its frame, its people, who gets its bills, and hidden ones (A01, A04, RULES 1.7)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountOwner, AuditEvent
from accounts.permissions import Permission
from clients.enums import ClientStatus
from clients.models import Client, Household
from clients.paging import page_by_time
from clients.sections import household_tabs
from tests import factories as make
from tests.cast import Cast
from tests.clients.test_account_list import keep
from tests.clients.test_hidden_accounts import owe
from tests.web import Page, Web


def url(cast: Cast, name: str = "account", number: int | None = None) -> str:
    return reverse(f"staff:{name}", args=[cast.organization.slug, number or cast.household.number])


def side(page: Page) -> str:
    """What the side column says."""
    import re

    found = re.search(r"<aside class=\"profile-side\".*?</aside>", page.html, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_page_says_who_it_is_who_runs_it_what_is_owed_and_where_bills_go(web: Web, cast: Cast) -> None:
    Household.objects.update(
        billing_contact=cast.owner, last_activity_at=datetime(2026, 5, 3, 16, tzinfo=UTC)
    )
    owe(cast.household, 4200)
    contact = cast.client(cast.owner)
    contact.phone = "+14165550188"
    contact.save(update_fields=["phone"])

    page = web.as_(cast.front_desk).get(url(cast))

    assert side(page) == (
        f"Accounts O Okafor family Account {cast.household.number} Run by the family Balance $42.00"
        " Bills go to Change where bills go Amara Okafor amara.okafor@mail.test (416) 555-0188"
        " Last activity May 3, 2026"
    )
    assert "Members Billing Purchases Documents" in page.words


@pytest.mark.parametrize(("days", "words"), [(None, ""), (4, "Invited until"), (-1, "Invitation ran out")])
def test_an_account_that_staff_keep_says_how_far_its_family_is(
    web: Web, cast: Cast, days: int | None, words: str
) -> None:
    keep(cast, cast.household, days)

    told = side(web.as_(cast.front_desk).get(url(cast)))

    assert f"Run by staff {words}".strip() in told
    assert "Add a person" in told


def test_everybody_is_shown_owners_first_and_page_by_page(web: Web, cast: Cast) -> None:
    cast.client(cast.co_owner).delete()
    for n in range(30):
        member = make.MemberFactory(account=cast.owner.account, given_name=f"Child{n:02}", family_name="X")
        make.ClientFactory(organization=cast.organization, member=member, household=cast.household)
    desk = web.as_(cast.front_desk)
    first = desk.get(url(cast)).words
    last = max(n for n in range(30) if f"Child{n:02}" in first)
    assert first.index("Amara Okafor 38") < first.index("Chidi Okafor 38") < first.index("Toby Okafor")
    assert "People 35" in first

    number = Client.objects.get(given_name=f"Child{last:02}").number
    second = desk.get(url(cast), {"after": number}).words

    assert [f"Child{n:02}" in second for n in range(30)] == [n > last for n in range(30)]
    assert "Amara Okafor 38" not in second
    for nonsense in ("x", "-1", "9" * 40, "'; --"):
        assert "Amara Okafor 38" in desk.get(url(cast), {"after": nonsense}).words


def test_siblings_who_take_no_part_are_nowhere_and_merged_clients_are_not_counted(
    web: Web, cast: Cast
) -> None:
    make.MemberFactory(account=cast.owner.account, given_name="Quill", family_name="Okafor")
    Client.objects.filter(member=cast.sibling).update(
        status=ClientStatus.MERGED, merged_into=cast.client(cast.child)
    )

    page = web.as_(cast.front_desk).get(url(cast)).words

    assert ("Quill" in page, "Zuri" in page, "People 4" in page) == (False, False, True)


def test_another_owner_is_chosen_to_get_the_bills(web: Web, cast: Cast) -> None:
    desk, there = web.as_(cast.front_desk), url(cast, "account_billing_contact")
    assert "Chidi Okafor, chidi.okafor@mail.test" in desk.get(there).words

    page = desk.post(there, {"owner": cast.co_owner.code})

    assert (page.path, "Bills go to Chidi Okafor" in page.words) == (url(cast), True)
    assert Household.objects.get(pk=cast.household.pk).billing_contact == cast.co_owner
    desk.post(there, {"owner": cast.co_owner.code})
    assert list(
        AuditEvent.objects.filter(action="clients.billing_contact_chosen").values_list(
            "member_ids", flat=True
        )
    ) == [[cast.co_owner.pk]]


@pytest.mark.parametrize("answer", ["", "nobody", "x" * 5000, "\x00", "child", "stranger"])
def test_bills_go_to_nobody_but_an_owner_of_the_account(web: Web, cast: Cast, answer: str) -> None:
    sent = getattr(cast, answer).code if answer in ("child", "stranger") else answer

    page = web.as_(cast.front_desk).post(url(cast, "account_billing_contact"), {"owner": sent})

    assert (page.status, "Not saved yet" in page.words) == (422, True)
    assert Household.objects.get(pk=cast.household.pk).billing_contact is None


def test_who_stops_being_an_owner_meanwhile_is_not_chosen(cast: Cast) -> None:
    from accounts.actors import Actor
    from clients.errors import NotAnOwner
    from clients.operations import households

    AccountOwner.objects.filter(member=cast.co_owner).delete()
    with pytest.raises(NotAnOwner):
        households.choose_billing_contact(
            by=Actor.of_command("test"), household=cast.household, member=cast.co_owner
        )


def test_a_hidden_account_says_so_and_comes_back_by_hand(web: Web, cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=900)
    Household.objects.filter(pk=cast.household.pk).update(hidden_at=timezone.now(), last_activity_at=long_ago)
    desk = web.as_(cast.front_desk)
    assert "Hidden since" in side(desk.get(url(cast)))

    page = desk.post(url(cast, "account_show_again"))

    assert ("On lists again" in page.words, "Hidden since" in page.words) == (True, False)
    assert AuditEvent.objects.filter(action="clients.household_shown").count() == 1
    assert "Okafor family" in desk.get(reverse("staff:accounts", args=[cast.organization.slug])).words


def test_an_account_that_was_joined_into_another_leads_there(web: Web, cast: Cast) -> None:
    Household.objects.filter(pk=cast.stranger_household.pk).update(merged_into=cast.household)
    page = web.as_(cast.front_desk).get(url(cast, number=cast.stranger_household.number))
    assert page.path == url(cast)


def test_the_tabs_are_those_that_a_role_may_open(web: Web, cast: Cast) -> None:
    assert [(tab.key, tab.permission) for tab in household_tabs] == [
        (key, Permission.ACCOUNTS_READ) for key in ("members", "billing", "purchases", "documents")
    ]
    reader = make.StaffFactory(organization=cast.organization, roles=["account-reader"])
    page = web.as_(reader).get(url(cast))
    assert ("Documents" in page.words, "Change" in side(page)) == (True, False)


@pytest.mark.parametrize("kept", [False, True])
def test_the_page_takes_the_same_queries_at_1_3_and_500_people(web: Web, cast: Cast, kept: bool) -> None:
    if kept:
        keep(cast, cast.household, 3)
    desk, counts = web.as_(cast.front_desk), []
    for more in (0, 2, 500):
        _many(cast, more)
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(url(cast))
        counts.append(len(queries))
    assert "People 507" in page.words
    assert counts[0] == counts[1] == counts[2] <= 12  # a section has a savepoint around its query


def _many(cast: Cast, count: int) -> None:
    from accounts.models import Member

    members = Member.objects.bulk_create(
        make.MemberFactory.build_batch(count, account=cast.owner.account, email="")
    )
    first = Client.objects.count() + 1000
    Client.objects.bulk_create(
        Client(
            organization=cast.organization,
            member=member,
            household=cast.household,
            number=first + n,
            given_name=member.given_name,
            status=ClientStatus.ACTIVE,
            sort_name="x",
        )
        for n, member in enumerate(members)
    )


@pytest.mark.django_db
def test_a_list_by_time_shows_everything_once_even_what_was_written_at_once() -> None:
    organization = make.OrganizationFactory()
    moments = [timezone.now() - timedelta(minutes=n // 7) for n in range(60)]
    for moment in moments:
        make.HouseholdFactory(organization=organization, last_activity_at=moment)
    rows = Household.objects.filter(organization=organization)
    pages = [page_by_time(rows, "last_activity_at", size=5)]
    while pages[-1].older:
        pages.append(page_by_time(rows, "last_activity_at", after=pages[-1].older, size=5))

    whole = [row.pk for row in rows.order_by("-last_activity_at", "-pk")]
    assert [row.pk for page in pages for row in page.rows] == whole
    assert [page.is_first for page in pages] == [True] + [False] * 11
    for nonsense in ("x", "-1", "9" * 30 + "-1", "1-1-1", "\x00"):
        assert page_by_time(rows, "last_activity_at", after=nonsense).is_first
