"""The inbox: signed, stored once, handled in any order and any number of times (G11)."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import flows, tasks
from billing.devstripe.cards import AUTHENTICATES_ONCE, answer_3d_secure
from billing.devstripe.delivery import signature
from billing.enums import PaymentState, StripeEventState
from billing.models import Payment, StripeEvent
from billing.operations import inbox
from scheduling.models import Registration
from tests.billing.purse import books, counts, course, held_cart, person, real_card
from tests.billing.test_flows import PAID_ONCE, charged
from tests.cast import Cast
from tests.devstripe import DevStripe

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/stripe/webhook/"


def deliver(event: dict[str, Any], secret: str = "whsec_tests", age: int = 0) -> int:
    """Send one event as Stripe does; no cookie, no form token."""
    body = json.dumps({"livemode": False, **event}).encode()
    header = signature(body, secret, int(time.time()) - age)
    answer = Browser(enforce_csrf_checks=True).post(
        URL, body, content_type="application/json", headers={"Stripe-Signature": header}
    )
    return int(answer.status_code)


def handle(event: dict[str, Any]) -> None:
    try:
        tasks.handle_stripe_event(event_id=event["id"])
    finally:
        connection.close()


@pytest.fixture
def unsettled(cast: Cast, devstripe: DevStripe) -> Payment:
    """Charged at the bank, and nobody has come back to tell us."""
    real_card(cast.card, AUTHENTICATES_ONCE)
    cart = held_cart(cast.owner, course(cast.organization), [cast.child, cast.sibling])
    payment = flows.pay(by=person(cast.owner), cart=cart, method=cast.card)
    intent = flows.to_confirm(payment_id=payment.pk)
    assert intent is not None
    answer_3d_secure(intent.id, intent.client_secret, success=True)
    return payment


@pytest.fixture
def events(unsettled: Payment, devstripe: DevStripe) -> list[dict[str, Any]]:
    """What Stripe has to tell about it, oldest first."""
    told: list[dict[str, Any]] = devstripe.get("/v1/events?limit=100")[1]["data"]
    assert "payment_intent.succeeded" in {event["type"] for event in told}
    return told


def in_order(told: list[dict[str, Any]]) -> None:
    for event in told:
        deliver(event)
        handle(event)


def twice_and_backwards(told: list[dict[str, Any]]) -> None:
    for event in [*reversed(told), *told]:
        deliver(event)
        handle(event)
        handle(event)


def in_parallel(told: list[dict[str, Any]]) -> None:
    def one(event: dict[str, Any]) -> None:
        try:
            deliver(event)
        finally:
            connection.close()
        handle(event)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, [*told, *reversed(told)]))


@pytest.mark.parametrize("how", [in_order, twice_and_backwards, in_parallel])
def test_however_events_come_the_books_are_equal(
    cast: Cast,
    devstripe: DevStripe,
    unsettled: Payment,
    events: list[dict[str, Any]],
    how: Callable[[list[dict[str, Any]]], None],
) -> None:
    how(events)
    unsettled.refresh_from_db()
    cart = unsettled.cart
    assert cart is not None
    assert unsettled.state == PaymentState.SUCCEEDED
    assert counts(cart) == PAID_ONCE
    assert books(cast.organization) == {
        "receivable": 0,
        "card-clearing": 21696,
        "revenue:programs": -19200,
        "tax:hst": -2496,
    }
    assert charged(devstripe) == 21696
    assert StripeEvent.objects.count() == len(events)
    assert not StripeEvent.objects.filter(state=StripeEventState.RECEIVED).exists()


def test_an_event_is_stored_once_with_its_job_and_answered_at_once(events: list[dict[str, Any]]) -> None:
    event = next(event for event in events if event["type"] == "payment_intent.succeeded")
    assert [deliver(event), deliver(event)] == [200, 200]
    stored = StripeEvent.objects.get(event_id=event["id"])
    assert (stored.type, stored.object_id, stored.state) == (
        "payment_intent.succeeded",
        event["data"]["object"]["id"],
        StripeEventState.RECEIVED,
    )
    jobs = [job.args for job in ProcrastinateJob.objects.filter(task_name=inbox.HANDLE)]
    assert [args for args in jobs if args["event_id"] == event["id"]] == [{"event_id": event["id"]}]


@pytest.mark.parametrize(("secret", "age"), [("whsec_guessed", 0), ("whsec_tests", 3600)])
def test_a_bad_or_old_signature_writes_nothing(events: list[dict[str, Any]], secret: str, age: int) -> None:
    before = ProcrastinateJob.objects.count()
    assert deliver(events[-1], secret=secret, age=age) == 400
    assert Browser().post(URL, b"{}", content_type="application/json").status_code == 400
    assert (StripeEvent.objects.count(), ProcrastinateJob.objects.count()) == (0, before)
    assert Browser().get(URL).status_code == 405


def test_what_is_not_about_a_payment_of_ours_is_kept_as_not_ours(
    cast: Cast, events: list[dict[str, Any]]
) -> None:
    customer = {
        "id": "evt_other",
        "type": "customer.created",
        "created": 1,
        "data": {"object": {"id": "cus_x"}},
    }
    unknown = {
        "id": "evt_unknown",
        "type": "payment_intent.succeeded",
        "created": 1,
        "data": {"object": {"id": "pi_of_somebody_else"}},
    }
    assert [deliver(customer), deliver(unknown)] == [200, 200]
    handle(customer)
    handle(unknown)
    assert set(StripeEvent.objects.values_list("event_id", "state")) == {
        ("evt_other", StripeEventState.IGNORED),
        ("evt_unknown", StripeEventState.IGNORED),
    }


def test_a_webhook_before_anybody_comes_back_seats_the_children(
    cast: Cast, unsettled: Payment, events: list[dict[str, Any]]
) -> None:
    event = next(event for event in events if event["type"] == "payment_intent.succeeded")
    deliver(event)
    handle(event)
    assert sorted(Registration.objects.values_list("state", "client__member").distinct()) == [
        ("booked", cast.child.pk),
        ("booked", cast.sibling.pk),
    ]


def test_an_event_whose_job_was_lost_is_handled_by_the_next_recovery(
    unsettled: Payment, events: list[dict[str, Any]]
) -> None:
    event = next(event for event in events if event["type"] == "payment_intent.succeeded")
    deliver(event)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        tasks.recover_unsettled(timestamp=0)
    unsettled.refresh_from_db()
    stored = StripeEvent.objects.get(event_id=event["id"])
    assert (unsettled.state, stored.state) == (PaymentState.SUCCEEDED, StripeEventState.HANDLED)
