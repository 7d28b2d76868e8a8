"""Staff move somebody with a document in hand (RULES 2.6, 4.3)."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import Member, Staff
from accounts.permissions import Permission
from clients.models import Client, Household
from messaging.models import Message
from relationships.enums import MoveState
from relationships.errors import CannotMove, RequestGone, SecondPersonNeeded
from relationships.models import ManagerLink, MoveRequest
from relationships.operations import desk_moves, moves
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def at_desk(staff: Staff, *permissions: Permission) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=staff.organization,
        permissions=frozenset(permissions or (Permission.LINKS_OVERRIDE,)),
    )


def guardian_home(cast: Cast) -> Household:
    return cast.client(cast.other_guardian).household


def move(cast: Cast, **changes: Any) -> MoveRequest:
    how: dict[str, Any] = {
        "by": at_desk(cast.administrator),
        "client": cast.client(cast.child),
        "to_household": guardian_home(cast),
        "reason": "Custody changed",
        "document_note": "Order of the family court, seen on paper",
        **changes,
    }
    return desk_moves.move(**how)


def test_staff_with_a_document_move_a_child_at_once_and_owners_are_told(cast: Cast) -> None:
    request = move(cast)

    cast.child.refresh_from_db()
    assert (request.state, cast.child.account) == (MoveState.DONE, cast.other_guardian.account)
    assert Client.objects.get(pk=cast.client(cast.child).pk).household == guardian_home(cast)
    told = Message.objects.filter(template__in=["messaging/email/moved_out", "messaging/email/moved_in"])
    assert {message.reader for message in told} >= {cast.owner, cast.co_owner}
    link = ManagerLink.objects.get(manager=cast.owner, dependent=cast.child)
    assert (link.book, link.sign) == (True, False)


def test_whoever_is_barred_keeps_no_link_and_reads_nothing(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    move(cast)
    assert not ManagerLink.objects.filter(manager=cast.co_owner, dependent=cast.child).exists()
    assert not Message.objects.filter(reader=cast.co_owner).exists()
    cast.child.refresh_from_db()
    assert cast.child.account == cast.other_guardian.account


def test_who_would_benefit_needs_a_second_staff_member(cast: Cast) -> None:
    Staff.objects.filter(pk=cast.front_desk.pk).update(user=cast.other_guardian.user)
    author = Staff.objects.get(pk=cast.front_desk.pk)
    request = move(cast, by=at_desk(author))
    cast.child.refresh_from_db()
    assert (request.state, cast.child.account) == (MoveState.ASKED, cast.owner.account)
    with pytest.raises(SecondPersonNeeded):
        desk_moves.confirm(by=at_desk(author), request=request)

    desk_moves.confirm(by=at_desk(cast.administrator), request=request)

    cast.child.refresh_from_db()
    request.refresh_from_db()
    assert (cast.child.account, request.confirmed_by) == (cast.other_guardian.account, cast.administrator)
    with pytest.raises(RequestGone):
        desk_moves.confirm(by=at_desk(cast.administrator), request=request)


def test_a_waiting_move_can_be_dropped_by_staff_and_not_answered_by_families(cast: Cast) -> None:
    Staff.objects.filter(pk=cast.front_desk.pk).update(user=cast.other_guardian.user)
    request = move(cast, by=at_desk(Staff.objects.get(pk=cast.front_desk.pk)))
    with pytest.raises(NotAllowed):
        moves.decline(
            by=Actor(kind=ActorKind.PERSON, user=cast.owner.user, member=cast.owner), request=request
        )
    assert list(MoveRequest.objects.to_answer(cast.owner)) == []
    assert desk_moves.drop(by=at_desk(cast.administrator), request=request).state == MoveState.DECLINED


@pytest.mark.parametrize("left_out", ["reason", "document_note"])
def test_a_reason_and_a_document_are_asked_for(cast: Cast, left_out: str) -> None:
    with pytest.raises(CannotMove):
        move(cast, **{left_out: "  "})
    assert MoveRequest.objects.count() == 0


def test_an_adult_with_a_login_is_not_moved_by_staff(cast: Cast) -> None:
    with pytest.raises(CannotMove, match="moves by themselves"):
        move(cast, client=cast.client(cast.co_owner))


def test_only_with_the_permission_and_within_ones_own_organisation(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        move(cast, by=at_desk(cast.administrator, Permission.CLIENTS_EDIT))
    with pytest.raises(NotAllowed):
        move(cast, by=at_desk(cast.rival_administrator))
    elsewhere: Household = make.HouseholdFactory(organization=cast.rival)
    with pytest.raises(NotAllowed):
        move(cast, to_household=elsewhere)


def test_what_the_family_had_asked_gives_way_to_the_document(cast: Cast) -> None:
    asked = moves.ask(
        by=Actor(kind=ActorKind.PERSON, user=cast.owner.user, member=cast.owner),
        member=cast.child,
        target="nobody@mail.test",
    )
    move(cast)
    asked.refresh_from_db()
    assert asked.state == MoveState.WITHDRAWN
    assert Member.objects.get(pk=cast.child.pk).account == cast.other_guardian.account


def grown(cast: Cast, **about: Any) -> Member:
    """An adult of the family without a login, who is a client."""
    about = {"given_name": "Ade", "born_on": make.years_ago(22), "email": "ade@mail.test"} | about
    member: Member = make.MemberFactory(account=cast.owner.account, **about)
    make.ClientFactory(organization=cast.organization, member=member, household=cast.household)
    return member


def test_an_adult_without_a_login_gets_an_account_of_their_own_that_staff_run(cast: Cast) -> None:
    member = grown(cast)
    client = Client.objects.get(member=member)

    request = move(cast, client=client, to_household=None)

    member.refresh_from_db()
    client.refresh_from_db()
    own = member.account
    assert (request.state, request.to_account, own.kept_by) == (MoveState.DONE, own, cast.organization)
    assert [each.member for each in own.ownerships.all()] == [member]
    assert (client.household.account, client.household == cast.household) == (own, False)
    assert not ManagerLink.objects.filter(dependent=member).exists()
    told = Message.objects.filter(template="messaging/email/moved_out")
    assert {message.reader for message in told} == {cast.owner, cast.co_owner}


@pytest.mark.parametrize("who", ["child", "co_owner", "unknown"])
def test_minors_logins_and_who_has_no_birth_date_get_none(cast: Cast, who: str) -> None:
    member = grown(cast, born_on=None) if who == "unknown" else getattr(cast, who)
    client = Client.objects.get(member=member, organization=cast.organization)
    before = member.account
    with pytest.raises(CannotMove):
        move(cast, client=client, to_household=None)
    member.refresh_from_db()
    assert (member.account, MoveRequest.objects.count()) == (before, 0)


def test_somebody_alone_in_an_account_has_one_already_and_a_second_confirms_an_own_one_too(
    cast: Cast,
) -> None:
    member = grown(cast)
    client = Client.objects.get(member=member)
    Staff.objects.filter(pk=cast.front_desk.pk).update(user=cast.co_owner.user)
    author = Staff.objects.get(pk=cast.front_desk.pk)
    request = move(cast, by=at_desk(author), client=client, to_household=None)
    member.refresh_from_db()
    assert (request.state, member.account) == (MoveState.ASKED, cast.owner.account)
    desk_moves.confirm(by=at_desk(cast.administrator), request=request)
    member.refresh_from_db()
    assert member.account.kept_by == cast.organization
    with pytest.raises(CannotMove):
        move(cast, client=Client.objects.get(pk=client.pk), to_household=None)
