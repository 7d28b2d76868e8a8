"""Fulfilment, without a bank: what a payment that has come does to the books."""

import pytest

from accounts.actors import Actor
from billing import ledger
from billing.enums import PaymentKind
from billing.models import Payment
from billing.operations import fulfilment
from tests.billing.purse import books, course, held_cart
from tests.cast import Cast

pytestmark = pytest.mark.django_db


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
