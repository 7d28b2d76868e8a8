"""A child moves house: every owner of both accounts is asked, and the last yes carries it out (RULES 4.3)."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import LastOwner, NotAllowed
from accounts.models import AccountOwner, AuditEvent, Member
from clients.models import Client, Household
from messaging.models import Message
from relationships.enums import MoveState
from relationships.errors import CannotMove, KeptApart, MoveWaits, RequestGone, TooManyRequests
from relationships.models import ManagerLink, MoveRequest
from relationships.operations import moves
from tests import cast as casting
from tests import factories as make
from tests.cast import Cast
from tests.races import at_once

pytestmark = pytest.mark.django_db


def as_(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def ask(cast: Cast, **changes: Any) -> MoveRequest:
    """The owner asks that the child moves to the other guardian's account."""
    how: dict[str, Any] = {
        "by": as_(cast.owner),
        "member": cast.child,
        "target": "rosa.marin@mail.test",
        "note": "Toby lives with Rosa now.",
        **changes,
    }
    return moves.ask(**how)


@pytest.fixture
def rosa_owns(cast: Cast) -> Member:
    """The other guardian runs her account."""
    AccountOwner.objects.get_or_create(account=cast.other_guardian.account, member=cast.other_guardian)
    return cast.other_guardian


def test_nothing_happens_until_every_owner_of_both_accounts_has_agreed(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    assert moves.asked_owners(request) == [cast.owner, cast.co_owner, rosa_owns]
    moves.agree(by=as_(rosa_owns), request=request)
    cast.child.refresh_from_db()
    assert cast.child.account == cast.owner.account

    moves.agree(by=as_(cast.co_owner), request=request, keeps_link=False)

    cast.child.refresh_from_db()
    request.refresh_from_db()
    assert (cast.child.account, request.state) == (rosa_owns.account, MoveState.DONE)
    client = Client.objects.get(pk=cast.client(cast.child).pk)
    assert client.household == Household.objects.get(
        organization=cast.organization, account=rosa_owns.account
    )


def test_who_owned_the_child_keeps_a_link_unless_they_decline(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast, is_legal_guardian=True)
    moves.agree(by=as_(cast.co_owner), request=request, keeps_link=False)
    moves.agree(by=as_(rosa_owns), request=request)

    link = ManagerLink.objects.get(manager=cast.owner, dependent=cast.child)
    assert (link.book, link.sign, link.pick_up) == (True, True, True)
    assert not ManagerLink.objects.filter(manager=cast.co_owner, dependent=cast.child).exists()


def test_bills_stay_and_waivers_memos_and_places_go_along(cast: Cast, rosa_owns: Member) -> None:
    client = cast.client(cast.child)
    bill = make.InvoiceLineFactory(invoice__household=cast.household, client=client).invoice
    place = make.RegistrationFactory(session=make.session_today(cast.organization), client=client)
    signature = make.SignatureFactory(version__document__organization=cast.organization, client=client)
    request = ask(cast)
    for owner in (cast.co_owner, rosa_owns):
        moves.agree(by=as_(owner), request=request)

    for row in (bill, place, signature, cast.memo):
        row.refresh_from_db()
    assert (bill.household, place.client, signature.client, cast.memo.client) == (
        cast.household,
        client,
        client,
        client,
    )


def test_one_no_ends_it_and_everybody_who_agreed_is_told(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    moves.decline(by=as_(rosa_owns), request=request)

    with pytest.raises(RequestGone):
        moves.agree(by=as_(cast.co_owner), request=request)
    told = Message.objects.filter(template="messaging/email/move_closed")
    assert [message.reader for message in told] == [cast.owner]
    assert "Rosa" not in str(told[0].context)


def test_owners_of_both_accounts_are_asked_by_mail_and_whoever_asks_is_not(
    cast: Cast, rosa_owns: Member
) -> None:
    ask(cast)
    asked = Message.objects.filter(template="messaging/email/move_asked")
    assert {message.reader for message in asked} == {cast.co_owner, rosa_owns}


def test_a_code_that_an_owner_shows_does_as_well(cast: Cast, rosa_owns: Member) -> None:
    from relationships.operations import requests

    code = requests.show_code(by=as_(rosa_owns)).code
    assert ask(cast, target=f" {code.lower()} ").to_account == rosa_owns.account


@pytest.mark.parametrize("target", ["nobody@mail.test", "noah.okafor@mail.test", "NOTACODE99"])
def test_nobody_found_looks_the_same_and_runs_out(cast: Cast, target: str, time_machine: Any) -> None:
    if target.startswith("noah"):
        Member.objects.filter(pk=cast.teenager.pk).update(account=make.AccountFactory())
    request = ask(cast, target=target)
    moves.agree(by=as_(cast.co_owner), request=request)
    request.refresh_from_db()
    assert (request.to_account, request.state) == (None, MoveState.ASKED)

    time_machine.move_to(timezone.now() + timedelta(days=14, minutes=1))
    assert moves.lapse_overdue(by=Actor.of_job("test")) == 1
    request.refresh_from_db()
    assert request.state == MoveState.LAPSED
    assert moves.lapse_overdue(by=Actor.of_job("test")) == 0


def test_somebody_kept_apart_is_nobody_found(cast: Cast, rosa_owns: Member) -> None:
    make.NoContactFactory(organization=cast.rival, barred=rosa_owns, protected=cast.child)
    assert ask(cast).to_account is None
    assert not Message.objects.filter(reader=rosa_owns).exists()


def test_a_mark_inside_the_account_sends_the_family_to_the_desk(cast: Cast, rosa_owns: Member) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    with pytest.raises(KeptApart):
        ask(cast)


def test_a_mark_made_meanwhile_stops_the_last_yes(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    moves.agree(by=as_(cast.co_owner), request=request)
    make.NoContactFactory(organization=cast.organization, barred=rosa_owns, protected=cast.child)
    with pytest.raises(KeptApart):
        moves.agree(by=as_(rosa_owns), request=request)
    cast.child.refresh_from_db()
    assert cast.child.account == cast.owner.account


@pytest.mark.parametrize("who", ["other_guardian", "teenager", "stranger"])
def test_only_owners_ask_for_a_child(cast: Cast, rosa_owns: Member, who: str) -> None:
    with pytest.raises(NotAllowed):
        ask(cast, by=as_(getattr(cast, who)))


def test_only_who_is_asked_answers_and_only_the_asker_takes_it_back(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    for who in (cast.stranger, cast.teenager):
        with pytest.raises(NotAllowed):
            moves.agree(by=as_(who), request=request)
    with pytest.raises(NotAllowed):
        moves.withdraw(by=as_(cast.co_owner), request=request)
    assert moves.withdraw(by=as_(cast.owner), request=request).state == MoveState.WITHDRAWN


def test_an_adult_with_a_login_asks_for_themselves_and_the_owners_they_come_to_alone(
    cast: Cast, rosa_owns: Member
) -> None:
    with pytest.raises(NotAllowed):
        ask(cast, member=cast.co_owner)
    request = ask(cast, by=as_(cast.co_owner), member=cast.co_owner)
    assert moves.asked_owners(request) == [rosa_owns]
    assert list(MoveRequest.objects.to_answer(cast.owner)) == []
    assert list(MoveRequest.objects.to_answer(rosa_owns)) == [request]

    moves.agree(by=as_(rosa_owns), request=request)

    moved = Member.objects.get(pk=cast.co_owner.pk)
    assert (moved.account, hasattr(moved, "ownership")) == (rosa_owns.account, False)
    kept = ManagerLink.objects.filter(manager=moved).values_list("dependent", flat=True)
    assert set(kept) == {cast.child.pk, cast.sibling.pk, cast.teenager.pk}


def test_one_request_a_person_at_a_time_and_five_a_day(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    with pytest.raises(MoveWaits):
        ask(cast, member=cast.child)
    for _time in range(4):
        moves.withdraw(by=as_(cast.owner), request=request)
        request = ask(cast)
    moves.withdraw(by=as_(cast.owner), request=request)
    with pytest.raises(TooManyRequests):
        ask(cast)


def test_the_last_owner_who_can_log_in_stays_and_ones_own_account_is_no_target(
    cast: Cast, rosa_owns: Member
) -> None:
    with pytest.raises(LastOwner):
        ask(cast, by=as_(cast.stranger), member=cast.stranger)
    with pytest.raises(CannotMove, match="in already"):
        ask(cast, target="chidi.okafor@mail.test")


def test_who_is_gone_or_elsewhere_meanwhile_does_not_move(cast: Cast, rosa_owns: Member) -> None:
    request = ask(cast)
    Member.objects.filter(pk=cast.child.pk).update(account=cast.stranger.account)
    with pytest.raises(RequestGone):
        moves.agree(by=as_(rosa_owns), request=request)


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_of_many_answers_at_once_the_person_moves_once() -> None:
    cast = casting.assemble()
    AccountOwner.objects.get_or_create(account=cast.other_guardian.account, member=cast.other_guardian)
    request = ask(cast)
    owners = [cast.co_owner, cast.other_guardian] * 3

    results = at_once(6, lambda index: moves.agree(by=as_(owners[index]), request=request))

    assert Counter(type(result).__name__ for result in results) <= Counter(MoveRequest=6, RequestGone=4)
    assert AuditEvent.objects.filter(action="accounts.member_moved").count() == 1
    assert Member.objects.get(pk=cast.child.pk).account == cast.other_guardian.account


def test_owners_without_a_login_are_not_asked(cast: Cast, rosa_owns: Member) -> None:
    Member.objects.filter(pk=cast.co_owner.pk).update(user=None)
    without = make.MemberFactory(account=rosa_owns.account, email="", born_on=make.years_ago(70))
    AccountOwner.objects.create(account=rosa_owns.account, member=without)
    request = ask(cast)
    assert moves.asked_owners(request) == [cast.owner, rosa_owns]

    moves.agree(by=as_(rosa_owns), request=request)

    cast.child.refresh_from_db()
    assert cast.child.account == rosa_owns.account
