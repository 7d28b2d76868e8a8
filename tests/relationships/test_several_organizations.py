"""A family at several organisations, staff at several, and people who are both (D05, RULES 1.5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member, Staff
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db

NAMES = ("Riverside Recreation", "Lumen Dance")


@pytest.fixture
def busy(cast: Cast) -> Member:
    """The stranger, with a class and a bill at each of both organisations."""
    for organization, title in ((cast.organization, "Swim 3"), (cast.rival, "Ballet 1")):
        session = make.session_today(organization, title=title)
        make.RegistrationFactory(session=session, client=cast.client(cast.stranger_child, organization))
        client = cast.client(cast.stranger, organization)
        make.InvoiceLineFactory(
            invoice__household=client.household, client=client, label=f"{title}, one place"
        )
    return cast.stranger


def shown(web: Web, url: str, *texts: str) -> list[str]:
    words = web.get(url).words
    return [text for text in texts if text in words]


@pytest.mark.parametrize("page", ["/my/", "/my/bills/"])
def test_pages_show_all_organisations_or_the_one_that_was_chosen(web: Web, busy: Member, page: str) -> None:
    browser, titles = web.as_(busy), ("Swim 3", "Ballet 1")

    assert shown(browser, page, *titles) == ["Swim 3", "Ballet 1"]
    assert shown(browser, f"{page}?at=riverside", *titles) == ["Swim 3"]
    assert shown(browser, f"{page}?at=lumen", *titles) == ["Ballet 1"]


def test_people_are_narrowed_to_who_is_known_there(web: Web, cast: Cast) -> None:
    cast.client(cast.stranger_child, cast.rival).delete()
    browser, people = web.as_(cast.stranger), ("Sven Lindqvist", "Astrid Lindqvist")

    assert shown(browser, "/my/people/", *people) == list(people)
    assert shown(browser, "/my/people/?at=riverside", *people) == list(people)
    assert shown(browser, "/my/people/?at=lumen", *people) == ["Sven Lindqvist"]


def test_the_choice_goes_along_through_the_navigation_and_the_tabs(web: Web, busy: Member) -> None:
    browser = web.as_(busy)
    page = browser.get("/my/bills/?show=unpaid&at=lumen")

    links = ("/my/people/?at=lumen", "/my/?at=lumen", "?show=unpaid&at=riverside", "/my/bills/?at=lumen")
    assert [link for link in links if f'"{link}"' not in page.text] == []
    assert browser.get("/my/schedule/?at=lumen", follow=False).location == "/o/lumen/"


def test_a_family_of_one_organisation_has_nothing_to_choose_and_reads_of_no_other(
    web: Web, cast: Cast
) -> None:
    pages = [web.as_(cast.owner).get(url) for url in ("/my/", "/my/people/", "/my/bills/")]

    assert [text for page in pages for text in ("Lumen", "Everywhere") if text in page.words] == []


@pytest.mark.parametrize("page", ["/my/", "/my/people/", "/my/bills/", "/my/schedule/"])
def test_an_organisation_where_the_family_is_not_known_is_not_found_like_one_that_is_not_there(
    web: Web, cast: Cast, page: str
) -> None:
    answers = [web.as_(cast.owner).get(f"{page}?at={slug}") for slug in ("lumen", "nowhere", "<b>")]

    assert [answer.status for answer in answers] == [404, 404, 404]
    assert "Lumen" not in "".join(answer.text for answer in answers)


def test_who_runs_nothing_chooses_among_the_places_of_whom_they_may_see(web: Web, cast: Cast) -> None:
    make.HouseholdFactory(organization=cast.rival, account=cast.owner.account)
    owner, teenager = web.as_(cast.owner).get("/my/"), web.as_(cast.teenager).get("/my/")

    assert [name for name in NAMES if name in owner.words] == list(NAMES)
    assert "Lumen" not in teenager.words, "another member's household there is no business of theirs"
    assert web.as_(cast.teenager).get("/my/?at=lumen").status == 404


def test_the_choice_costs_the_same_for_ten_organisations(web: Web, cast: Cast) -> None:
    browser, counts = web.as_(cast.owner), []
    browser.get("/my/people/")
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/my/people/?at=riverside").status == 200
        counts.append(len(queries))
        for _more in range(10):
            make.ClientFactory(member=cast.child, organization=make.OrganizationFactory())

    assert counts[0] == counts[1]


# Staff at several organisations, and staff who are clients too


def works_also(staff: Staff, cast: Cast, role: str = "front-desk") -> None:
    make.StaffFactory(organization=cast.rival, user=staff.user, name=staff.name, roles=[role])


def test_staff_of_two_organisations_go_from_one_to_the_other(web: Web, cast: Cast) -> None:
    works_also(cast.front_desk, cast, "bookkeeper")
    browser = web.as_(cast.front_desk)
    page = browser.get("/staff/riverside/clients/")
    there = browser.get(reverse("staff:start", args=["lumen"]))

    assert [f"Staff at {name}" in page.words for name in NAMES] == [True, True]
    assert (there.status, there.path.startswith("/staff/lumen/"), "Your family’s pages" in page.words) == (
        200,
        True,
        False,
    )


def test_staff_of_one_organisation_read_of_no_other_and_have_no_family_to_switch_to(
    web: Web, cast: Cast
) -> None:
    page = web.as_(cast.front_desk).get("/staff/riverside/clients/")

    assert [text for text in ("Staff at", "Lumen", "Your family’s pages") if text in page.words] == []
    assert web.as_(cast.front_desk).get(reverse("staff:start", args=["lumen"])).status == 404


def test_who_is_both_switches_between_staff_and_family(web: Web, cast: Cast) -> None:
    make.StaffFactory(organization=cast.rival, user=cast.owner.user, roles=["front-desk"])
    staff_page, family_page = (
        web.as_(cast.owner).get("/staff/lumen/clients/"),
        web.as_(cast.owner).get("/my/"),
    )

    assert "Your family’s pages" in staff_page.words
    assert ("Staff at Lumen Dance" in family_page.words, "Riverside" in staff_page.words) == (True, False)
    plain = web.as_(cast.co_owner).get("/my/")
    assert "Staff at" not in plain.words


def test_who_left_the_staff_is_offered_that_place_no_more(web: Web, cast: Cast) -> None:
    works_also(cast.front_desk, cast)
    Staff.objects.filter(user=cast.front_desk.user, organization=cast.rival).update(is_active=False)

    assert "Lumen" not in web.as_(cast.front_desk).get("/staff/riverside/clients/").words
