"""Carts: begun, held, prolonged, lapsed, cancelled (RULES 3.1, 3.2)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import NotAllowed
from billing.enums import CartState
from billing.errors import CannotBuy, CartGone, EmailUnconfirmed, NobodyChosen
from billing.models import Cart
from billing.operations import carts, payments
from clients.enums import ClientStatus
from clients.models import Client
from relationships import authority
from relationships.enums import AccountPermission
from scheduling.errors import SessionIsFull
from tests import factories as make
from tests.billing.purse import course, held_cart, open_cart, person, seats
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db
JOB = Actor.of_job("tests")


def test_beginning_a_cart_prices_a_line_for_each_child_and_holds_nothing(cast: Cast) -> None:
    swim = course(cast.organization, price=12800)
    cart = open_cart(cast.owner, swim, [cast.child, cast.sibling])
    lines = [
        (line.member, line.label, line.amount_minor, line.tax_minor, line.kind)
        for line in carts.lines_of(cart)
    ]
    assert lines == [
        (cast.child, "Swim 3", 12800, 1664, "course"),
        (cast.sibling, "Swim 3", 12800, 1664, "course"),
    ]
    assert (cart.state, cart.buyer, seats(swim)) == (CartState.OPEN, cast.owner, [])


def test_holding_takes_every_seat_for_the_organisations_minutes(cast: Cast) -> None:
    swim = course(cast.organization)
    before = timezone.now()
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    assert cart.state == CartState.HELD
    assert cart.held_until is not None
    assert timedelta(minutes=15) <= cart.held_until - before < timedelta(minutes=15, seconds=20)
    assert seats(swim) == [("held", 8)]


def test_holding_again_keeps_the_same_hold(cast: Cast) -> None:
    cart = held_cart(cast.owner, course(cast.organization), [cast.child])
    again = carts.hold(by=person(cast.owner), cart=cart)
    assert (again.pk, again.held_until) == (cart.pk, cart.held_until)


def test_the_same_wish_again_is_the_same_cart(cast: Cast) -> None:
    swim = course(cast.organization)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    assert open_cart(cast.owner, swim, [cast.sibling, cast.child]) == cart
    assert Cart.objects.count() == 1


def test_another_choice_of_children_for_the_same_thing_lets_the_first_cart_go(cast: Cast) -> None:
    swim = course(cast.organization)
    first = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    second = held_cart(cast.owner, swim, [cast.child])
    first.refresh_from_db()
    assert (first.state, second.state) == (CartState.CANCELLED, CartState.HELD)
    assert seats(swim) == [("held", 4), ("lapsed", 8)]


def test_a_held_cart_for_something_else_stays(cast: Cast) -> None:
    first = held_cart(cast.owner, course(cast.organization), [cast.child])
    painting = make.course(service__organization=cast.organization, service__title="Painting")
    held_cart(cast.owner, painting, [cast.child])
    first.refresh_from_db()
    assert first.state == CartState.HELD


def test_holding_makes_leads_of_those_who_were_no_clients(cast: Cast) -> None:
    newcomer = make.MemberFactory(account=cast.owner.account, given_name="Ada", born_on=make.years_ago(8))
    swim = course(cast.organization)
    cart = open_cart(cast.owner, swim, [newcomer])
    assert not Client.objects.filter(member=newcomer).exists()
    carts.hold(by=person(cast.owner), cart=cart)
    assert Client.objects.get(member=newcomer).status == ClientStatus.LEAD


def test_a_hold_is_prolonged_once(cast: Cast) -> None:
    cart = held_cart(cast.owner, course(cast.organization), [cast.child])
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):
        first = carts.prolong(by=person(cast.owner), cart=cart)
        assert first.held_until is not None
        assert cart.held_until is not None
        assert first.held_until - cart.held_until > timedelta(minutes=13)
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        assert carts.prolong(by=person(cast.owner), cart=cart).held_until == first.held_until


def test_an_overdue_cart_lapses_and_its_seats_are_free(cast: Cast) -> None:
    swim = course(cast.organization, capacity=1)
    cart = held_cart(cast.owner, swim, [cast.child])
    assert carts.lapse_overdue(by=JOB) == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert (carts.lapse_overdue(by=JOB), carts.lapse_overdue(by=JOB)) == (1, 0)
        cart.refresh_from_db()
        assert (cart.state, seats(swim)) == (CartState.LAPSED, [("lapsed", 4)])
        again = carts.hold(by=person(cast.owner), cart=cart)
        assert again.state == CartState.HELD
        assert seats(swim) == [("held", 4), ("lapsed", 4)]


def test_a_price_that_changed_is_agreed_to_anew_when_the_hold_is(cast: Cast) -> None:
    swim = course(cast.organization, price=10000)
    cart = held_cart(cast.owner, swim, [cast.child])
    assert swim.course_fee is not None
    swim.course_fee.price_minor = 20000
    swim.course_fee.save()
    assert carts.hold(by=person(cast.owner), cart=cart).lines.get().amount_minor == 10000
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        line = carts.hold(by=person(cast.owner), cart=cart).lines.get()
        assert (line.amount_minor, line.tax_minor) == (20000, 2600)


def test_every_reason_against_every_child_is_told_at_once(cast: Cast) -> None:
    swim = course(cast.organization)
    swim.age_min_months, swim.age_max_months = 12 * 12, 16 * 12
    swim.save()
    with pytest.raises(CannotBuy) as refused:
        open_cart(cast.owner, swim, [cast.child, cast.sibling])
    assert [(member, [o.code for o in found]) for member, found in refused.value.reasons] == [
        (cast.child, ["age"]),
        (cast.sibling, ["age"]),
    ]
    assert not Cart.objects.exists()


def test_a_full_course_holds_nothing_of_what_was_wanted(cast: Cast) -> None:
    swim = course(cast.organization, capacity=1)
    cart = open_cart(cast.owner, swim, [cast.child, cast.sibling])
    with pytest.raises(SessionIsFull):
        carts.hold(by=person(cast.owner), cart=cart)
    cart.refresh_from_db()
    assert (cart.state, seats(swim)) == (CartState.OPEN, [])


def test_cancelling_lets_the_seats_go_for_good(cast: Cast) -> None:
    swim = course(cast.organization)
    cart = held_cart(cast.owner, swim, [cast.child])
    assert carts.cancel(by=person(cast.owner), cart=cart).state == CartState.CANCELLED
    assert carts.cancel(by=person(cast.owner), cart=cart).state == CartState.CANCELLED
    assert seats(swim) == [("lapsed", 4)]
    with pytest.raises(CartGone):
        carts.hold(by=person(cast.owner), cart=cart)


def test_only_owners_buy_and_only_for_people_they_may_book_for(cast: Cast) -> None:
    swim = course(cast.organization)
    with pytest.raises(NotAllowed):
        open_cart(cast.teenager, swim, [cast.teenager])
    with pytest.raises(NotAllowed):
        open_cart(cast.owner, swim, [cast.stranger_child])
    with pytest.raises(NobodyChosen):
        open_cart(cast.owner, swim, [])
    cart = held_cart(cast.owner, swim, [cast.child])
    for outsider in (cast.teenager, cast.stranger, cast.other_guardian):
        with pytest.raises(NotAllowed):
            carts.cancel(by=person(outsider), cart=cart)


def test_a_guardian_from_another_household_buys_as_owner_of_their_own_account(cast: Cast) -> None:
    cart = held_cart(cast.other_guardian, course(cast.organization), [cast.child])
    assert (cart.account, cart.lines.get().member) == (cast.other_guardian.account, cast.child)


def test_an_account_whose_email_is_not_confirmed_buys_nothing(cast: Cast) -> None:
    cast.owner.account.confirmed_at = None
    cast.owner.account.save()
    with pytest.raises(EmailUnconfirmed):
        open_cart(cast.owner, course(cast.organization), [cast.child])


def test_nobody_under_the_minimum_purchase_age_buys_there_and_elsewhere_it_does_not_count(
    cast: Cast,
) -> None:
    swim, dance = course(cast.organization), course(cast.rival)
    cart = held_cart(cast.owner, swim, [cast.child])
    at_the_desk = cast.client(cast.owner)
    at_the_desk.born_on = make.years_ago(20)  # what staff keep is what counts here
    at_the_desk.save()
    cast.organization.minimum_purchase_age = 21
    cast.organization.save()
    buying: list[Callable[[], object]] = [
        lambda: open_cart(cast.owner, swim, [cast.sibling]),
        lambda: carts.hold(by=person(cast.owner), cart=cart),
        lambda: payments.begin(by=person(cast.owner), cart=cart, method=cast.card),
    ]
    for buy in buying:
        with pytest.raises(NotAllowed, match="sells to people of 21 and older"):
            buy()
    assert open_cart(cast.co_owner, swim, [cast.sibling]).buyer == cast.co_owner
    assert open_cart(cast.owner, dance, [cast.child]).buyer == cast.owner
    carts.cancel(by=person(cast.owner), cart=cart)
    assert seats(swim) == [("lapsed", 4)]


def test_one_may_buy_as_the_birthday_begins_where_the_organisation_is(cast: Cast) -> None:
    swim = course(cast.organization)
    cast.organization.minimum_purchase_age = 25
    cast.organization.save()
    Client.objects.filter(pk=cast.client(cast.owner).pk).update(born_on=date(2001, 3, 2))
    born_in_toronto = datetime(2026, 3, 2, 5, tzinfo=UTC)  # midnight there
    with time_machine.travel(born_in_toronto - timedelta(seconds=1), tick=False):
        assert not authority.may_run(
            person(cast.owner), AccountPermission.BUY, cast.owner.account, cast.organization
        )
    with time_machine.travel(born_in_toronto, tick=False):
        assert authority.may_run(
            person(cast.owner), AccountPermission.BUY, cast.owner.account, swim.organization
        )


def test_an_owner_without_a_birth_date_is_told_to_give_it_before_choosing_anybody(
    cast: Cast, web: Web
) -> None:
    swim = course(cast.organization)
    for each in (cast.owner, cast.client(cast.owner)):
        each.born_on = None
        each.save()
    address = reverse("public:book", args=["riverside", "course", swim.code])
    page = web.as_(cast.owner).get(address)
    assert "Riverside Recreation sells to people of 18 and older. Add your birth date" in page
    assert web.as_(cast.owner).post(address, {"member": [cast.child.code]}).status == 422
    assert Cart.objects.count() == 0
