"""The gateway speaks Stripe over real HTTP to the local Stripe; nothing is patched."""

import json
import time
from collections.abc import Callable

import pytest
import stripe
from django.db import transaction
from pytest_django import Settings

from accounts.money import Money
from billing import stripe_gateway
from billing.csp import stripe_sources, widened
from billing.devstripe import cards
from billing.devstripe.cards import answer_3d_secure, attach_test_card, save_test_card
from billing.errors import BadSignature, CardDeclined, InsideTransaction, StripeRefused, StripeUnavailable
from billing.stripe_gateway import StripeCard, StripeIntent, StripeNotice, StripeRefund
from tests.devstripe import DevStripe

pytestmark = pytest.mark.django_db(transaction=True)

TEN = Money(1000, "CAD")
RETURN_URL = "http://testserver/my/return/"


def customer() -> str:
    return stripe_gateway.create_customer(reference="account-1", idempotency_key="customer-1")


def unconfirmed(number: str = cards.VISA, key: str = "intent-1") -> StripeIntent:
    holder = customer()
    return stripe_gateway.create_payment_intent(
        customer=holder,
        amount=TEN,
        payment_method=attach_test_card(holder, number),
        metadata={"payment": "7"},
        key=key,
    )


def confirm(intent: StripeIntent, *, off_session: bool = False, key: str = "confirm-1") -> StripeIntent:
    return stripe_gateway.confirm_payment_intent(
        intent.id, return_url=RETURN_URL, off_session=off_session, key=key
    )


def charges(devstripe: DevStripe) -> int:
    return len(devstripe.get("/v1/charges")[1]["data"])


@pytest.fixture(autouse=True)
def _local(devstripe: DevStripe) -> None:
    """Every test here talks to the local Stripe."""


def test_a_customer_carries_our_reference_and_nothing_else(devstripe: DevStripe) -> None:
    created = customer()
    assert customer() == created
    [call, again] = devstripe.calls("POST /v1/customers")
    assert call["params"] == {"metadata[reference]": "account-1"}
    assert again["replayed"] is True


def test_deleting_a_customer_twice_is_deleting_it_once(devstripe: DevStripe) -> None:
    holder = customer()
    card = attach_test_card(holder)
    stripe_gateway.delete_customer(holder)
    stripe_gateway.delete_customer(holder)
    assert stripe_gateway.retrieve_card(card).customer is None


def test_a_card_is_saved_by_a_setup_intent(devstripe: DevStripe) -> None:
    holder = customer()
    setup = stripe_gateway.create_setup_intent(customer=holder, key="setup-1")
    assert (setup.status, setup.customer, setup.payment_method) == ("requires_payment_method", holder, None)
    assert setup.client_secret.startswith(f"{setup.id}_secret_")
    assert save_test_card(setup.id, cards.MASTERCARD) == "succeeded"
    saved = stripe_gateway.retrieve_setup_intent(setup.id)
    assert saved.payment_method is not None
    assert stripe_gateway.retrieve_card(saved.payment_method) == StripeCard(
        id=saved.payment_method,
        brand="mastercard",
        last4="4444",
        exp_month=12,
        exp_year=2034,
        customer=holder,
    )


def test_a_declined_setup_says_so_and_stays_open(devstripe: DevStripe) -> None:
    setup = stripe_gateway.create_setup_intent(customer=customer(), key="setup-1")
    with pytest.raises(cards.CardNotAttached):
        save_test_card(setup.id, cards.DECLINED_WHEN_SAVED)
    found = stripe_gateway.retrieve_setup_intent(setup.id)
    assert (found.status, found.last_error_code) == ("requires_payment_method", "generic_decline")


def test_a_card_is_detached_once_and_for_good(devstripe: DevStripe) -> None:
    holder = customer()
    card = attach_test_card(holder)
    stripe_gateway.detach_card(card)
    stripe_gateway.detach_card(card)
    assert stripe_gateway.retrieve_card(card).customer is None
    with pytest.raises(StripeRefused, match="cannot be used"):
        stripe_gateway.create_payment_intent(
            customer="", amount=TEN, payment_method=card, metadata={}, key="intent-1"
        )


def test_an_intent_charges_nothing_until_it_is_confirmed(devstripe: DevStripe) -> None:
    intent = unconfirmed()
    assert charges(devstripe) == 0
    assert (intent.status, intent.amount_minor, intent.currency) == ("requires_confirmation", 1000, "CAD")
    assert dict(intent.metadata) == {"payment": "7"}
    paid = confirm(intent)
    assert (paid.id, paid.status, paid.last_error_code) == (intent.id, "succeeded", None)
    assert paid.latest_charge is not None
    assert paid.latest_charge.startswith("ch_")
    assert stripe_gateway.retrieve_payment_intent(intent.id) == paid


def test_confirming_again_charges_once(devstripe: DevStripe) -> None:
    intent = unconfirmed()
    paid = confirm(intent)
    assert confirm(intent) == paid
    assert confirm(intent, key="another") == paid
    assert charges(devstripe) == 1


def test_a_lost_answer_is_asked_for_again_and_charges_once(devstripe: DevStripe) -> None:
    intent = unconfirmed()
    devstripe.fault("POST /v1/payment_intents/.*/confirm", "drop_after")
    assert confirm(intent).status == "succeeded"
    assert charges(devstripe) == 1


def test_when_stripe_stays_silent_the_outcome_is_unknown_and_the_intent_tells_it(
    devstripe: DevStripe, settings: Settings
) -> None:
    intent = unconfirmed()
    devstripe.fault("POST /v1/payment_intents/.*/confirm", "drop_after", times=2)
    with pytest.raises(StripeUnavailable, match="you will not pay twice"):
        confirm(intent)
    assert stripe_gateway.retrieve_payment_intent(intent.id).status == "succeeded"
    assert charges(devstripe) == 1


@pytest.mark.parametrize("mode", ["500", "timeout"])
def test_a_failing_or_silent_stripe_is_unavailable(
    devstripe: DevStripe, settings: Settings, mode: str
) -> None:
    settings.STRIPE_READ_TIMEOUT = 0.3
    devstripe.fault("POST /v1/customers", mode, times=2)
    with pytest.raises(StripeUnavailable):
        customer()


def test_an_unreachable_stripe_is_unavailable(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(StripeUnavailable):
        customer()


@pytest.mark.parametrize(
    ("number", "code", "message_key"),
    [
        (cards.DECLINED_WHEN_CHARGED, "generic_decline", "declined"),
        (cards.AUTHENTICATES_ALWAYS, "authentication_required", "authentication_required"),
    ],
)
def test_a_declined_charge_says_why(devstripe: DevStripe, number: str, code: str, message_key: str) -> None:
    intent = unconfirmed(number)
    with pytest.raises(CardDeclined, match="Nothing was charged") as declined:
        confirm(intent, off_session=True)
    assert (declined.value.code, declined.value.message_key) == (code, message_key)
    found = stripe_gateway.retrieve_payment_intent(intent.id)
    assert (found.status, found.last_error_code) == ("requires_payment_method", code)


def test_a_lost_card_reads_as_any_other_decline() -> None:
    assert CardDeclined("lost_card").message == CardDeclined("generic_decline").message


def test_a_card_set_up_before_is_charged_while_its_holder_is_away(devstripe: DevStripe) -> None:
    assert confirm(unconfirmed(cards.AUTHENTICATES_ONCE), off_session=True).status == "succeeded"


@pytest.mark.parametrize("number", [cards.AUTHENTICATES_ONCE, cards.AUTHENTICATES_ALWAYS])
def test_3d_secure_waits_for_the_holder_and_then_charges(devstripe: DevStripe, number: str) -> None:
    waiting = confirm(unconfirmed(number))
    assert (waiting.status, waiting.next_action_type) == ("requires_action", "use_stripe_sdk")
    assert charges(devstripe) == 0
    answer_3d_secure(waiting.id, waiting.client_secret, success=True)
    assert stripe_gateway.retrieve_payment_intent(waiting.id).status == "succeeded"


def test_3d_secure_refused_charges_nothing(devstripe: DevStripe) -> None:
    waiting = confirm(unconfirmed(cards.AUTHENTICATES_ALWAYS))
    answer_3d_secure(waiting.id, waiting.client_secret, success=False)
    refused = stripe_gateway.retrieve_payment_intent(waiting.id)
    assert (refused.status, refused.last_error_code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    assert charges(devstripe) == 0


def test_an_intent_is_cancelled_unless_it_is_paid(devstripe: DevStripe) -> None:
    open_one = unconfirmed()
    assert stripe_gateway.cancel_payment_intent(open_one.id).status == "canceled"
    assert stripe_gateway.cancel_payment_intent(open_one.id).status == "canceled"
    paid = confirm(unconfirmed(key="intent-2"), key="confirm-2")
    assert stripe_gateway.cancel_payment_intent(paid.id) == paid


def test_a_refund_is_found_by_our_id(devstripe: DevStripe) -> None:
    intent = unconfirmed()
    assert stripe_gateway.list_refunds(intent.id) == []
    confirm(intent)
    made = stripe_gateway.create_refund(
        intent=intent.id, amount=Money(400, "CAD"), metadata={"refund": "3"}, key="refund-3"
    )
    assert made == StripeRefund(
        id=made.id, status="succeeded", amount_minor=400, currency="CAD", metadata={"refund": "3"}
    )
    assert stripe_gateway.list_refunds(intent.id) == [made]


def test_more_than_was_paid_is_not_refunded(devstripe: DevStripe) -> None:
    intent = confirm(unconfirmed())
    with pytest.raises(StripeRefused, match="greater than unrefunded amount"):
        stripe_gateway.create_refund(intent=intent.id, amount=Money(1001, "CAD"), metadata={}, key="r")


def test_a_key_used_for_something_else_is_a_mistake_of_ours(devstripe: DevStripe) -> None:
    customer()
    with pytest.raises(StripeRefused, match="Keys for idempotent requests"):
        stripe_gateway.create_customer(reference="account-2", idempotency_key="customer-1")


def test_an_id_that_does_not_exist_is_a_mistake_of_ours(devstripe: DevStripe) -> None:
    with pytest.raises(StripeRefused) as refused:
        stripe_gateway.retrieve_payment_intent("pi_nothing")
    assert refused.value.code == "resource_missing"


CALLS: dict[str, Callable[[], object]] = {
    "create_customer": customer,
    "delete_customer": lambda: stripe_gateway.delete_customer("cus_1"),
    "create_setup_intent": lambda: stripe_gateway.create_setup_intent(customer="cus_1", key="k"),
    "retrieve_setup_intent": lambda: stripe_gateway.retrieve_setup_intent("seti_1"),
    "retrieve_card": lambda: stripe_gateway.retrieve_card("pm_1"),
    "detach_card": lambda: stripe_gateway.detach_card("pm_1"),
    "create_payment_intent": lambda: stripe_gateway.create_payment_intent(
        customer="cus_1", amount=TEN, payment_method="pm_1", metadata={}, key="k"
    ),
    "confirm_payment_intent": lambda: stripe_gateway.confirm_payment_intent(
        "pi_1", return_url=RETURN_URL, off_session=False, key="k"
    ),
    "retrieve_payment_intent": lambda: stripe_gateway.retrieve_payment_intent("pi_1"),
    "cancel_payment_intent": lambda: stripe_gateway.cancel_payment_intent("pi_1"),
    "list_refunds": lambda: stripe_gateway.list_refunds("pi_1"),
    "create_refund": lambda: stripe_gateway.create_refund(intent="pi_1", amount=TEN, metadata={}, key="k"),
    "retrieve_event": lambda: stripe_gateway.retrieve_event("evt_1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_call_runs_inside_a_transaction(devstripe: DevStripe, name: str) -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        CALLS[name]()
    assert devstripe.calls() == []


def webhook(
    event: dict[str, object], *, secret: str = "whsec_tests", at: int | None = None
) -> tuple[bytes, str]:
    payload = json.dumps(event)
    at = at or int(time.time())
    signed = stripe.WebhookSignature._compute_signature(f"{at}.{payload}", secret)
    return payload.encode(), f"t={at},v1={signed}"


def test_an_event_is_read_from_stripe_and_from_a_webhook_alike(devstripe: DevStripe) -> None:
    intent = confirm(unconfirmed())
    events = devstripe.get("/v1/events")[1]["data"]
    [event] = [event for event in events if event["type"] == "payment_intent.succeeded"]
    notice = stripe_gateway.retrieve_event(event["id"])
    assert notice == StripeNotice(
        id=event["id"],
        type="payment_intent.succeeded",
        object_id=intent.id,
        object_type="payment_intent",
        livemode=False,
        created_at=notice.created_at,
    )
    assert int(notice.created_at.timestamp()) == event["created"]
    assert stripe_gateway.parse_webhook(*webhook(event)) == notice


def test_a_webhook_that_stripe_did_not_sign_is_refused() -> None:
    event: dict[str, object] = {
        "id": "evt_1",
        "type": "t",
        "livemode": False,
        "created": 1,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    payload, signature = webhook(event)
    assert stripe_gateway.parse_webhook(payload, signature).object_id == "pi_1"
    bad = [
        webhook(event, secret="whsec_other"),
        webhook(event, at=int(time.time()) - 301),
        (payload.replace(b"pi_1", b"pi_2"), signature),
        (payload, ""),
        (payload, "t=soon,v1=x"),
        (b"\xff", signature),
        webhook({"id": "evt_1"}),
    ]
    for body, header in bad:
        with pytest.raises(BadSignature):
            stripe_gateway.parse_webhook(body, header)


def test_pages_with_a_card_allow_stripe_or_its_stand_in_and_nothing_else() -> None:
    policy = {"default-src": ["'none'"], "script-src": ["'self'"], "connect-src": ["'self'"]}
    assert widened(policy, "http://localhost:12111/js.stripe.com/v3/") == {
        "default-src": ["'none'"],
        "script-src": ["'self'", "http://localhost:12111"],
        "connect-src": ["'self'", "http://localhost:12111"],
    }
    assert stripe_sources("https://js.stripe.com/v3/") == {
        "script-src": ["https://js.stripe.com", "https://*.js.stripe.com"],
        "frame-src": ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"],
        "connect-src": ["https://api.stripe.com"],
    }
