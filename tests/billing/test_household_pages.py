"""The tabs of an account's page that billing adds, and what scheduling and waivers show there (A12, A13, A16)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from billing.enums import PaymentKind, PaymentState
from billing.models import Allocation, Payment, Refund
from billing.operations import fulfilment
from clients.models import Household
from scheduling.operations import seats
from tests import factories as make
from tests.architecture.test_sections import bills, signatures
from tests.architecture.test_sections import seats as many_seats
from tests.billing.purse import course, held_cart
from tests.cast import Cast
from tests.web import Web

DAY = datetime(2026, 5, 3, 16, tzinfo=UTC)


def url(cast: Cast, name: str) -> str:
    return reverse(f"staff:account_{name}", args=[cast.organization.slug, cast.household.number])


def bought(cast: Cast, *people: str) -> Payment:
    """Swim 3 for these, paid in cash."""
    members = [getattr(cast, person) for person in people]
    cart = held_cart(cast.owner, course(cast.organization), members)
    payment = Payment.objects.create(
        organization=cast.organization,
        household=cast.household,
        cart=cart,
        paid_by=cast.owner,
        kind=PaymentKind.CASH,
        amount_minor=10848 * len(members),
        currency="CAD",
    )
    fulfilment.finish(by=Actor.of_command("tests"), payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


def test_a_bill_is_opened_in_its_place(web: Web, cast: Cast) -> None:
    payment = bought(cast, "child", "sibling")
    bill = payment.cart.invoice  # type: ignore[union-attr]
    desk = web.as_(cast.front_desk)
    closed = desk.get(url(cast, "billing"))
    assert f"Bill {bill.number} Swim 3" in closed.words
    assert "Before tax" not in closed.words

    page = desk.get(url(cast, "billing"), {"open": bill.number})

    for words in (
        "Swim 3 For Toby,",
        "Swim 3 For Zuri,",
        "Before tax $192.00 HST, 13% $24.96 Total $216.96 Cash,",
    ):
        assert words in page.words
    assert 'aria-expanded="true"' in page.html


def test_what_is_left_to_pay_is_loud_and_says_until_when(web: Web, cast: Cast) -> None:
    line = make.InvoiceLineFactory(
        invoice__household=cast.household, invoice__issued_at=DAY, client=cast.client(cast.child)
    )
    page = web.as_(cast.front_desk).get(url(cast, "billing"), {"open": line.invoice.number})
    assert "To pay $96.00" in page.words
    assert "To pay by May 3, 2026 $96.00" in page.words


@pytest.mark.parametrize("sent", ["", "x", "0", "-5", "9" * 40, "'; DROP TABLE x", "theirs"])
def test_a_bill_that_is_not_this_households_opens_nothing(web: Web, cast: Cast, sent: str) -> None:
    bought(cast, "child")
    theirs = make.InvoiceLineFactory(
        invoice__household=cast.stranger_household,
        client=cast.client(cast.stranger_child),
        label="Their skates",
    )
    page = web.as_(cast.front_desk).get(
        url(cast, "billing"), {"open": theirs.invoice.number if sent == "theirs" else sent, "after": sent}
    )
    assert (page.status, "Before tax" in page.words, "Their skates" in page.text) == (200, False, False)


def test_payments_say_how_by_whom_for_what_and_what_was_given_back(web: Web, cast: Cast) -> None:
    payment = bought(cast, "child")
    number = payment.cart.invoice.number  # type: ignore[union-attr]
    Refund.objects.create(
        organization=cast.organization, payment=payment, amount_minor=500, reason="x", state="succeeded"
    )
    failed = make.PaymentFactory(
        household=cast.household,
        paid_by=cast.owner,
        kind=PaymentKind.CARD,
        method=cast.card,
        state=PaymentState.FAILED,
        succeeded_at=None,
    )
    Payment.objects.filter(pk=payment.pk).update(created_at=DAY, succeeded_at=DAY)
    Payment.objects.filter(pk=failed.pk).update(created_at=DAY + timedelta(days=1))
    Refund.objects.update(created_at=DAY)

    page = web.as_(cast.front_desk).get(url(cast, "billing"), {"show": "payments"})

    assert "Visa ending 94QX May 4, 2026, by Amara Okafor $96.00 Failed" in page.words
    assert (
        f"Cash May 3, 2026, by Amara Okafor, for bill {number} $5.00 given back, May 3, 2026 $108.48 Paid"
        in page.words
    )


def test_purchases_are_told_by_member_with_what_they_are_booked_for_and_cancelled(
    web: Web, cast: Cast
) -> None:
    payment = bought(cast, "child", "sibling")
    lines = list(payment.cart.lines.filter(member=cast.sibling))  # type: ignore[union-attr]
    seats.cancel(by=Actor.of_command("tests"), lines=lines)
    held_cart(cast.owner, course(cast.organization), [cast.teenager])
    desk = web.as_(cast.front_desk)

    page = desk.get(url(cast, "purchases")).words

    toby = page[page.index("Toby Okafor All") : page.index("Zuri Okafor All")]
    zuri = page[page.index("Zuri Okafor All") : page.index("Noah Okafor All")]
    assert ("Bought 1 Swim 3" in toby, "Registered for 4" in toby, "Cancelled" in toby) == (True, True, False)
    assert ("Bought 1 Swim 3" in zuri, zuri.count("Cancelled")) == (True, 4)
    assert "Checking out now Swim 3 For Noah" in page.replace("NO Swim", "Swim")

    one = desk.get(url(cast, "purchases"), {"member": cast.client(cast.sibling).number}).words
    assert ("Bought for Zuri Okafor" in one, "Toby" in one) == (True, False)


@pytest.mark.parametrize("member", ["x", "0", "9" * 40, "stranger"])
def test_purchases_of_somebody_else_are_not_found_under_this_account(
    web: Web, cast: Cast, member: str
) -> None:
    sent = cast.client(cast.stranger_child).number if member == "stranger" else member
    assert web.as_(cast.front_desk).get(url(cast, "purchases"), {"member": sent}).status == 404


def test_a_reader_without_the_schedule_sees_what_was_booked_and_no_link_to_it(web: Web, cast: Cast) -> None:
    bought(cast, "child")
    reader = make.StaffFactory(organization=cast.organization, roles=["account-reader"])
    pages = [web.as_(who).get(url(cast, "purchases")) for who in (cast.front_desk, reader)]
    assert ["Registered for 4" in page.words for page in pages] == [True, True]
    assert ["/sessions/" in page.text for page in pages] == [True, False]


def test_documents_list_what_each_signed_and_until_when(web: Web, cast: Cast) -> None:
    version = make.DocumentVersionFactory(
        document__organization=cast.organization, document__title="Season waiver"
    )
    for member, ends in (
        (cast.child, None),
        (cast.sibling, DAY - timedelta(days=1)),
        (cast.stranger_child, None),
    ):
        make.SignatureFactory(
            version=version,
            client=cast.client(member),
            signer=cast.owner,
            capacity="owner",
            signed_at=DAY - timedelta(days=900),
            expires_at=ends,
        )

    page = web.as_(cast.front_desk).get(url(cast, "documents")).words

    assert "Season waiver Toby Okafor Amara Okafor, as the account’s owner Nov 15, 2023 Signed" in page
    assert "Season waiver Zuri Okafor Amara Okafor, as the account’s owner Nov 15, 2023 Run out" in page
    assert "Astrid" not in page


def payments(cast: Cast, many: int) -> None:
    made = Payment.objects.bulk_create(
        make.PaymentFactory.build_batch(
            many, household=cast.household, organization=cast.organization, paid_by=cast.owner, currency="CAD"
        )
    )
    bill = make.InvoiceFactory(household=cast.household)
    Allocation.objects.bulk_create(
        Allocation(organization=cast.organization, payment=each, invoice=bill, amount_minor=5)
        for each in made
    )
    Refund.objects.bulk_create(
        Refund(organization=cast.organization, payment=each, amount_minor=5, reason="x") for each in made
    )


def purchases(cast: Cast, many: int) -> None:
    bills(cast, many)
    many_seats(cast, many)


TABS: dict[str, tuple[str, Callable[[Cast, int], None]]] = {
    "billing": ("billing", bills),
    "billing?show=payments": ("billing", payments),
    "purchases": ("purchases", purchases),
    "purchases?member": ("purchases", purchases),
    "documents": ("documents", signatures),
}


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("many", [1, 3, 500])
def test_each_tab_takes_the_same_queries_at_1_3_and_500_rows(
    web: Web, cast: Cast, tab: str, many: int
) -> None:
    name, fill = TABS[tab]
    fill(cast, many)
    Household.objects.filter(pk=cast.household.pk).update(billing_contact=cast.owner)
    asked = {"member": cast.client(cast.child).number} if "member" in tab else {"show": tab.partition("=")[2]}
    desk = web.as_(cast.front_desk)
    with CaptureQueriesContext(connection) as queries:
        page = desk.get(url(cast, name), asked)
    expected = {
        "billing": 7,
        "billing?show=payments": 9,
        "purchases": 10,
        "purchases?member": 9,
        "documents": 7,
    }
    assert (page.status, len(queries)) == (200, expected[tab])
    assert page.html.count('class="row"') + page.html.count('scope="row"') <= 60
