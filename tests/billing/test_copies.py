"""Copies of a confirmation, to whoever may know and does not pay (C05, RULES 5.1)."""

import pytest

from billing import flows
from messaging import letters
from messaging.models import Message
from tests import factories as make
from tests.billing.purse import course, held_cart, person, real_card
from tests.cast import Cast
from tests.devstripe import DevStripe

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_a_link_lets_know_reads_what_is_booked_for_that_child_and_no_amount(
    cast: Cast, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, view=True)
    swim = course(cast.organization, price=12800)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling, cast.teenager])
    flows.pay(by=person(cast.owner, cast.organization), cart=cart, method=cast.card)

    copies = Message.objects.filter(template="billing/email/booked_copy").order_by("address")
    assert [(m.reader, m.member_ids) for m in copies] == [
        (cast.teenager, [cast.teenager.pk]),
        (cast.other_guardian, [cast.child.pk]),
    ]
    mail = letters.write(copies[1])
    assert mail.subject == "Booked: Swim 3 for Toby"
    assert "Swim 3 for Toby" in mail.body
    assert [text for text in ("Zuri", "Noah", "$", "94QX", "Amara") if text in mail.body] == []
