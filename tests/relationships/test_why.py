"""Why somebody can see or do something: the desk reads what authority answers, and the row it rests on (B04)."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import AccountOwner, Member
from relationships import authority
from relationships.decisions import Source
from relationships.enums import FamilyPermission, LinkKind, SourceKind
from relationships.models import ManagerLink
from tests import factories as make
from tests.cast import Cast
from tests.web import Page, Web


def ask(web: Web, cast: Cast, staff: Any, person: Member, subject: Member) -> Page:
    path = reverse("staff:client_why", args=[cast.organization.slug, cast.client(person).number])
    return web.as_(staff).get(path, {"about": cast.client(subject).number})


def source(person: Member, subject: Member, cast: Cast, act: str = "view") -> Source | None:
    return authority.may(Actor.of_member(person), FamilyPermission(act), subject, cast.organization).source


def test_every_answer_carries_the_row_it_rests_on(cast: Cast) -> None:
    link = ManagerLink.objects.get(manager=cast.other_guardian, dependent=cast.child)
    owned = AccountOwner.objects.get(member=cast.owner)
    alone = make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.teenager, view=False, may_book_self=True
    )
    mark = make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)

    assert {
        "owner": source(cast.owner, cast.child, cast),
        "link": source(cast.other_guardian, cast.child, cast),
        "another right": source(cast.other_guardian, cast.child, cast, "forms"),
        "barred": source(cast.co_owner, cast.child, cast),
        "a minor": source(cast.teenager, cast.teenager, cast),
        "a minor, allowed": source(cast.teenager, cast.teenager, cast, "book"),
        "an adult": source(cast.owner, cast.owner, cast, "book"),
        "nobody": source(cast.stranger, cast.child, cast),
    } == {
        "owner": Source(SourceKind.OWNERSHIP, owned.pk),
        "link": Source(SourceKind.LINK, link.pk),
        "another right": Source(SourceKind.LINK, link.pk),
        "barred": Source(SourceKind.MARK, mark.pk),
        "a minor": None,
        "a minor, allowed": Source(SourceKind.LINK, alone.pk),
        "an adult": None,
        "nobody": None,
    }


def test_the_desk_reads_each_answer_with_its_link_its_dates_and_who_granted_it(web: Web, cast: Cast) -> None:
    ManagerLink.objects.filter(manager=cast.other_guardian).update(ends_on=None, granted_by=cast.owner)
    link = ManagerLink.objects.get(manager=cast.other_guardian)
    ManagerLink.objects.filter(pk=link.pk).update(starts_on=date(2026, 5, 1))

    page = ask(web, cast, cast.front_desk, cast.other_guardian, cast.child).words

    row = f"Link {link.code} (Parent), from May 1, 2026, granted by Amara Okafor"
    assert f"Book and cancel A link between the two gives this right. {row}" in page
    assert f"Sign waivers A link joins the two, but does not give this right. {row}" in page
    assert "Keep the cards Only owners run an account. A link gives nothing of it." in page


def test_who_granted_it_is_not_named_where_they_are_no_client(web: Web, cast: Cast) -> None:
    outsider = make.MemberFactory(given_name="Quilla")
    ManagerLink.objects.filter(manager=cast.other_guardian).update(granted_by=outsider)

    page = ask(web, cast, cast.front_desk, cast.other_guardian, cast.child)

    assert ("granted by the family" in page.words, "Quilla" in page) == (True, False)


def test_a_mark_and_its_reason_are_for_who_reads_safety_notes(web: Web, cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    told = {
        who: [
            text in ask(web, cast, getattr(cast, who), cast.co_owner, cast.child).words
            for text in ("Court order 12-345", "no-contact mark", "Nothing gives this")
        ]
        for who in ("front_desk", "account_reader")
    }

    assert told == {"front_desk": [True, True, False], "account_reader": [False, False, True]}


def test_links_and_marks_of_another_organisation_are_nobodys_reason_here(web: Web, cast: Cast) -> None:
    make.ManagerLinkFactory(
        manager=cast.stranger,
        dependent=cast.child,
        organization=cast.rival,
        kind=LinkKind.OTHER,
        book=True,
        view=True,
    )
    make.NoContactFactory(organization=cast.rival, barred=cast.owner, protected=cast.child, reason="Order 99")

    stranger = ask(web, cast, cast.administrator, cast.stranger, cast.child).words
    owner = ask(web, cast, cast.administrator, cast.owner, cast.child)

    assert ("Link " in stranger, stranger.count("Nothing gives this")) == (False, 8)
    assert ("Order 99" in owner, "Owner of the account since" in owner.words) == (False, True)


def test_somebody_who_works_here_is_said_to_and_gains_no_family_right(web: Web, cast: Cast) -> None:
    coach = make.StaffFactory(organization=cast.organization, user=cast.stranger.user, roles=["instructor"])

    page = ask(web, cast, cast.administrator, cast.stranger, cast.child).words

    assert f"Sven is on your staff as {coach.roles.get().name}" in page
    assert page.count("Nothing gives this") == len(FamilyPermission)


@pytest.mark.parametrize("about", ["999999", "x", "9" * 40])
def test_a_number_of_nobody_here_is_not_found(web: Web, cast: Cast, about: str) -> None:
    path = reverse("staff:client_why", args=[cast.organization.slug, cast.client(cast.owner).number])

    assert web.as_(cast.front_desk).get(path, {"about": about}).status == 404


def test_without_a_subject_the_family_and_who_is_linked_are_offered_and_anybody_is_found(
    web: Web, cast: Cast
) -> None:
    path = reverse("staff:client_why", args=[cast.organization.slug, cast.client(cast.child).number])
    desk = web.as_(cast.front_desk)

    offered = desk.get(path).words
    typed = desk.get(path, {"q": "lindq"}, htmx=True)

    assert [name in offered for name in ("Zuri Okafor", "Rosa Marin", "Sven")] == [True, True, False]
    assert [text in typed for text in ("Sven Lindqvist", "<html")] == [True, False]


def test_an_answer_costs_the_same_however_many_links_there_are(web: Web, cast: Cast) -> None:
    counts = []
    for many in (1, 12):
        for _n in range(many):
            make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True, book=True)
        with CaptureQueriesContext(connection) as asked:
            ask(web, cast, cast.front_desk, cast.stranger, cast.child)
        counts.append(len(asked))
    assert counts[0] == counts[1]
