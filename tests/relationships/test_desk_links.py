"""Relationships at the desk: add, confirm, attest, end (C01, P16, RULES 2.5)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member
from clients.models import Client
from relationships import desk
from relationships.models import ManagerLink
from tests import factories as make
from tests.cast import Cast
from tests.web import Page, Web

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
        "kind": "grandparent",
        "flags": ["view", "book", "pick_up"],
        "back_kind": "child",
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
        "kind": "other",
        "back_kind": "other",
        "flags": ["view"],
        "once": once,
    }
    for wrong, said in (
        ({"pick": ["999999", "x", "9" * 40]}, "tick who it is"),
        ({"pick": [cast.client(cast.stranger).number]}, "tick who it is"),
        ({"flags": []}, "Choose at least one right, one way or the other."),
        ({"flags": [], "back_flags": ["sign"]}, "Only a legal guardian"),
        ({"flags": ["sign"]}, "Only a legal guardian"),
        ({"ends_on": "1850-01-01"}, "This day is over already."),
        ({"kind": "sideways"}, "sideways"),
    ):
        page = desk.post(url(cast, cast.stranger), good | wrong)
        assert (page.status, said in page.words) == (422, True)
    assert not ManagerLink.objects.filter(manager=cast.stranger).exists()


def test_each_direction_is_set_by_itself_and_both_are_saved_together(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    other = cast.client(cast.co_owner).number
    once = desk.get(f"{url(cast, cast.stranger)}?pick={other}").once
    terms = {"kind": "partner", "flags": ["view"], "back_kind": "sibling", "back_flags": ["view", "notify"]}

    saved = desk.post(url(cast, cast.stranger), {"pick": [other], "once": once, **terms})

    assert "1 person linked" in saved.words
    made = ManagerLink.objects.filter(organization=cast.organization).order_by("pk")
    assert [(link.manager, link.dependent, link.kind, link.notify) for link in made] == [
        (cast.stranger, cast.co_owner, "partner", False),
        (cast.co_owner, cast.stranger, "sibling", True),
    ]


def test_both_directions_are_saved_or_neither(web: Web, cast: Cast) -> None:
    """The other direction is refused after the first was made: a mark keeps them apart at every place."""
    make.NoContactFactory(organization=cast.organization, barred=cast.stranger, protected=cast.sibling)
    desk = web.as_(cast.front_desk)
    picked = [cast.client(cast.child).number, cast.client(cast.sibling).number]
    once = desk.get(f"{url(cast, cast.stranger)}?pick={picked[0]}").once
    sent = {"pick": picked, "kind": "other", "flags": ["view"], "back_kind": "other", "back_flags": ["view"]}

    page = desk.post(url(cast, cast.stranger), {**sent, "once": once})

    assert (page.status, ManagerLink.objects.filter(manager=cast.stranger).count()) == (422, 0)


def test_what_is_proposed_follows_who_is_under_age(web: Web, cast: Cast) -> None:
    def ticked(member: Member) -> list[str]:
        page = web.as_(cast.front_desk).get(
            f"{url(cast, member)}?pick={cast.client(cast.other_guardian).number}"
        )
        boxes = re.findall(r'<input[^>]*name="(flags|back_flags)"[^>]*checked', page.html)
        return sorted(set(boxes))

    assert (ticked(cast.child), ticked(cast.stranger)) == (["back_flags"], ["flags"])


def test_names_are_suggested_as_they_are_typed_and_who_is_ticked_stays(web: Web, cast: Cast) -> None:
    make.ClientFactory(organization=cast.rival, given_name="Okana", family_name="Elsewhere")
    desk, zuri = web.as_(cast.front_desk), cast.client(cast.sibling)

    typed = desk.get(f"{url(cast, cast.stranger)}?q=oka&pick={zuri.number}", htmx=True)

    assert ("<html" in typed, "Okana" in typed) == (False, False)
    boxes = re.findall(r'name="pick"\s+value="(\d+)"(\s+checked)?', typed.html)
    assert (str(zuri.number), True) in [(number, bool(checked)) for number, checked in boxes]
    assert {cast.client(member).number for member in cast.family} == {int(number) for number, _c in boxes}


def test_suggestions_are_few_whatever_is_typed_and_cost_one_query_by_the_index(cast: Cast) -> None:
    make.ClientFactory.create_batch(15, organization=cast.organization, family_name="Oakley")
    with CaptureQueriesContext(connection) as asked:
        found = desk.found(cast.client(cast.stranger), "oakley")

    assert (len(found), len(asked)) == (desk.MOST_FOUND, 1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert ("Seq Scan on clients_client" in plan, "Index Scan" in plan) == (False, True), plan


def sign_up(cast: Cast, manager: Member) -> str:
    return reverse("staff:client_sign_up", args=[cast.organization.slug, cast.client(manager).number])


def newcomer(page: Page, **fields: object) -> dict[str, object]:
    return {
        "given_name": "Ines",
        "family_name": "Novak",
        "born_on": "2018-03-04",
        "participates": "on",
        "kind": "grandparent",
        "flags": ["view", "book", "pick_up"],
        "once": page.once,
        **fields,
    }


def test_somebody_new_is_signed_up_with_an_account_of_their_own_and_the_link_in_one_go(
    web: Web, cast: Cast
) -> None:
    desk = web.as_(cast.front_desk)
    sent = newcomer(desk.get(sign_up(cast, cast.stranger)))

    first, again = (
        desk.post(sign_up(cast, cast.stranger), sent),
        desk.post(sign_up(cast, cast.stranger), sent),
    )

    made = Client.objects.get(organization=cast.organization, given_name="Ines")
    profile = reverse("staff:client", args=[cast.organization.slug, made.number])
    assert (first.path, again.path) == (profile, profile)
    assert (made.member.account.kept_by, made.member.account.ownerships.count()) == (cast.organization, 0)
    link = ManagerLink.objects.get(dependent=made.member)
    assert (link.manager, link.organization, link.kind, link.book, link.waiting) == (
        cast.stranger,
        cast.organization,
        "grandparent",
        True,
        ["pick_up"],
    )
    mine = web.as_(cast.stranger)
    assert "Ines" in mine.get(reverse("portal:rights"), {"at": "riverside"}).words


def test_an_adult_who_is_signed_up_owns_the_account_and_is_invited_to_it(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.get(sign_up(cast, cast.stranger))
    desk.post(sign_up(cast, cast.stranger), newcomer(page, born_on="1950-03-04", email="ines@mail.test"))

    made = Client.objects.get(organization=cast.organization, given_name="Ines").member
    assert [row.member for row in made.account.ownerships.all()] == [made]
    assert made.invitations.count() == 1


def test_into_an_account_that_staff_keep_an_owner_needs_no_link(web: Web, cast: Cast) -> None:
    cast.stranger.account.kept_by = cast.organization
    cast.stranger.account.save(update_fields=["kept_by"])
    desk = web.as_(cast.front_desk)
    page = desk.get(sign_up(cast, cast.stranger))
    desk.post(sign_up(cast, cast.stranger), newcomer(page, where="account"))

    made = Client.objects.get(organization=cast.organization, given_name="Ines")
    assert made.member.account == cast.stranger.account
    assert not ManagerLink.objects.filter(dependent=made.member).exists()


def test_into_an_account_that_a_family_runs_nobody_is_put_by_staff(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.get(sign_up(cast, cast.stranger))
    desk.post(sign_up(cast, cast.stranger), newcomer(page, where="account"))

    made = Client.objects.get(organization=cast.organization, given_name="Ines")
    assert made.member.account != cast.stranger.account


def test_who_is_a_client_already_is_shown_before_a_second_one_is_made(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.get(sign_up(cast, cast.stranger))
    same = {"given_name": "Toby", "family_name": "Okafor", "born_on": cast.child.born_on.isoformat()}  # type: ignore[union-attr]

    shown = desk.post(sign_up(cast, cast.stranger), newcomer(page, **same))

    assert (shown.status, "Perhaps a client already." in shown.words) == (422, True)
    assert Client.objects.filter(organization=cast.organization, given_name="Toby").count() == 1


def test_a_form_with_mistakes_keeps_what_was_typed_and_makes_nobody(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.get(sign_up(cast, cast.stranger))
    wrong = newcomer(
        page, given_name="<b>Ines</b>", born_on="1850-01-01", flags=["sign"], ends_on="2020-01-01"
    )

    shown = desk.post(sign_up(cast, cast.stranger), wrong)

    assert shown.status == 422
    assert [text in shown.words for text in ("Only a legal guardian", "This day is over already.")] == [
        True,
        True,
    ]
    assert not Client.objects.filter(organization=cast.organization, family_name="Novak").exists()


def test_nobody_signs_somebody_up_for_their_own_family(web: Web, cast: Cast) -> None:
    works_here = make.StaffFactory(
        organization=cast.organization, user=cast.stranger.user, roles=["front-desk"]
    )
    desk = web.as_(works_here)
    page = desk.get(sign_up(cast, cast.stranger))

    refused = desk.post(sign_up(cast, cast.stranger), newcomer(page))

    assert refused.status == 422
    assert not Client.objects.filter(given_name="Ines").exists()


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


def test_an_accounts_page_lists_who_acts_for_whom_across_accounts_and_leads_to_the_links(
    web: Web, cast: Cast
) -> None:
    outsider = make.MemberFactory(given_name="Quilla", family_name="Outside")
    make.ManagerLinkFactory(manager=outsider, dependent=cast.child, view=True)
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.sibling, organization=cast.rival, view=True)
    make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.stranger_child, view=True, is_legal_guardian=True
    )
    page = web.as_(cast.front_desk).get(
        reverse("staff:account", args=[cast.organization.slug, cast.household.number])
    )

    assert [
        text in page.words
        for text in (
            "Rosa Marin acts for Toby Okafor",
            "Amara Okafor acts for Astrid Lindqvist",
            "Quilla",
            "Sven",
        )
    ] == [True, True, False, False]
    assert url(cast, cast.child) in page.text
