"""An erasure and something else at the same moment: one comes first, and the other knows it (RULES 3.9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import flows
from accounts.actors import Actor
from accounts.enums import PrivacyKind
from accounts.errors import ErasureRefused, PersonErased, Refused
from accounts.models import AccountOwner, Member, PrivacyRequest, User
from accounts.operations import claiming, erasure
from accounts.people import PersonFields
from billing import flows as money
from billing.models import Cart, Payment, PaymentMethod, Refund
from billing.operations import carts
from clients.enums import MergeReason
from clients.errors import CannotMerge
from clients.models import Client
from clients.operations import desk, memos, merging
from relationships import flows as family
from tests import factories as make
from tests.accounts.claims import ANYBODY, BORN_ON, PASSWORD, staff_made
from tests.billing.purse import books, course, held_cart, open_cart, person, real_card, seats
from tests.cast import Cast, assemble
from tests.devstripe import DevStripe
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
STAFF = Actor.of_command("tests")


def due(member: Member) -> PrivacyRequest:
    """An operator's erasure of the whole account."""
    return PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE, account=member.account, due_at=timezone.now()
    )


def both(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    return at_once(2, lambda number: (first, second)[number]())


def finish() -> None:
    """What the job does until nothing is left to do."""
    for pk in erasure.to_look_at():
        flows.erase(request_id=pk)


def test_checking_out_while_the_account_is_erased_pays_for_nobody(devstripe: DevStripe) -> None:
    cast = assemble()
    ends = {check_out_and_erase(cast)}
    for _round in range(5):
        cast.owner, cast.child, cast.card = another_family(cast)
        ends.add(check_out_and_erase(cast))

    assert ends <= {("fulfilled", True), ("cancelled", False), ("lapsed", False)}
    assert books(cast.organization).get("receivable", 0) == 0


def check_out_and_erase(cast: Cast) -> tuple[str, bool]:
    """At once: places are held and paid, and the account is erased. How the cart ended, and whether money was kept."""
    real_card(cast.card)
    swim = course(cast.organization)
    cart = open_cart(cast.owner, swim, [cast.child])
    asked = due(cast.owner)
    by = person(cast.owner, cast.organization)

    def check_out() -> Any:
        carts.hold(by=by, cart=cart)
        return money.pay(by=by, cart=cart, method=cast.card)

    both(check_out, lambda: flows.erase(request_id=asked.pk))
    Cart.objects.filter(pk=cart.pk, state="held").update(held_until=timezone.now() - timedelta(minutes=1))
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        money.recover_unsettled()
        finish()
    asked.refresh_from_db()
    cart.refresh_from_db()
    assert (asked.state, asked.last_error) == ("done", "")
    is_paid = Payment.objects.filter(cart=cart, state="succeeded").exists()
    is_kept = is_paid and not Refund.objects.filter(payment__cart=cart, state="succeeded").exists()
    if not is_kept:
        assert [each for each in seats(swim) if each[0] in ("held", "booked")] == []
    return cart.state, is_kept


def another_family(cast: Cast) -> tuple[Member, Member, PaymentMethod]:
    """An owner with a login, a child and a card, at the same organisation."""
    owner = make.MemberFactory(account__name="Another family", owner=True, with_login=True)
    child = make.MemberFactory(account=owner.account, born_on=make.years_ago(9), email="")
    return owner, child, make.PaymentMethodFactory(holder=owner, consented_at=cast.organization)


def test_of_two_last_owners_who_erase_themselves_at_once_one_stays(devstripe: DevStripe) -> None:
    cast = assemble()

    ended = both(
        *(
            lambda who=who: family.erase(by=person(who), account=who.account, member=who)
            for who in (cast.owner, cast.co_owner)
        )
    )

    kinds = sorted(type(each).__name__ for each in ended)
    assert kinds == ["ErasureRefused", "PrivacyRequest"], ended
    assert AccountOwner.objects.filter(account=cast.owner.account).count() == 1
    assert (
        User.objects.filter(pk__in=[cast.owner.user_id, cast.co_owner.user_id], is_active=True).count() == 1
    )
    assert [type(each) for each in ended if isinstance(each, Refused)] == [ErasureRefused]


def test_a_claim_while_the_account_is_erased_leaves_no_login_behind(devstripe: DevStripe) -> None:
    made = staff_made()
    asked = due(made.member)

    claimed, _erased = both(
        lambda: claiming.claim(by=ANYBODY, token=made.token, secret=BORN_ON, password=PASSWORD),
        lambda: flows.erase(request_id=asked.pk),
    )
    finish()

    asked.refresh_from_db()
    assert asked.state == "done"
    assert isinstance(claimed, Member | Refused)
    assert not User.objects.filter(email="wanda.nowak@mail.test").exists()
    left: set[Any] = set(Member.objects.values_list("given_name", "email", "user"))
    assert left == {("Erased person", "", None)}


def test_staff_who_edit_while_somebody_is_erased_leave_nothing(devstripe: DevStripe) -> None:
    cast = assemble()
    client = cast.client(cast.child)
    asked = due(cast.owner)
    fields = PersonFields.of(client)
    changed = PersonFields(**{**fields.values(), "city": "Written by staff"})

    edited, _erased = both(
        lambda: desk.change_client(by=STAFF, client=client, person=changed, participates=True),
        lambda: flows.erase(request_id=asked.pk),
    )
    finish()

    client.refresh_from_db()
    assert isinstance(edited, Client | PersonErased)
    assert (client.city, client.status) == ("", "erased")
    with pytest.raises(PersonErased):
        memos.write(by=STAFF, client=client, text="Too late")


def test_a_merge_while_somebody_is_erased_hides_nothing_from_it(devstripe: DevStripe) -> None:
    cast = assemble()
    keep, drop = cast.client(cast.stranger_child), cast.client(cast.child)
    Client.objects.filter(pk=keep.pk).update(phone="")
    Client.objects.filter(pk=drop.pk).update(phone="+14165550999")
    asked = due(cast.owner)

    merged, _erased = both(
        lambda: merging.join(by=STAFF, keep=keep, drop=drop, because=MergeReason.DUPLICATE),
        lambda: flows.erase(request_id=asked.pk),
    )
    finish()

    drop.refresh_from_db()
    assert asked.__class__.objects.get(pk=asked.pk).state == "done"
    assert (drop.given_name, drop.phone) == (f"Erased person {drop.number}", "")
    if isinstance(merged, CannotMerge):
        assert (drop.merged_into, Client.objects.get(pk=keep.pk).phone) == (None, "")
    else:
        assert drop.merged_into == keep


def test_a_cart_of_an_erased_account_is_held_and_paid_by_nobody(devstripe: DevStripe) -> None:
    cast = assemble()
    real_card(cast.card)
    cart = held_cart(cast.owner, course(cast.organization), [cast.child])
    by = person(cast.owner, cast.organization)
    flows.erase(request_id=due(cast.owner).pk)  # it waits: places are held
    Cart.objects.filter(pk=cart.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    finish()

    for late in (
        lambda: money.pay(by=by, cart=Cart.objects.get(pk=cart.pk), method=cast.card),
        lambda: held_cart(cast.owner, course(cast.organization), [cast.child]),
    ):
        with pytest.raises(Refused):
            late()
    assert not Payment.objects.exists()
