"""The family's first page: everybody's, or one person's, or one place's (P08, P09, P10)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from clients.enums import MemoAudience
from tests import factories as make
from tests.cast import Cast
from tests.web import Page, Web

BUDGET = 15
CONTROL = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)")


def home(web: Web, person: Member, **narrowed: str) -> Page:
    return web.as_(person).get(reverse("portal:home"), narrowed)


def note(cast: Cast, about: Member, text: str, **fields: Any) -> None:
    client = cast.client(about, fields.pop("organization", None))
    make.MemoFactory(client=client, text=text, audience=fields.pop("audience", MemoAudience.FAMILY), **fields)


def bill(cast: Cast, about: Member, label: str, **fields: Any) -> Any:
    client = cast.client(about, fields.pop("organization", None))
    return make.InvoiceLineFactory(invoice__household=client.household, client=client, label=label, **fields)


def booked(cast: Cast, member: Member, title: str) -> None:
    begins = timezone.now() + timedelta(days=1)
    session = make.SessionFactory(
        schedule=make.ScheduleFactory(service__organization=cast.organization, title=title),
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
    )
    make.RegistrationFactory(session=session, client=cast.client(member))


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Each child has a class, a note and a bill."""
    for child, word in ((cast.child, "Sharks"), (cast.sibling, "Minnows"), (cast.teenager, "Squad")):
        booked(cast, child, f"{word} class")
        note(cast, child, f"{word} note")
        bill(cast, child, f"{word} bill")
    note(cast, cast.child, "Not for families", audience=MemoAudience.STAFF)
    return cast


def found(page: Page) -> set[str]:
    """Which of the made-up things stand on a page."""
    words = page.words
    return {
        f"{word} {what}"
        for word in ("Sharks", "Minnows", "Squad")
        for what in ("class", "note", "bill")
        if f"{word} {what}" in words
    }


def of(word: str) -> set[str]:
    return {f"{word} class", f"{word} note", f"{word} bill"}


def test_an_owner_reads_what_is_about_everybody_or_about_one(busy: Cast, web: Web) -> None:
    everything = home(web, busy.owner)
    one = home(web, busy.owner, who=busy.child.code)

    assert (found(everything), found(one)) == (of("Sharks") | of("Minnows") | of("Squad"), of("Sharks"))
    assert "Not for families" not in everything
    assert (busy.card.last4 in everything, busy.card.last4 in one) == (True, False)


def test_the_filter_by_person_keeps_the_place_and_the_other_way_round(busy: Cast, web: Web) -> None:
    make.ClientFactory(organization=busy.rival, member=busy.child)

    page = home(web, busy.owner, who=busy.child.code, at=busy.organization.slug)

    assert f'href="?at=riverside&who={busy.sibling.code}"' in page.text
    assert f'href="?who={busy.child.code}&at=lumen"' in page.text
    assert page.html.count('aria-current="true"') == 2
    assert found(home(web, busy.owner, who=busy.child.code, at=busy.rival.slug)) == set()


def test_a_dependent_reads_of_themselves_alone_and_of_no_bill_or_card(busy: Cast, web: Web) -> None:
    page = home(web, busy.teenager)

    assert found(page) == {"Squad class", "Squad note"}
    assert [text for text in ("Bills", "Cards", busy.card.last4) if f'">{text}</h2>' in page.text] == []


@pytest.mark.parametrize("reader", ["teenager", "other_guardian", "stranger"])
def test_nobody_narrows_the_page_to_whom_they_may_not_open(busy: Cast, web: Web, reader: str) -> None:
    assert home(web, getattr(busy, reader), who=busy.sibling.code).status == 404


def test_another_guardian_reads_of_the_childs_class_and_of_no_note_nor_bill(busy: Cast, web: Web) -> None:
    assert found(home(web, busy.other_guardian, who=busy.child.code)) == {"Sharks class"}


def test_a_link_made_at_one_desk_shows_the_person_there_and_nowhere_else(busy: Cast, web: Web) -> None:
    make.ManagerLinkFactory(
        manager=busy.stranger, dependent=busy.child, organization=busy.organization, view=True
    )
    make.ClientFactory(organization=busy.rival, member=busy.child)
    reader = busy.stranger  # of both organisations
    at_one = make.MemberFactory(owner=True, with_login=True)
    make.ClientFactory(organization=busy.organization, member=at_one)
    make.ManagerLinkFactory(manager=at_one, dependent=busy.child, organization=busy.organization, view=True)

    assert {
        "everywhere": found(home(web, reader)),
        "there": found(home(web, reader, at=busy.organization.slug)),
        "elsewhere": found(home(web, reader, at=busy.rival.slug)),
        "known there only": found(home(web, at_one)),
    } == {
        "everywhere": set(),
        "there": {"Sharks class"},
        "elsewhere": set(),
        "known there only": {"Sharks class"},
    }


def test_a_bill_with_something_left_to_pay_waits_on_the_page_for_owners(busy: Cast, web: Web) -> None:
    to_pay = "to pay to Riverside Recreation"

    shown = {
        who: to_pay in home(web, getattr(busy, who)) for who in ("owner", "co_owner", "teenager", "stranger")
    }

    assert shown == {"owner": True, "co_owner": True, "teenager": False, "stranger": False}
    assert to_pay not in home(web, busy.owner, who=busy.owner.code)


def test_a_minor_reads_the_first_names_of_their_peers_and_no_more(busy: Cast, web: Web) -> None:
    make.NoContactFactory(organization=busy.organization, barred=busy.teenager, protected=busy.sibling)

    page = home(web, busy.teenager)

    assert "The same people look after Toby." in page.words
    assert [text for text in ("Zuri", "Toby Okafor", busy.child.code) if text in page] == []
    assert "The same people" not in home(web, busy.owner)


def test_peers_of_another_household_are_not_named(cast: Cast, web: Web) -> None:
    """Rosa acts for Toby and for a teenager of her own: neither learns of the other."""
    hers = make.MemberFactory(
        account=cast.other_guardian.account, given_name="Luz", with_login=True, born_on=make.years_ago(14)
    )

    assert [name for name in ("Toby", "Zuri") if name in home(web, hers)] == []
    assert "Luz" not in web.as_(cast.owner).get(reverse("portal:person", args=[cast.child.code]))


def test_who_acts_for_several_reads_on_each_ones_page_the_first_names_of_the_others(
    cast: Cast, web: Web
) -> None:
    page = web.as_(cast.owner).get(reverse("portal:person", args=[cast.child.code]))

    assert "You also act for Noah, Zuri." in page.words


@pytest.mark.parametrize("people", [1, 12])
def test_the_page_stays_within_its_budget_of_queries(cast: Cast, web: Web, people: int) -> None:
    account = make.AccountFactory()
    owner = make.MemberFactory(account=account, owner=True, with_login=True)
    for member in [owner, *make.MemberFactory.create_batch(people - 1, account=account)]:
        client = make.ClientFactory(organization=cast.organization, member=member)
        cast.clients[member.pk, cast.organization.pk] = client
        booked(cast, member, "Swim")
        note(cast, member, "Bring goggles")
        bill(cast, member, "Swim")
    reader = web.as_(owner)
    reader.get(reverse("portal:home"))

    with CaptureQueriesContext(connection) as asked:
        page = reader.get(reverse("portal:home"))

    count = sum(1 for query in asked if not CONTROL.match(query["sql"]))
    assert (page.status, count <= BUDGET) == (200, True), count
