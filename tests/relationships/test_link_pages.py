"""The pages about links: who can do what, asking, answering, changing and ending (B04, P14, C08, C11)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from relationships.enums import LinkKind, RequestState
from relationships.models import LinkRequest, ManagerLink
from relationships.operations import requests
from tests import factories as make
from tests.cast import Cast
from tests.relationships.test_links import person, terms
from tests.web import Web

pytestmark = pytest.mark.django_db

RIGHTS = "/my/who-can-do-what/"


def ask_form(who: str, **values: object) -> dict[str, object]:
    return {"who": who, "kind": "grandparent", "flags": ["view", "book"], "about": "Zuri"} | values


def test_a_grandparent_asks_an_owner_accepts_some_of_it_and_each_reads_the_other_on_the_page(
    web: Web, cast: Cast
) -> None:
    stranger, owner = web.as_(cast.stranger), web.as_(cast.owner)
    form = stranger.get(reverse("portal:link_ask", args=["ask"]))
    sent = stranger.post(form.path, ask_form(cast.owner.email, once=form.once))
    assert (sent.path, "Your request waits for an answer" in sent.words) == (RIGHTS, True)
    asked = LinkRequest.objects.get()
    assert f"/my/links/requests/{asked.code}/" in owner.get("/my/").text

    answer = owner.post(
        reverse("portal:link_request", args=[asked.code]),
        {"dependent": cast.sibling.code, "flags": ["view"], "accept": "1"},
    )

    link = ManagerLink.objects.get(manager=cast.stranger)
    assert answer.path == reverse("portal:link", args=[link.code])
    assert (link.dependent, link.view, link.book, link.kind) == (
        cast.sibling,
        True,
        False,
        LinkKind.GRANDPARENT,
    )
    assert "What you may do for Zuri" in stranger.get(RIGHTS).words
    assert "Sven Lindqvist" in owner.get(RIGHTS).words


@pytest.mark.parametrize("who", ["nobody@mail.test", "K7K7K7K7K7", "  ", "<b>x</b>", "a" * 300])
def test_the_page_never_tells_whether_somebody_exists(web: Web, cast: Cast, who: str) -> None:
    known = web.as_(cast.stranger).post(
        reverse("portal:link_ask", args=["ask"]), ask_form(cast.owner.email, once=_once())
    )
    LinkRequest.objects.all().delete()
    answer = web.as_(cast.stranger).post(
        reverse("portal:link_ask", args=["ask"]), ask_form(who, once=_once())
    )

    assert not LinkRequest.objects.exists()
    if who.strip() and len(who) < 255:
        assert (answer.status, answer.path) == (known.status, known.path)
    else:
        assert (answer.status, "Zuri" in answer.text) == (422, True)


def test_a_request_needs_a_right_an_end_to_come_and_guardianship_to_sign(web: Web, cast: Cast) -> None:
    stranger = web.as_(cast.stranger)
    url = reverse("portal:link_ask", args=["ask"])
    for wrong, said in (
        ({"flags": []}, "Choose at least one right."),
        ({"ends_on": "2020-01-01"}, "This day is over already."),
        ({"flags": ["sign"]}, "Only a legal guardian may sign for a minor."),
        ({"kind": "king"}, "king"),
    ):
        page = stranger.post(url, ask_form(cast.owner.email, once=_once(), **wrong))
        assert (page.status, said in page.words) == (422, True)
    assert not LinkRequest.objects.exists()


def test_an_offer_counts_once_it_is_accepted_and_a_declined_one_never(web: Web, cast: Cast) -> None:
    owner, stranger = web.as_(cast.owner), web.as_(cast.stranger)
    offer = ask_form(cast.stranger.email, dependent=cast.child.code, once=_once())
    owner.post(reverse("portal:link_ask", args=["offer"]), offer)
    asked = LinkRequest.objects.get()
    stranger.post(reverse("portal:link_request", args=[asked.code]), {"decline": "1"})
    asked.refresh_from_db()
    assert asked.state == RequestState.DECLINED
    assert not ManagerLink.objects.filter(manager=cast.stranger).exists()
    gone = stranger.post(reverse("portal:link_request", args=[asked.code]), {"flags": ["view"]})
    assert (gone.status, "This request was answered" in gone.words) == (422, True)


def test_nobody_offers_an_adult_who_decides_alone(web: Web, cast: Cast) -> None:
    offer = ask_form(cast.stranger.email, dependent=cast.co_owner.code, once=_once())
    page = web.as_(cast.owner).post(reverse("portal:link_ask", args=["offer"]), offer)

    assert page.status == 422
    assert cast.co_owner.full_name not in page.words
    assert not LinkRequest.objects.exists()


def test_each_side_changes_its_own_and_asks_for_the_rest(web: Web, cast: Cast) -> None:
    link = ManagerLink.objects.get(manager=cast.other_guardian, dependent=cast.child)
    guardian, owner = web.as_(cast.other_guardian), web.as_(cast.owner)
    url = reverse("portal:link", args=[link.code])
    refused = guardian.post(url, {"flags": ["view", "pick_up"]})
    assert (refused.status, "You can ask for it" in refused.words) == (422, True)
    guardian.post(url, {"ask": "1", "more": ["pick_up", "view"]})
    assert "Rosa Marin asks for more" in owner.get(url).words

    until = timezone.now().date() + timedelta(days=60)
    owner.post(url, {"flags": ["view", "pick_up"], "ends_on": until.isoformat()})

    link.refresh_from_db()
    assert (link.view, link.book, link.pick_up, link.waiting) == (True, False, True, [])
    assert link.ends_on == until + timedelta(days=1)
    later = guardian.post(url, {"flags": ["view", "pick_up"], "ends_on": ""})
    assert later.status == 422


def test_a_link_is_ended_after_reading_what_each_keeps(web: Web, cast: Cast) -> None:
    link = ManagerLink.objects.get(manager=cast.other_guardian, dependent=cast.child)
    owner = web.as_(cast.owner)
    url = reverse("portal:link_end", args=[link.code])
    assert "What is booked stays booked" in owner.get(url).words
    ended = owner.post(url, {})

    assert ended.path == RIGHTS
    assert "Rosa Marin for Toby" in owner.get(RIGHTS + "?show=ended").words
    assert owner.get(reverse("portal:link", args=[link.code])).status == 404
    assert web.as_(cast.other_guardian).get(reverse("portal:person", args=[cast.child.code])).status == 404


def test_another_guardian_reads_their_own_row_and_of_others_only_that_there_are_some(
    web: Web, cast: Cast
) -> None:
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True)
    page = web.as_(cast.other_guardian).get(RIGHTS)

    assert "What you may do for Toby" in page.words
    assert "Another guardian" in page.words
    for member in (cast.owner, cast.co_owner, cast.stranger, cast.sibling):
        assert member.given_name not in page.words


def test_a_minor_reads_who_acts_for_them_and_no_guardian_of_another_household(web: Web, cast: Cast) -> None:
    make.ManagerLinkFactory(manager=cast.other_guardian, dependent=cast.teenager, view=True)
    page = web.as_(cast.teenager).get(RIGHTS)

    assert "Who may act for you" in page.words
    assert (cast.owner.full_name in page.words, cast.other_guardian.full_name in page.words) == (True, False)


def test_the_page_costs_the_same_for_one_link_and_for_thirty(web: Web, cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert web.as_(cast.owner).get(RIGHTS).status == 200
        return len(captured)

    few = queries()
    for _ in range(30):
        manager: Member = make.MemberFactory(owner=True, with_login=True)
        make.ManagerLinkFactory(manager=manager, dependent=cast.child, view=True)
        requests.ask(by=person(manager), addressee=cast.owner, terms=terms("view"))

    assert queries() == few


def _once() -> str:
    return str(uuid4())
