"""The lists of clients and accounts (F02): a scroll by name and a search, in the same few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients import naming
from clients.enums import ClientStatus
from clients.models import Client
from clients.paging import page_by_name
from clients.querysets import leading_word
from tests import factories as make
from tests.cast import Cast
from tests.web import Web


def url(cast: Cast, name: str = "clients") -> str:
    return reverse(f"staff:{name}", args=[cast.organization.slug])


def test_leads_payers_and_merged_clients_are_not_on_the_list_and_a_search_finds_the_first_two(
    web: Web, cast: Cast
) -> None:
    lead = make.ClientFactory(organization=cast.organization, status=ClientStatus.LEAD)
    payer = make.ClientFactory(organization=cast.organization, participates=False)
    gone = make.ClientFactory(
        organization=cast.organization, status=ClientStatus.MERGED, merged_into=cast.client(cast.child)
    )
    desk = web.as_(cast.front_desk)
    listed = desk.get(url(cast)).words
    assert "Toby Okafor" in listed
    assert [c.full_name in listed for c in (lead, payer, gone)] == [False, False, False]
    found = [desk.get(url(cast), {"q": c.family_name}).words for c in (lead, payer, gone)]
    assert [c.full_name in page for c, page in zip((lead, payer, gone), found, strict=True)] == [
        True,
        True,
        False,
    ]
    assert lead.full_name in desk.get(url(cast), {"show": "lead"}).words
    assert lead.full_name not in desk.get(url(cast), {"q": lead.family_name, "show": ""}).words
    assert "Toby Okafor" not in desk.get(url(cast), {"show": "lead"}).words


@pytest.mark.parametrize(
    "query",
    ["toby", "TOBY", "oka", "ok", "Okafor Toby", "416 555 0111 x", "amara.okafor@mail", "\x00", "%", "🐬"],
)
def test_a_search_never_finds_anybody_of_another_organization(web: Web, cast: Cast, query: str) -> None:
    page = web.as_(cast.rival_administrator).get(
        reverse("staff:clients", args=[cast.rival.slug]), {"q": query}
    )
    assert page.status == 200
    assert not [text for text in cast.strings_of_family if text in page.words.replace(query, "")]


def test_people_are_found_by_name_parent_phone_email_and_number(web: Web, cast: Cast) -> None:
    naming.refresh(cast.organization, [cast.household])
    desk, toby = web.as_(cast.front_desk), cast.client(cast.child)
    queries = ["toby", "TÖBY okafor", "toby amara", str(toby.number).zfill(1), "ok"]
    assert ["Toby Okafor" in desk.get(url(cast), {"q": q}).words for q in queries] == [True] * 5
    for q in ("(416) 555-0111", "416.555.0111", "0111", "amara.okafor@mail.test"):
        assert "Amara Okafor" in desk.get(url(cast), {"q": q}).words, q
    assert "Nobody here fits" in desk.get(url(cast), {"q": "Zzyzx"}).words
    assert "Nobody here fits" in desk.get(url(cast), {"q": "x" * 5000}).words


@pytest.mark.django_db
def test_paging_forth_and_back_shows_everybody_once_in_order() -> None:
    organization = make.OrganizationFactory()
    for i in range(60):
        member = make.MemberFactory(family_name=f"Name{i % 20:02}")
        make.ClientFactory(organization=organization, member=member)
    rows = Client.objects.at(organization)
    whole = [c.number for c in rows.order_by("sort_name", "pk")]
    first = page_by_name(rows)
    second = page_by_name(rows, after=str(first.later))
    third = page_by_name(rows, after=str(second.later))
    assert [c.number for page in (first, second, third) for c in page.rows] == whole
    assert (first.earlier, third.later, first.count, first.is_over) == (None, None, 60, False)
    assert [c.number for c in page_by_name(rows, before=str(third.earlier)).rows] == whole[25:50]
    back = page_by_name(rows, before=str(second.earlier))
    assert ([c.number for c in back.rows], back.earlier) == (whole[:25], None)


@pytest.mark.django_db
def test_a_search_shows_last_names_first_and_pages_through_both_parts_once() -> None:
    organization = make.OrganizationFactory()
    for i in range(70):
        names = ("Okafor", f"Ada{i:02}") if i % 2 else (f"Name{i:02}", "Okafor")
        member = make.MemberFactory(family_name=names[0], given_name=names[1])
        make.ClientFactory(organization=organization, member=member)
    rows = Client.objects.at(organization).matching("okafor")
    assert leading_word(rows, "zzz okafor") == "okafor"
    whole = [c.number for c in rows.order_by("sort_name", "pk") if c.family_name == "Okafor"]
    whole += [c.number for c in rows.order_by("sort_name", "pk") if c.family_name != "Okafor"]
    pages = [page_by_name(rows, lead="okafor")]
    while pages[-1].later:
        pages.append(page_by_name(rows, after=str(pages[-1].later), lead="okafor"))
    assert [c.number for page in pages for c in page.rows] == whole
    back = [pages[-1]]
    while back[-1].earlier:
        back.append(page_by_name(rows, before=str(back[-1].earlier), lead="okafor"))
    assert [c.number for page in reversed(back) for c in page.rows] == whole


@pytest.mark.parametrize("after", ["0", "-1", "nobody", "9" * 40, "1 OR 1=1"])
def test_a_page_that_is_not_there_is_the_first_one(web: Web, cast: Cast, after: str) -> None:
    assert "Toby Okafor" in web.as_(cast.front_desk).get(url(cast), {"after": after}).words


@pytest.mark.parametrize("name", ["clients"])
def test_lists_take_the_same_queries_at_1_3_and_500_rows(web: Web, cast: Cast, name: str) -> None:
    desk, counts = web.as_(cast.front_desk), []
    for more in (0, 2, 500):
        _many(cast, more)
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(url(cast, name))
        counts.append(len(queries))
    assert "25 of 5" in page.words
    assert counts[0] == counts[1] == counts[2] <= 8


def test_accounts_are_found_by_name_owner_phone_and_number(web: Web, cast: Cast) -> None:
    naming.refresh(cast.organization, [cast.household, cast.stranger_household])
    desk = web.as_(cast.front_desk)
    for q in ("okafor", "amara", "416 555 0111", "amara.okafor@mail.test", str(cast.household.number)):
        page = desk.get(url(cast, "accounts"), {"q": q}).words
        assert ("Okafor family" in page, "Lindqvist family" in page) == (True, False), q


def test_an_instructor_sees_clients_and_no_accounts(web: Web, cast: Cast) -> None:
    coach = web.as_(cast.instructor)
    assert [coach.get(url(cast, name)).status for name in ("clients", "accounts")] == [200, 403]
    assert "New account" not in coach.get(url(cast)).words


def _many(cast: Cast, count: int) -> None:
    """Clients of that many new families."""
    for _ in range(count):
        member = make.MemberFactory(owner=True)
        make.ClientFactory(organization=cast.organization, member=member)
