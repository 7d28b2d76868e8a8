"""The checkout page: what it shows, what it refuses, and that it never does half of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing import flows
from billing.devstripe.cards import (
    AUTHENTICATES_ONCE,
    DECLINED_WHEN_CHARGED,
    MASTERCARD,
    answer_3d_secure,
    save_test_card,
)
from billing.enums import CartState, PaymentState
from billing.models import Cart, Payment
from billing.operations import carts
from scheduling.models import Schedule
from tests import factories as make
from tests.billing.purse import another_card, counts, course, held_cart, open_cart, person, real_card, seats
from tests.billing.test_flows import PAID_ONCE, charged
from tests.cast import Cast
from tests.devstripe import DevStripe
from tests.web import Page, Web
from waivers.models import Signature

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def swim(cast: Cast) -> Schedule:
    return course(cast.organization, price=12800)


@pytest.fixture
def browser(cast: Cast, web: Web, devstripe: DevStripe) -> Web:
    """The owner's browser; their card is known to the local Stripe."""
    real_card(cast.card)
    return web.as_(cast.owner)


def url(cart: Cart, name: str = "checkout") -> str:
    return reverse(f"public:{name}", args=[cart.organization.slug, cart.code])


def form(page: Page, **changes: str) -> dict[str, str]:
    """What the page's form would send without JavaScript."""
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", page.html):
        known = dict(re.findall(r'([\w-]+)(?:="([^"]*)")?', tag))
        if known.get("name") == "total" or (known.get("name") == "card" and "checked" in known):
            fields[known["name"]] = known["value"]
    return fields | changes


def test_the_page_shows_a_line_a_child_tax_total_and_until_when(
    cast: Cast, swim: Schedule, browser: Web
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    page = browser.get(url(cart))
    assert page.status == 200
    for words in (
        "For Toby",
        "For Zuri",
        "2 places",
        "$256.00",
        "HST, 13%",
        "$33.28",
        "$289.28",
        "Pay $289.28",
    ):
        assert words in page.words
    assert re.search(r"Riverside Recreation holds your 2 places until \d{1,2}:\d\d", page.words)
    assert "Visa ending 94QX" in page.words
    assert page.words.count("primary") == 0


def test_a_saved_card_pays_without_javascript(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    page = browser.post(url(cart), form(browser.get(url(cart))))
    assert page.redirects == [(url(cart, "checkout_done"), 303)]
    for words in ("Booked", "For Toby", "For Zuri", "Bill 1", "Visa ending 94QX", cast.owner.email):
        assert words in page.words
    assert (counts(cart), charged(devstripe)) == (PAID_ONCE, 28928)


def test_pressing_again_reloading_and_a_second_tab_lead_to_what_is_booked(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    sent = form(browser.get(url(cart)))
    pages = [browser.post(url(cart), sent), browser.post(url(cart), sent), browser.get(url(cart))]
    assert [page.path for page in pages] == [url(cart, "checkout_done")] * 3
    assert (counts(cart), charged(devstripe)) == (PAID_ONCE, 14464)


def test_the_policy_is_widened_for_stripe_on_this_page_alone(
    cast: Cast, swim: Schedule, browser: Web
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    policies = [
        browser.get(address).response.headers["Content-Security-Policy"]
        for address in (url(cart), reverse("portal:bills"))
    ]
    assert ["js.stripe.com" in policy for policy in policies] == [True, False]
    assert not [policy for policy in policies if "unsafe" in policy]


def require_waiver(cast: Cast) -> None:
    requirement = make.RequirementFactory(
        document__organization=cast.organization, document__title="Season waiver", is_for_everyone=True
    )
    make.DocumentVersionFactory(document=requirement.document, text="Swimming carries risks.")


def test_the_waiver_is_signed_once_for_both_in_the_same_form(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    require_waiver(cast)
    cart = held_cart(cast.owner, swim, [cast.child, cast.sibling])
    page = browser.get(url(cart))
    [name] = re.findall(r'name="(sign-[^"]+)"', page.html)
    assert "Swimming carries risks." in page.words
    unsigned = browser.post(url(cart), form(page))
    wrong = browser.post(url(cart), form(page, **{name: "Somebody Else"}))
    assert [unsigned.status, wrong.status] == [422, 422]
    assert "Somebody Else" in wrong.text
    assert (counts(cart)["payments"], Signature.objects.count()) == ([], 0)
    signed = browser.post(url(cart), form(page, **{name: "amara okafor"}))
    assert signed.path == url(cart, "checkout_done")
    assert sorted(Signature.objects.values_list("client__member", flat=True)) == [
        cast.child.pk,
        cast.sibling.pk,
    ]


def test_a_declined_card_says_so_keeps_the_places_and_what_was_signed(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    require_waiver(cast)
    bad = another_card(cast.card, DECLINED_WHEN_CHARGED)
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.get(url(cart))
    [name] = re.findall(r'name="(sign-[^"]+)"', page.html)
    declined = browser.post(url(cart), form(page, card=bad.stripe_id, **{name: "Amara Okafor"}))
    assert "The bank declined this card. Nothing was charged." in declined.words
    assert "Swimming carries risks." not in declined.words
    assert form(declined)["card"] == cast.card.stripe_id  # not the one that just failed
    assert (seats(swim), charged(devstripe)) == ([("held", 4)], 0)
    paid = browser.post(url(cart), form(declined, card=cast.card.stripe_id))
    assert paid.path == url(cart, "checkout_done")


def test_another_card_is_saved_and_charged(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.get(url(cart))
    found = re.search(r'data-client-secret="(seti_\w+)_secret', page.html)
    assert found is not None
    save_test_card(found[1], MASTERCARD)
    paid = browser.post(url(cart), form(page, card="new", setup_intent=found[1]))
    assert "Mastercard ending 4444" in paid.words
    assert charged(devstripe) == 14464


def test_another_card_without_its_numbers_is_asked_for(cast: Cast, swim: Schedule, browser: Web) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.post(url(cart), form(browser.get(url(cart)), card="new"))
    assert (page.status, "Choose how to pay." in page.words) == (422, True)


def test_3d_secure_is_asked_in_a_page_and_refusing_it_charges_nothing(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    asks = another_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.post(url(cart), form(browser.get(url(cart)), card=asks.stripe_id))
    assert page.path == url(cart, "checkout_confirm")
    found = re.search(r'data-client-secret="((pi_\w+)_secret\w+)"', page.html)
    assert found is not None
    waiting = browser.get(url(cart))
    assert "Your bank is waiting for you" in waiting.words
    answer_3d_secure(found[2], found[1], success=False)
    refused = browser.get(url(cart, "checkout_return"))
    assert refused.path == url(cart)
    assert "Nothing was charged" in refused.words
    assert (counts(cart)["payments"], seats(swim)) == (["failed"], [("held", 4)])


def test_3d_secure_can_be_left_for_another_card(cast: Cast, swim: Schedule, browser: Web) -> None:
    asks = another_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, swim, [cast.child])
    browser.post(url(cart), form(browser.get(url(cart)), card=asks.stripe_id))
    page = browser.post(url(cart, "checkout_give_up"))
    assert (page.path, Payment.objects.get().state) == (url(cart), PaymentState.FAILED)


def test_a_bank_that_does_not_answer_is_waited_for_and_nobody_pays_twice(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.get(url(cart))
    devstripe.fault(r"POST /v1/payment_intents/.*/confirm", "drop_after", times=4)
    devstripe.fault(r"GET /v1/payment_intents/.*", "500", times=4)
    waiting = browser.post(url(cart), form(page))
    assert "We are checking your payment" in waiting.words
    devstripe.fault(r"GET /v1/payment_intents/.*", "500", times=2)
    assert browser.get(url(cart, "checkout_return"), htmx=True).status == 204
    devstripe.request("DELETE", "/_faults")
    assert browser.get(url(cart, "checkout_return")).path == url(cart, "checkout_done")
    assert (counts(cart), charged(devstripe)) == (PAID_ONCE, 14464)


def test_opening_the_page_holds_nothing_and_a_press_does(cast: Cast, swim: Schedule, browser: Web) -> None:
    cart = open_cart(cast.owner, swim, [cast.child])
    assert "Nothing is held for you yet." in browser.get(url(cart)).words
    assert seats(swim) == []
    held = browser.post(url(cart, "checkout_hold"))
    assert (held.path, seats(swim)) == (url(cart), [("held", 4)])


def test_a_hold_that_ran_out_says_so_and_can_be_taken_again(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.get(url(cart))
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        late = browser.post(url(cart), form(page))
        assert (late.status, "are free again" in late.words) == (422, True)
        assert "Hold them again" in browser.get(url(cart)).words
        assert charged(devstripe) == 0
        again = browser.post(url(cart, "checkout_hold"))
        assert "Pay $144.64" in again.words


def test_a_place_that_was_taken_meanwhile_is_told(cast: Cast, browser: Web) -> None:
    last = course(cast.organization, capacity=1)
    cart = held_cart(cast.owner, last, [cast.child])
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        held_cart(cast.stranger, last, [cast.stranger_child])
        page = browser.post(url(cart, "checkout_hold"))
        assert (page.status, "full" in page.words) == (422, True)
    assert "Astrid" not in page.text


def test_a_price_that_changed_is_shown_before_it_is_paid(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.post(url(cart), form(browser.get(url(cart)), total="100"))
    assert (page.status, "The price has changed" in page.words, charged(devstripe)) == (422, True, 0)


def test_letting_go_frees_the_places_and_the_old_tab_says_so(
    cast: Cast, swim: Schedule, browser: Web
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    page = browser.get(url(cart))
    assert browser.post(url(cart, "checkout_let_go"), follow=False).status == 303
    cart.refresh_from_db()
    assert (cart.state, seats(swim)) == (CartState.CANCELLED, [("lapsed", 4)])
    old_tab = browser.post(url(cart), form(page))
    assert (old_tab.status, "This checkout was closed" in old_tab.words) == (422, True)


def test_a_family_whose_email_is_not_confirmed_is_told_to_confirm_it(
    cast: Cast, swim: Schedule, browser: Web, devstripe: DevStripe
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    cast.owner.account.confirmed_at = None
    cast.owner.account.save()
    page = browser.get(url(cart))
    assert "Confirm your e-mail address" in page.words
    assert browser.post(url(cart), form(page)).status == 422
    assert charged(devstripe) == 0


def test_nobody_else_finds_the_checkout_and_a_login_that_ended_leads_back(
    cast: Cast, swim: Schedule, web: Web, browser: Web
) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    for outsider in (cast.stranger, cast.other_guardian, cast.teenager, cast.front_desk):
        for name in ("checkout", "checkout_confirm", "checkout_return", "checkout_done"):
            assert web.as_(outsider).get(url(cart, name)).status == 404
        for name in ("checkout", "checkout_hold", "checkout_let_go", "checkout_give_up"):
            assert web.as_(outsider).post(url(cart, name)).status == 404
    assert web.as_(cast.co_owner).get(url(cart)).status == 200
    elsewhere = reverse("public:checkout", args=[cast.rival.slug, cart.code])
    assert browser.get(elsewhere).status == 404
    assert web.get(url(cart), follow=False).location == f"/login/login/?next={url(cart)}"
    assert seats(swim) == [("held", 4)]


def test_done_is_shown_only_when_it_is(cast: Cast, swim: Schedule, browser: Web) -> None:
    cart = held_cart(cast.owner, swim, [cast.child])
    assert browser.get(url(cart, "checkout_done")).path == url(cart)
    flows.pay(by=person(cast.owner), cart=cart, method=cast.card)
    assert browser.get(url(cart, "checkout_return")).path == url(cart, "checkout_done")
    assert carts.hold(by=person(cast.owner), cart=cart).state == CartState.FULFILLED
