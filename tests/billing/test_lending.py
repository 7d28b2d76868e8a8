"""Paying with a card that somebody lends: in the lender's name, up to the month's cap (P07, D07, RULES 2.4, 3.4)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import Member
from billing import flows, lending
from billing.devstripe.cards import AUTHENTICATES_ALWAYS, DECLINED_WHEN_CHARGED
from billing.enums import CartState, PaymentState, RefundState
from billing.errors import CannotBuy, LentForOneself, LoanOver, OverTheCap
from billing.models import CardConsent, Cart, Invoice, LedgerEntry, Payment, Refund
from billing.operations import carts
from messaging import letters
from messaging.models import Message
from relationships.models import ManagerLink
from tests import factories as make
from tests.billing.purse import another_card, books, course, held_cart, person, real_card, seats
from tests.billing.test_checkout_page import form, url
from tests.cast import Cast
from tests.devstripe import DevStripe
from tests.web import Web

pytestmark = pytest.mark.django_db(transaction=True)


def lend(cast: Cast, cap: int | None = 20000, **link: Any) -> ManagerLink:
    """The owner lends the teenager their card, and lets them book alone."""
    return make.ManagerLinkFactory(
        **{
            "manager": cast.owner,
            "dependent": cast.teenager,
            "may_book_self": True,
            "dependent_may_pay": True,
            "dependent_cap_minor": cap,
            "dependent_cap_currency": "CAD" if cap is not None else "",
        }
        | link
    )


def pay(member: Member, cart: Cart, link: ManagerLink) -> Payment:
    return flows.pay(by=person(member, cart.organization), cart=cart, link=link)


def left(cast: Cast, member: Member | None = None) -> list[int | None]:
    """What each card lent to the teenager has left here, in minor units."""
    loans = lending.loans_of(person(member or cast.teenager), cast.organization)
    return [loan.left.minor if loan.left else None for loan in loans]


def test_a_teenager_buys_in_the_name_of_who_lends_and_is_booked_themselves(
    cast: Cast, devstripe: DevStripe
) -> None:
    link = lend(cast)
    real_card(cast.card)
    swim = course(cast.organization, price=10000)
    cart = held_cart(cast.teenager, swim, [cast.teenager])
    payment = pay(cast.teenager, cart, link)
    cart.refresh_from_db()
    invoice = cart.invoice
    assert (payment.state, payment.paid_by, payment.lent_by, payment.method) == (
        PaymentState.SUCCEEDED,
        cast.owner,
        link,
        cast.card,
    )
    assert (cart.state, cart.buyer, invoice.household) == (CartState.FULFILLED, cast.owner, cast.household)
    assert [line.client for line in invoice.lines.all()] == [cast.client(cast.teenager)]
    assert seats(swim) == [("booked", 4)]
    assert set(LedgerEntry.objects.exclude(household=None).values_list("household", flat=True)) == {
        cast.household.pk
    }
    assert books(cast.organization)["card-clearing"] == 11300
    assert left(cast) == [8700]


def test_an_adult_with_an_own_account_may_be_lent_a_card_and_the_bill_is_the_lenders(
    cast: Cast, devstripe: DevStripe
) -> None:
    link = lend(cast, dependent=cast.stranger, may_book_self=False)
    real_card(cast.card)
    swim = course(cast.organization, price=10000)
    cart = held_cart(cast.stranger, swim, [cast.stranger])
    assert (cart.account, cart.lent_by) == (cast.stranger.account, None)
    pay(cast.stranger, cart, link)
    cart.refresh_from_db()
    assert cart.invoice.household == cast.household
    assert [line.client for line in cart.invoice.lines.all()] == [cast.client(cast.stranger)]


def test_with_a_lent_card_one_pays_for_oneself_alone(cast: Cast, devstripe: DevStripe) -> None:
    link = lend(cast, dependent=cast.stranger, may_book_self=False)
    cart = held_cart(cast.stranger, course(cast.organization), [cast.stranger, cast.stranger_child])
    with pytest.raises(LentForOneself):
        pay(cast.stranger, cart, link)
    make.ManagerLinkFactory(manager=cast.teenager, dependent=cast.child, book=True)
    lend(cast)
    with pytest.raises(LentForOneself):
        held_cart(cast.teenager, course(cast.organization), [cast.child])
    cart.refresh_from_db()
    assert (cart.account, cart.lent_by, Payment.objects.count()) == (cast.stranger.account, None, 0)


def test_above_the_cap_nothing_is_charged_and_the_reason_says_what_is_left(
    cast: Cast, devstripe: DevStripe
) -> None:
    link = lend(cast, cap=10000)
    real_card(cast.card)
    swim = course(cast.organization, price=10000)
    cart = held_cart(cast.teenager, swim, [cast.teenager])
    with pytest.raises(OverTheCap) as refused:
        pay(cast.teenager, cart, link)
    assert "$100.00 left for you this month, and this costs $113.00" in str(refused.value)
    assert (Payment.objects.count(), Invoice.objects.count(), seats(swim)) == (0, 0, [("held", 4)])
    assert devstripe.get("/v1/payment_intents?limit=100")[1]["data"] == []


def test_the_cap_counts_open_and_paid_and_frees_what_failed_or_was_given_back(cast: Cast) -> None:
    link = lend(cast, cap=50000)
    for state in (
        PaymentState.NEW,
        PaymentState.REQUIRES_ACTION,
        PaymentState.SUCCEEDED,
        PaymentState.FAILED,
    ):
        make.PaymentFactory(
            household=cast.household, paid_by=cast.owner, lent_by=link, state=state, amount_minor=1000
        )
    given_back = make.PaymentFactory(
        household=cast.household, paid_by=cast.owner, lent_by=link, amount_minor=500
    )
    make.PaymentFactory(household=cast.household, paid_by=cast.owner, amount_minor=7000)  # their own
    assert left(cast) == [46500]
    refund = Refund.objects.create(
        organization=cast.organization, payment=given_back, amount_minor=500, reason="test"
    )
    assert left(cast) == [46500]  # until Stripe has given it back
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.SUCCEEDED)
    assert left(cast) == [47000]


def test_the_month_is_the_calendars_on_the_organisations_wall(cast: Cast) -> None:
    link = lend(cast, cap=50000, starts_on=datetime(2026, 1, 1, tzinfo=UTC).date())
    paid = make.PaymentFactory(household=cast.household, paid_by=cast.owner, lent_by=link, amount_minor=20000)
    for at, expected in (
        (datetime(2027, 3, 1, 4, 30, tzinfo=UTC), 30000),  # still February in Toronto
        (datetime(2027, 3, 1, 5, 30, tzinfo=UTC), 50000),
    ):
        Payment.objects.filter(pk=paid.pk).update(created_at=datetime(2027, 2, 1, 5, 0, tzinfo=UTC))
        with time_machine.travel(at):
            assert lending.left_of(link, cast.organization, timezone.now()).minor == expected  # type: ignore[union-attr]
    Payment.objects.filter(pk=paid.pk).update(created_at=datetime(2027, 2, 1, 4, 59, tzinfo=UTC))
    with time_machine.travel(datetime(2027, 2, 10, tzinfo=UTC)):
        assert lending.left_of(link, cast.organization, timezone.now()).minor == 50000  # type: ignore[union-attr]


@pytest.mark.race
def test_two_purchases_at_once_cannot_pass_the_cap(cast: Cast, devstripe: DevStripe) -> None:
    link = lend(cast, cap=15000)
    real_card(cast.card)
    organization = cast.organization
    classes = [
        make.course(
            service__organization=organization,
            service__title=title,
            course_fee=make.ProductFactory(organization=organization, price_minor=10000),
        )
        for title in ("Swim", "Paint", "Judo", "Chess")
    ]
    begun = [held_cart(cast.teenager, each, [cast.teenager]) for each in classes]
    gate = Barrier(len(begun))

    def buy(cart: Cart) -> str:
        try:
            gate.wait()
            return pay(cast.teenager, cart, link).state
        except OverTheCap:
            return "over"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(begun)) as threads:
        said = sorted(threads.map(buy, begun))
    assert said == ["over", "over", "over", "succeeded"]
    assert (Invoice.objects.count(), Payment.objects.count(), left(cast)) == (1, 1, [5000])


def test_a_declined_card_frees_the_cap_and_tells_nothing_of_the_card(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    link = lend(cast)
    real_card(cast.card, DECLINED_WHEN_CHARGED)
    cart = held_cart(cast.teenager, course(cast.organization, price=10000), [cast.teenager])
    assert pay(cast.teenager, cart, link).state == PaymentState.FAILED
    assert left(cast) == [20000]
    page = web.as_(cast.teenager).get(url(cart))
    assert "This card could not be charged" in page.words
    assert cast.card.last4 not in page.text


def test_a_card_that_wants_its_holder_is_not_charged_and_leaves_nothing_open(
    cast: Cast, devstripe: DevStripe
) -> None:
    link = lend(cast)
    real_card(cast.card, AUTHENTICATES_ALWAYS)
    cart = held_cart(cast.teenager, course(cast.organization, price=10000), [cast.teenager])
    assert pay(cast.teenager, cart, link).state == PaymentState.FAILED
    assert (left(cast), Invoice.objects.count()) == ([20000], 0)


def _over(cast: Cast, link: ManagerLink) -> None:
    link.ended_at = timezone.now()


def _expired(cast: Cast, link: ManagerLink) -> None:
    link.ends_on = timezone.now().date() - timedelta(days=2)


def _to_come(cast: Cast, link: ManagerLink) -> None:
    link.starts_on = timezone.now().date() + timedelta(days=2)


def _elsewhere(cast: Cast, link: ManagerLink) -> None:
    link.organization = cast.rival


def _switched_off(cast: Cast, link: ManagerLink) -> None:
    link.dependent_may_pay = False


def _other_currency(cast: Cast, link: ManagerLink) -> None:
    link.dependent_cap_currency = "GBP"


def _apart(cast: Cast, link: ManagerLink) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.owner, protected=cast.teenager)


def _barred(cast: Cast, link: ManagerLink) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.teenager, protected=cast.owner)


def _no_consent(cast: Cast, link: ManagerLink) -> None:
    CardConsent.objects.filter(payment_method=cast.card).update(withdrawn_at=timezone.now())


def _removed(cast: Cast, link: ManagerLink) -> None:
    cast.card.removed_at = timezone.now()
    cast.card.save()


def _no_owner(cast: Cast, link: ManagerLink) -> None:
    cast.owner.ownership.delete()


ENDS = (
    _over, _expired, _to_come, _elsewhere, _switched_off, _other_currency, _apart, _barred, _no_consent, _removed,
    _no_owner,
)  # fmt: skip


@pytest.mark.parametrize("change", ENDS, ids=lambda change: change.__name__)
def test_what_lends_no_more_is_not_offered_and_refused_when_paying(
    cast: Cast, devstripe: DevStripe, change: Any
) -> None:
    link = lend(cast)
    another_card(real_card(cast.card), "4242424242424242")  # saved for elsewhere: without consent here
    swim = course(cast.organization)
    cart = held_cart(cast.teenager, swim, [cast.teenager])
    change(cast, link)
    link.save()
    assert lending.loans_of(person(cast.teenager), cast.organization) == []
    with pytest.raises(LoanOver):
        pay(cast.teenager, cart, link)
    with pytest.raises(NotAllowed):
        held_cart(cast.teenager, make.course(service__organization=cast.organization), [cast.teenager])
    assert (Payment.objects.count(), Invoice.objects.count(), seats(swim)) == (0, 0, [("held", 4)])


def test_nobody_pays_by_a_link_of_somebody_else(cast: Cast, devstripe: DevStripe) -> None:
    link = lend(cast)
    cart = held_cart(cast.stranger, course(cast.organization), [cast.stranger])
    with pytest.raises(LoanOver):
        pay(cast.stranger, cart, link)


def test_without_leave_to_book_alone_a_teenager_with_a_lent_card_books_nothing(
    cast: Cast, devstripe: DevStripe
) -> None:
    link = lend(cast)
    real_card(cast.card)
    cart = held_cart(cast.teenager, course(cast.organization), [cast.teenager])
    ManagerLink.objects.update(may_book_self=False)
    with pytest.raises(CannotBuy):
        pay(cast.teenager, cart, link)
    assert Payment.objects.count() == 0


def test_lent_cards_stop_when_the_dependent_comes_of_age(cast: Cast) -> None:
    link = lend(cast)
    assert left(cast) == [20000]
    born_on = make.years_ago(18, days=1)
    for row in (cast.teenager, cast.client(cast.teenager)):
        row.born_on = born_on
        row.save()
    ManagerLink.objects.filter(pk=link.pk).update(created_at=timezone.now() - timedelta(days=90))
    assert left(cast) == []
    ManagerLink.objects.filter(pk=link.pk).update(created_at=timezone.now())
    assert left(cast) == [20000]


def test_the_checkout_offers_the_card_by_first_name_with_what_is_left_and_pays(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    lend(cast)
    real_card(cast.card)
    swim = course(cast.organization, price=10000)
    browser = web.as_(cast.teenager)
    booking = reverse("public:book", args=[cast.organization.slug, "course", swim.code])
    page = browser.get(booking)
    assert "You pay with the card of Amara" in page.words
    assert ("Toby" in page.words, "Zuri" in page.words) == (False, False)
    page = browser.post(booking, {"member": cast.teenager.code, "once": page.once})
    assert page.path.startswith(f"/o/{cast.organization.slug}/checkout/")
    for words in ("Card of Amara", "$200.00 left for you this month", "Pay $113.00"):
        assert words in page.words
    page = browser.post(page.path, form(page))
    assert page.path.endswith("/done/")
    assert "Card of Amara" in page.words
    held_back = [cast.card.last4, cast.card.stripe_id, "Another card", reverse("portal:bills") + "i"]
    assert [text for text in held_back if text in page.text] == []
    assert Invoice.objects.get().code not in page.text


def test_the_page_refuses_above_the_cap_and_shows_the_way_out(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    link = lend(cast, cap=5000)
    cart = held_cart(cast.teenager, course(cast.organization, price=10000), [cast.teenager])
    browser = web.as_(cast.teenager)
    page = browser.get(url(cart))
    assert "$50.00 left for you this month, and this costs $113.00" in page.words
    assert "Pay $113.00" not in page.words
    answer = browser.post(url(cart), {"card": f"lent-{link.code}", "total": "11300"})
    assert (answer.status, "Nothing was charged" in answer.words) == (422, True)
    lender = web.as_(cast.owner).get("/my/")
    assert url(cart) in lender.text


def test_the_lender_gets_the_receipt_and_the_bill_and_the_dependent_neither(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    link = lend(cast)
    real_card(cast.card)
    cart = held_cart(cast.teenager, course(cast.organization, price=10000), [cast.teenager])
    pay(cast.teenager, cart, link)
    bill = reverse("portal:bill", args=[Invoice.objects.get().code])
    receipts = Message.objects.filter(template="billing/email/booked")
    assert [message.reader for message in receipts] == [cast.owner]
    assert "Noah booked this with the card you lend" in letters.write(receipts.get()).body
    assert (web.as_(cast.owner).get(bill).status, web.as_(cast.teenager).get(bill).status) == (200, 404)
    cards = web.as_(cast.teenager).get(reverse("portal:cards"))
    assert cast.card.last4 not in cards.text


def test_the_checkout_of_a_lent_card_is_found_by_its_two_sides_and_nobody_else(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    lend(cast)
    real_card(cast.card)
    cart = held_cart(cast.teenager, course(cast.organization), [cast.teenager])
    seen = [
        web.as_(member).get(url(cart)).status
        for member in (cast.teenager, cast.owner, cast.other_guardian, cast.stranger)
    ]
    assert seen == [200, 200, 404, 404]


def test_a_mark_that_is_over_or_still_to_begin_lends_on(cast: Cast) -> None:
    lend(cast)
    mark = make.NoContactFactory(
        organization=cast.organization,
        barred=cast.owner,
        protected=cast.teenager,
        starts_on=timezone.now().date() - timedelta(days=30),
        ends_on=timezone.now().date() - timedelta(days=3),
    )
    assert left(cast) == [20000]
    mark.starts_on, mark.ends_on = timezone.now().date() + timedelta(days=3), None
    mark.save()
    assert left(cast) == [20000]
    mark.starts_on = timezone.now().date()
    mark.save()
    assert left(cast) == []


def test_while_the_lender_confirms_with_their_bank_the_teenager_gets_nothing_of_it(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    lend(cast)
    real_card(cast.card, AUTHENTICATES_ALWAYS)
    cart = held_cart(cast.teenager, course(cast.organization, price=10000), [cast.teenager])
    waiting = flows.pay(by=person(cast.owner, cast.organization), cart=cart, method=cast.card)
    teenager = web.as_(cast.teenager)
    page = teenager.get(url(cart, "checkout_confirm"))
    again = teenager.post(url(cart, "checkout_give_up"))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.lent_by) == (PaymentState.REQUIRES_ACTION, None)
    assert ("client-secret" in page.text, "_secret_" in page.text, again.status) == (False, False, 200)


def test_a_cart_left_by_the_teenager_goes_without_touching_the_owners_own(
    cast: Cast, devstripe: DevStripe
) -> None:
    lend(cast)
    owners = held_cart(cast.owner, course(cast.organization), [cast.child])
    paint = make.course(service__organization=cast.organization, service__title="Painting")
    first = held_cart(cast.teenager, paint, [cast.teenager])
    carts.cancel(by=person(cast.teenager, cast.organization), cart=first)
    owners.refresh_from_db()
    first.refresh_from_db()
    assert (owners.state, first.state) == (CartState.HELD, CartState.CANCELLED)


def test_who_lends_reads_on_the_link_what_was_spent_this_month_and_nobody_else_does(
    cast: Cast, web: Web
) -> None:
    link = lend(cast, manager=cast.other_guardian)
    household = cast.client(cast.other_guardian).household
    make.PaymentFactory(household=household, paid_by=cast.other_guardian, lent_by=link, amount_minor=4321)
    page = reverse("portal:link", args=[link.code])
    lender, owner = web.as_(cast.other_guardian).get(page), web.as_(cast.owner).get(page)
    assert "Spent with your card this month" in lender.words
    assert "$43.21 at Riverside Recreation" in lender.words
    assert (owner.status, "$43.21" in owner.words) == (200, False)
