"""Links between people: each side switches on what it gives (RULES 2.4, 2.5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Member, Staff
from accounts.permissions import Permission
from relationships.authority import may
from relationships.enums import FamilyPermission, LinkKind, RequestState
from relationships.errors import (
    GuardianNeedsDesk,
    GuardianOnly,
    NotYoursToGive,
    RequestGone,
    SecondPersonNeeded,
    TooManyRequests,
)
from relationships.models import LinkRequest, ManagerLink
from relationships.operations import desk_links, links, requests
from relationships.operations.links import Terms
from tests import factories as make
from tests.cast import Cast, assemble
from tests.races import at_once

P = FamilyPermission


def person(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def staff(who: Staff) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user=who.user,
        staff=who,
        organization=who.organization,
        permissions=frozenset(Permission),
    )


def terms(*flags: str, **options: object) -> Terms:
    values = {"kind": LinkKind.OTHER, "starts_on": timezone.now().date() - timedelta(days=1)} | options
    return Terms(flags=flags, **values)  # type: ignore[arg-type]


def on(link: ManagerLink) -> set[str]:
    """The flags that are on."""
    link.refresh_from_db()
    return {flag for flag in links.ALL_FLAGS if getattr(link, flag)}


# asking and answering


def test_somebody_is_found_by_the_e_mail_of_their_login_or_the_code_they_show_and_by_nothing_else(
    cast: Cast,
) -> None:
    code = requests.show_code(by=person(cast.stranger)).code

    assert requests.find_addressee(" SVEN.lindqvist@mail.test ") == cast.stranger
    assert requests.find_addressee(f"{code[:5]} {code[5:]}".lower()) == cast.stranger
    assert requests.find_addressee("Lindqvist") is None
    assert requests.find_addressee(cast.stranger.code) is None
    requests.show_code(by=person(cast.stranger))
    assert requests.find_addressee(code) is None


def test_an_owner_accepts_some_of_what_is_asked_for_a_child(cast: Cast) -> None:
    request = requests.ask(
        by=person(cast.stranger),
        addressee=cast.owner,
        about="Zuri",
        terms=terms("view", "book", "edit_profile"),
    )
    assert request is not None
    assert not may(person(cast.stranger), P.VIEW, cast.sibling)

    link = requests.accept(
        by=person(cast.owner), request=request, dependent=cast.sibling, flags=["book", "sign"]
    )

    assert on(link) == {"view", "book"}
    assert may(person(cast.stranger), P.BOOK, cast.sibling)
    assert not may(person(cast.stranger), P.EDIT_PROFILE, cast.sibling)
    request.refresh_from_db()
    assert (request.state, request.link, request.answered_by) == (RequestState.ACCEPTED, link, cast.owner)


def test_who_is_asked_cannot_give_away_somebody_who_decides_alone_or_is_not_theirs(cast: Cast) -> None:
    request = requests.ask(by=person(cast.stranger), addressee=cast.owner, terms=terms("view"))
    assert request is not None

    for other in (cast.co_owner, cast.stranger_child, cast.other_guardian):
        with pytest.raises(NotAllowed):
            requests.accept(by=person(cast.owner), request=request, dependent=other, flags=["view"])
    with pytest.raises(NotAllowed):
        requests.accept(by=person(cast.co_owner), request=request, flags=["view"])


def test_nobody_found_somebody_kept_apart_and_oneself_leave_no_trace(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.stranger, protected=cast.child)

    for addressee in (None, cast.owner, cast.stranger):
        assert requests.ask(by=person(cast.stranger), addressee=addressee, terms=terms("view")) is None
    assert not LinkRequest.objects.exists()


def test_asked_twice_is_asked_once_and_nobody_asks_without_end(cast: Cast) -> None:
    first = requests.ask(by=person(cast.stranger), addressee=cast.owner, terms=terms("view"))
    assert requests.ask(by=person(cast.stranger), addressee=cast.owner, terms=terms("book")) == first
    for _ in range(requests.REQUESTS_A_DAY - 1):
        member = make.MemberFactory(owner=True, with_login=True)
        requests.ask(by=person(cast.stranger), addressee=member, terms=terms("view"))

    with pytest.raises(TooManyRequests):
        requests.ask(by=person(cast.stranger), addressee=cast.co_owner, terms=terms("view"))


def test_an_answered_withdrawn_or_old_request_is_gone(cast: Cast) -> None:
    asker, owner = person(cast.stranger), person(cast.owner)
    answered = requests.ask(by=asker, addressee=cast.owner, terms=terms("view"))
    assert answered is not None
    requests.decline(by=owner, request=answered)
    withdrawn = requests.ask(by=asker, addressee=cast.owner, terms=terms("view"))
    assert withdrawn is not None
    requests.withdraw(by=asker, request=withdrawn)
    old = requests.ask(by=asker, addressee=cast.owner, terms=terms("view"))
    assert old is not None
    LinkRequest.objects.filter(pk=old.pk).update(expires_at=timezone.now())

    for request in (answered, withdrawn, old):
        with pytest.raises(RequestGone):
            requests.accept(by=owner, request=request, flags=["view"])
    with pytest.raises(RequestGone):
        requests.withdraw(by=asker, request=answered)


def test_an_offer_holds_only_while_its_giver_may_give(cast: Cast) -> None:
    offer = requests.ask(
        by=person(cast.co_owner),
        addressee=cast.stranger,
        dependent=cast.child,
        terms=terms("view", "pick_up"),
    )
    assert offer is not None
    with pytest.raises(NotAllowed):
        requests.ask(
            by=person(cast.other_guardian),
            addressee=cast.stranger,
            dependent=cast.child,
            terms=terms("view"),
        )
    cast.co_owner.ownership.delete()

    with pytest.raises(NotAllowed):
        requests.accept(by=person(cast.stranger), request=offer, flags=["view", "pick_up"])


# changing and ending


def test_each_side_switches_on_what_it_gives_and_either_switches_off(cast: Cast) -> None:
    link = make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True, book=True)
    manager, owner = person(cast.stranger), person(cast.owner)

    with pytest.raises(NotYoursToGive):
        links.change(by=manager, link=link, flags=["view", "book", "edit_profile"], ends_on=None)
    with pytest.raises(NotYoursToGive):
        links.change(by=owner, link=link, flags=["view", "dependent_may_pay"], ends_on=None)
    with pytest.raises(NotAllowed):
        links.change(by=person(cast.other_guardian), link=link, flags=["view"], ends_on=None)
    links.change(
        by=manager,
        link=link,
        flags=["view", "dependent_may_pay"],
        ends_on=None,
        cap_minor=5000,
        cap_currency="CAD",
    )
    assert on(link) == {"view", "dependent_may_pay"}
    links.change(by=owner, link=link, flags=["view", "edit_profile"], ends_on=None)

    assert on(link) == {"view", "edit_profile"}
    assert link.dependent_cap_minor is None


def test_what_a_manager_asks_for_waits_until_the_dependents_side_switches_it_on(cast: Cast) -> None:
    link = make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True)

    links.ask_for(by=person(cast.stranger), link=link, flags=["book", "view", "staff_may_charge"])
    link.refresh_from_db()
    assert (link.waiting, link.book) == (["book"], False)
    links.change(by=person(cast.owner), link=link, flags=["view", "book"], ends_on=None)

    assert (on(link), link.waiting) == ({"view", "book"}, [])
    with pytest.raises(GuardianOnly):
        links.ask_for(by=person(cast.stranger), link=link, flags=["sign"])


def test_parallel_links_are_one_and_the_others_of_a_child_stay_when_one_ends(cast: Cast) -> None:
    owner, until = person(cast.owner), timezone.now().date() + timedelta(days=30)
    first = links.establish(
        by=owner, manager=cast.stranger, dependent=cast.child, terms=terms("view", ends_on=until)
    )
    second = links.establish(
        by=owner, manager=cast.stranger, dependent=cast.child, terms=terms("book", kind=LinkKind.GRANDPARENT)
    )

    assert second.pk == first.pk
    assert on(second) == {"view", "book"}
    assert (second.ends_on, second.kind) == (None, LinkKind.GRANDPARENT)
    links.end(by=owner, link=second)
    links.end(by=owner, link=second)
    assert not may(person(cast.stranger), P.VIEW, cast.child)
    assert may(person(cast.other_guardian), P.BOOK, cast.child)
    assert AuditEvent.objects.filter(action="relationships.link_ended").count() == 1


def test_a_legal_guardian_goes_by_themselves_but_is_not_sent_away(cast: Cast) -> None:
    link = make.ManagerLinkFactory(
        manager=cast.stranger, dependent=cast.child, view=True, sign=True, is_legal_guardian=True
    )

    with pytest.raises(GuardianNeedsDesk):
        links.end(by=person(cast.owner), link=link)
    links.end(by=person(cast.stranger), link=link)
    link.refresh_from_db()
    assert link.ended_at is not None


# what staff make


def test_a_staff_made_link_counts_there_only_and_begins_with_the_harmless_rights(cast: Cast) -> None:
    (link,) = desk_links.make(
        by=staff(cast.front_desk),
        manager=cast.client(cast.stranger),
        dependents=[cast.client(cast.child)],
        terms=terms("view", "book", "edit_profile", "pick_up", "dependent_may_pay"),
    )

    assert on(link) == {"view", "book"}
    assert link.waiting == ["edit_profile", "pick_up"]
    assert may(person(cast.stranger), P.BOOK, cast.child, cast.organization)
    assert not may(person(cast.stranger), P.BOOK, cast.child, cast.rival)
    assert not may(person(cast.stranger), P.BOOK, cast.child)


def test_what_waits_counts_when_an_owner_or_a_second_staff_member_says_so(cast: Cast) -> None:
    (link,) = desk_links.make(
        by=staff(cast.front_desk),
        manager=cast.client(cast.stranger),
        dependents=[cast.client(cast.child)],
        terms=terms("view", "edit_profile", "pick_up"),
    )
    with pytest.raises(SecondPersonNeeded):
        desk_links.confirm(by=staff(cast.front_desk), link=link)
    with pytest.raises(NotAllowed):
        desk_links.confirm(by=staff(cast.rival_administrator), link=link)
    links.change(by=person(cast.owner), link=link, flags=["view", "pick_up"], ends_on=None)
    assert (on(link), link.waiting) == ({"view", "pick_up"}, ["edit_profile"])

    desk_links.confirm(by=staff(cast.administrator), link=link)

    assert (on(link), link.waiting) == ({"view", "pick_up", "edit_profile"}, [])


def test_staff_attest_a_guardian_with_a_reason_before_the_right_to_sign_can_count(cast: Cast) -> None:
    (link,) = desk_links.make(
        by=staff(cast.front_desk),
        manager=cast.client(cast.stranger),
        dependents=[cast.client(cast.child)],
        terms=terms("view", "sign", is_legal_guardian=True),
    )
    with pytest.raises(GuardianOnly):
        desk_links.confirm(by=staff(cast.administrator), link=link)
    desk_links.attest_guardian(by=staff(cast.administrator), link=link, reason="court paper of 3 May")
    desk_links.confirm(by=staff(cast.administrator), link=link)

    assert on(link) == {"view", "sign"}
    assert may(person(cast.stranger), P.SIGN, cast.child, cast.organization)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_make_one_link() -> None:
    cast = assemble()
    request = requests.ask(by=person(cast.stranger), addressee=cast.owner, terms=terms("view", "book"))
    assert request is not None

    def accept(index: int) -> ManagerLink:
        return requests.accept(
            by=person(cast.owner), request=request, dependent=cast.child, flags=["view", "book"]
        )

    answers = at_once(5, accept)

    assert sorted(type(answer).__name__ for answer in answers) == ["ManagerLink", *["RequestGone"] * 4]
    assert ManagerLink.objects.filter(manager=cast.stranger).count() == 1
