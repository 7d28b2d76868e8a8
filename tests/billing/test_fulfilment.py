"""Fulfilment, without a bank: what a payment that has come does to the books."""

import pytest

from accounts.actors import Actor
from billing import ledger
from billing.enums import PaymentKind
from billing.models import Payment
from billing.operations import fulfilment
from tests.billing.purse import books, course, held_cart
from tests.cast import Cast, assemble
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_carts_of_a_family_that_are_paid_at_once_do_not_wait_for_each_other_in_a_circle() -> None:
    cast = assemble()
    waiting = [
        Payment.objects.create(
            organization=cast.organization,
            household=cast.household,
            cart=held_cart(cast.owner, course(cast.organization), [child]),
            paid_by=cast.owner,
            kind=PaymentKind.CASH,
            amount_minor=10848,
            currency="CAD",
        )
        for child in (cast.child, cast.sibling, cast.teenager)
    ]

    at_once(3, lambda n: fulfilment.finish(by=Actor.of_command("tests"), payment_id=waiting[n].pk) or "done")

    assert sorted(Payment.objects.values_list("state", flat=True)) == ["succeeded"] * 3
    assert ledger.balance(cast.household).minor == 0


def test_cash_goes_to_the_till_and_not_to_card_clearing(cast: Cast) -> None:
    cart = held_cart(cast.owner, course(cast.organization), [cast.child])
    payment = Payment.objects.create(
        organization=cast.organization,
        household=cast.household,
        cart=cart,
        paid_by=cast.owner,
        kind=PaymentKind.CASH,
        amount_minor=10848,
        currency="CAD",
    )
    fulfilment.finish(by=Actor.of_command("tests"), payment_id=payment.pk)
    assert books(cast.organization) == {
        ledger.CASH: 10848,
        ledger.RECEIVABLE: 0,
        ledger.revenue("programs"): -9600,
        ledger.tax("hst"): -1248,
    }
