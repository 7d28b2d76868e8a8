"""The family's own pages: who is in the account, and who may add and change them (D02, A11, P13, RULES 2)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Member
from clients.models import Client
from relationships.models import NoContact
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db
PEOPLE = "/my/people/"
ADD = "/my/people/add/"


def page_of(member: Member) -> str:
    return reverse("portal:person", args=[member.code])


def edit_of(member: Member) -> str:
    return reverse("portal:person_edit", args=[member.code])


def answers(**changes: Any) -> dict[str, Any]:
    return {"given_name": "Ada", "family_name": "Okafor", "born_on": make.years_ago(4).isoformat(), **changes}


def test_an_owner_sees_everybody_in_the_account_with_their_ages(web: Web, cast: Cast) -> None:
    words = web.as_(cast.owner).get(PEOPLE).words
    assert "Toby Okafor 9 · You act for them." in words
    assert "Noah Okafor 15 · Has a login. You act for them too." in words
    assert "Chidi Okafor Runs this account as you do. Owner" in words
    assert "Lindqvist" not in words


def test_a_teenager_sees_only_themselves_and_cannot_add(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.teenager)
    page = browser.get(PEOPLE)
    assert "Noah Okafor 15 · An owner of your account acts for you." in page.words
    assert [name for name in ("Toby", "Zuri", "Amara", "Chidi", ADD) if name in page] == []
    assert (browser.get(ADD).status, browser.post(ADD, answers()).status) == (404, 404)


def test_another_guardian_sees_the_child_and_nothing_else_of_that_family(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.other_guardian)
    page = browser.get(PEOPLE)
    assert "Toby Okafor 9 · In another account. You may book." in page.words
    child = browser.get(page_of(cast.child))
    assert (child.status, "<form class" in child.html) == (200, False)
    outside = [text for text in cast.strings_of_family if text != cast.child.given_name]
    assert [text for text in outside if text in page.text + child.text] == []
    assert browser.post(edit_of(cast.child), answers()).status == 404


@pytest.mark.parametrize("who", ["stranger", "other_guardian", "teenager"])
def test_what_is_not_theirs_is_not_found(web: Web, cast: Cast, who: str) -> None:
    browser = web.as_(getattr(cast, who))
    page = browser.get(page_of(cast.sibling))
    assert (page.status, browser.post(edit_of(cast.sibling), answers()).status) == (404, 404)
    assert [text for text in cast.strings_of_family if text in page.text] == []
    cast.sibling.refresh_from_db()
    assert cast.sibling.given_name == "Zuri"


def test_an_owner_does_not_open_the_page_of_an_adult_with_a_login(web: Web, cast: Cast) -> None:
    assert web.as_(cast.owner).get(page_of(cast.co_owner)).status == 404


def test_no_contact_hides_a_person_even_from_an_owner(web: Web, cast: Cast) -> None:
    NoContact.objects.create(
        organization=cast.organization, barred=cast.owner, protected=cast.sibling, reason="court order"
    )
    browser = web.as_(cast.owner)
    assert "Zuri" not in browser.get(PEOPLE)
    assert browser.get(page_of(cast.sibling)).status == 404


def test_an_owner_adds_a_child_without_an_e_mail_and_goes_on_to_another(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.owner)
    page = browser.post(ADD, answers(then="another"))
    assert (page.path, "Ada is in your account now." in page) == (ADD, True)
    member = Member.objects.get(given_name="Ada")
    assert (member.account, member.email, member.user) == (cast.owner.account, "", None)
    assert not Client.objects.filter(member=member).exists(), "a sibling who takes no part is on no list"
    event = AuditEvent.objects.get(action="accounts.member_added", target_id=member.pk)
    assert event.actor_member_id == cast.owner.pk
    assert browser.post(ADD, answers(given_name="Bea")).path == PEOPLE


def test_the_same_form_sent_twice_adds_one_person(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.owner)
    once = browser.get(ADD).once
    pages = [browser.post(ADD, answers(once=once)) for _ in range(2)]
    assert [page.path for page in pages] == [PEOPLE, PEOPLE]
    assert Member.objects.filter(given_name="Ada").count() == 1


def test_a_mistake_keeps_what_was_typed(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).post(ADD, answers(born_on="2999-01-01"))
    assert (page.status, 'value="Ada"' in page.html) == (422, True)
    assert "This day is still to come. Check the year." in page
    assert not Member.objects.filter(given_name="Ada").exists()


def test_what_the_family_changes_reaches_the_organisations(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).post(
        edit_of(cast.child),
        {"given_name": "Tobias", "family_name": "Okafor", "born_on": cast.child.born_on.isoformat()},  # type: ignore[union-attr]
    )
    assert (page.path, "Saved." in page) == (page_of(cast.child), True)
    cast.child.refresh_from_db()
    assert (cast.child.given_name, cast.client(cast.child).full_name) == ("Tobias", "Toby Okafor")
    assert Client.objects.get(member=cast.child).given_name == "Tobias"


def test_a_birth_date_that_crosses_majority_waits_for_a_desk(web: Web, cast: Cast) -> None:
    before = cast.teenager.born_on
    page = web.as_(cast.owner).post(
        edit_of(cast.teenager),
        {"given_name": "Noah", "family_name": "Okafor", "born_on": make.years_ago(19).isoformat()},
    )
    cast.teenager.refresh_from_db()
    assert (page.status, "Ask a desk to change it with you." in page) == (422, True)
    assert cast.teenager.born_on == before


def test_a_teenager_changes_their_own_page_only_where_an_owner_allows_it(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.teenager)
    changed = {"given_name": "Noah", "preferred_name": "Nono", "born_on": cast.teenager.born_on.isoformat()}  # type: ignore[union-attr]
    refused = browser.post(edit_of(cast.teenager), changed)
    make.ManagerLinkFactory(manager=cast.owner, dependent=cast.teenager, may_edit_self=True)
    allowed = browser.post(edit_of(cast.teenager), changed, follow=False)
    assert (refused.status, allowed.status) == (404, 303)
    assert Member.objects.get(pk=cast.teenager.pk).preferred_name == "Nono"


def test_home_shows_the_family_and_what_waits(web: Web, cast: Cast) -> None:
    Member.objects.filter(pk=cast.sibling.pk).update(born_on=None)
    page = web.as_(cast.owner).get("/my/")
    assert "Okafor family" in page.words
    assert "When was Zuri born?" in page.words
    assert [name for name in ("You", "Toby", "Zuri", "Noah", "Add") if name not in page.words] == []


def test_the_people_page_needs_as_many_queries_for_forty_as_for_four(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.owner)
    browser.get(PEOPLE)  # a browser's first page also notes its session
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PEOPLE).status == 200
        counts.append(len(queries))
        make.MemberFactory.create_batch(40, account=cast.owner.account, born_on=make.years_ago(8))
    assert counts[0] == counts[1]


def test_the_first_page_leads_to_ones_own_places(web: Web, cast: Cast) -> None:
    assert web.as_(cast.owner).get("/", follow=False).location == "/my/"
    both = make.StaffFactory(organization=cast.rival, user=cast.stranger.user, roles=["instructor"])
    page = web.as_(cast.stranger).get("/")
    assert (page.status, both.organization.name in page, cast.organization.name in page) == (200, True, False)
    anonymous = web.get("/")
    assert (anonymous.status, "Log in" in anonymous) == (200, True)
    assert [name for name in (cast.organization.name, cast.rival.name) if name in anonymous] == []


def test_the_links_of_the_navigation_lead_to_home_and_people(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).get(PEOPLE)
    assert 'href="/my/people/" aria-current="page"' in page.html
