"""Relationships at the desk: add, confirm, attest, end (C01, P16, RULES 2.5)."""

import pytest
from django.urls import reverse

from accounts.models import Member
from relationships.models import ManagerLink
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


def url(cast: Cast, member: Member) -> str:
    return reverse("staff:client_links", args=[cast.organization.slug, cast.client(member).number])


def change(cast: Cast, link: ManagerLink) -> str:
    number = cast.client(cast.stranger).number
    return reverse("staff:client_link_change", args=[cast.organization.slug, number, link.code])


def test_several_are_found_picked_and_linked_in_one_save(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    child, sibling = cast.client(cast.child).number, cast.client(cast.sibling).number
    page = desk.get(f"{url(cast, cast.stranger)}?q=Okafor&pick={child}")
    assert "Zuri Okafor" in page.words
    page = desk.get(f"{url(cast, cast.stranger)}?pick={child}&pick={sibling}")
    sent = {
        "pick": [child, sibling],
        "direction": "manages",
        "kind": "grandparent",
        "flags": ["view", "book", "pick_up"],
        "once": page.once,
    }
    saved = desk.post(url(cast, cast.stranger), sent)
    again = desk.post(url(cast, cast.stranger), sent)

    assert (saved.path, again.path) == (url(cast, cast.stranger),) * 2
    made = ManagerLink.objects.filter(manager=cast.stranger).order_by("pk")
    assert [(link.dependent, link.organization, link.view, link.book, link.waiting) for link in made] == [
        (cast.child, cast.organization, True, True, ["pick_up"]),
        (cast.sibling, cast.organization, True, True, ["pick_up"]),
    ]
    assert "Sven Lindqvist" in desk.get(reverse("staff:client", args=[cast.organization.slug, child])).words


def test_nothing_is_saved_without_anybody_or_with_what_makes_no_sense(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    once = desk.get(f"{url(cast, cast.stranger)}?pick={cast.client(cast.child).number}").once
    good = {
        "pick": [cast.client(cast.child).number],
        "direction": "manages",
        "kind": "other",
        "flags": ["view"],
        "once": once,
    }
    for wrong, said in (
        ({"pick": ["999999", "x", "9" * 40]}, "tick who it is"),
        ({"pick": [cast.client(cast.stranger).number]}, "tick who it is"),
        ({"flags": []}, "Choose at least one right."),
        ({"flags": ["sign"]}, "Only a legal guardian"),
        ({"ends_on": "1850-01-01"}, "This day is over already."),
        ({"direction": "sideways"}, "sideways"),
    ):
        page = desk.post(url(cast, cast.stranger), good | wrong)
        assert (page.status, said in page.words) == (422, True)
    assert not ManagerLink.objects.filter(manager=cast.stranger).exists()


def test_who_may_not_link_sees_the_links_and_no_form(web: Web, cast: Cast) -> None:
    coach = web.as_(cast.instructor)
    page = coach.get(url(cast, cast.child))

    assert "Rosa Marin" in page.words
    assert "Search a client" not in page.words
    assert coach.post(url(cast, cast.child), {"pick": ["1"]}).status == 403


def test_a_second_staff_member_confirms_and_attests_and_either_ends(web: Web, cast: Cast) -> None:
    link = make.ManagerLinkFactory(
        manager=cast.stranger,
        dependent=cast.child,
        organization=cast.organization,
        made_by_staff=cast.front_desk,
        view=True,
        waiting=["sign"],
    )
    boss = web.as_(cast.administrator)
    boss.post(change(cast, link), {"act": "confirm"})
    link.refresh_from_db()
    assert link.sign is False
    boss.post(change(cast, link), {"act": "attest", "reason": "Court paper of 3 May"})
    boss.post(change(cast, link), {"act": "confirm"})
    link.refresh_from_db()
    assert (link.sign, link.is_legal_guardian, link.guardian_reason) == (True, True, "Court paper of 3 May")

    web.as_(cast.front_desk).post(change(cast, link), {"act": "end"})
    link.refresh_from_db()
    assert link.ended_at is not None


def test_links_with_people_who_are_no_clients_here_and_of_other_organisations_are_not_shown(
    web: Web, cast: Cast
) -> None:
    outsider = make.MemberFactory(given_name="Quilla", family_name="Outside", owner=True, with_login=True)
    make.ManagerLinkFactory(manager=outsider, dependent=cast.child, view=True)
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, organization=cast.rival, view=True)
    page = web.as_(cast.front_desk).get(url(cast, cast.child))

    assert [name in page.words for name in ("Rosa Marin", "Quilla", "Sven")] == [True, False, False]
