"""kill -9 between each two steps of a payment: after recovery it is paid-and-seated, or neither (G12)."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from billing import flows
from billing.devstripe.cards import AUTHENTICATES_ONCE, answer_3d_secure
from billing.enums import CartState, PaymentState, RefundState
from billing.models import Cart, Invoice, Payment, Refund
from billing.operations import carts
from messaging.models import Message
from tests.billing.purse import books, counts, course, held_cart, person, real_card, seats
from tests.billing.test_flows import PAID_ONCE, charged
from tests.cast import Cast
from tests.devstripe import DevStripe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

ROOT = Path(__file__).resolve().parents[2]
GATEWAY, PAYMENTS, CARTS = "billing.stripe_gateway", "billing.operations.payments", "billing.operations.carts"
FULFILMENT = "billing.operations.fulfilment"
NOT_CHARGED = (
    f"after {PAYMENTS}.begin",
    f"after {GATEWAY}.create_payment_intent",
    f"before {PAYMENTS}.store_intent",
    f"after {PAYMENTS}.store_intent",
    f"after {CARTS}.prolong",
    f"before {GATEWAY}.confirm_payment_intent",
)
CHARGED = (
    f"after {GATEWAY}.confirm_payment_intent",
    f"before {FULFILMENT}.finish",
    f"after {PAYMENTS}.receive",
    f"before {FULFILMENT}.next_number",
    f"after {FULFILMENT}.next_number",
    f"after {FULFILMENT}.fulfil_locked",
    f"after {FULFILMENT}.finish",
)
REFUNDING = (
    f"after {PAYMENTS}.owe_back",
    f"after {FULFILMENT}.finish",
    f"before {GATEWAY}.create_refund",
    f"after {GATEWAY}.create_refund",
    f"after {PAYMENTS}.give_back",
)


def killed(jobs: list[dict[str, Any]], devstripe: DevStripe) -> list[int]:
    """The exit codes of processes that carried out ``jobs``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.billing.killed", connection.settings_dict["NAME"], devstripe.base],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_a_kill_at_any_step_of_paying_ends_paid_and_seated_or_in_neither(
    cast: Cast, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    steps = [*NOT_CHARGED, *CHARGED]
    swims = [course(cast.organization) for _step in steps]
    held = [held_cart(cast.owner, swim, [cast.child]) for swim in swims]
    jobs = [
        {"do": "pay", "id": cart.pk, "by": cast.owner.pk, "card": cast.card.pk, "at": step}
        for cart, step in zip(held, steps, strict=True)
    ]
    assert killed(jobs, devstripe) == [-signal.SIGKILL] * len(steps)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        flows.recover_unsettled()
        flows.recover_unsettled()
    ends = {}
    for step, cart, swim in zip(steps, held, swims, strict=True):
        cart.refresh_from_db()
        found = counts(cart)
        ends[step] = (cart.state, found["invoices"], found["payments"], seats(swim))
    paid = (CartState.FULFILLED, 1, ["succeeded"], [("booked", 4)])
    neither = (CartState.HELD, 0, ["failed"], [("held", 4)])
    assert ends == dict.fromkeys(NOT_CHARGED, neither) | dict.fromkeys(CHARGED, paid)
    assert charged(devstripe) == books(cast.organization)["card-clearing"] == 10848 * len(CHARGED)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, len(CHARGED) + 1))
    assert Message.objects.filter(template="billing/email/booked").count() == len(CHARGED)
    for cart in held[: len(NOT_CHARGED)]:  # and nothing is lost: the same cart can be paid
        again = flows.pay(by=person(cast.owner), cart=cart, method=cast.card)
        assert again.state == PaymentState.SUCCEEDED
    assert charged(devstripe) == books(cast.organization)["card-clearing"] == 10848 * len(steps)


def test_a_kill_at_any_step_of_refunding_gives_the_money_back_once(cast: Cast, devstripe: DevStripe) -> None:
    real_card(cast.card, AUTHENTICATES_ONCE)
    jobs = []
    for step in REFUNDING:
        payment = paid_for_a_place_that_is_gone(cast)
        jobs.append({"do": "settle", "id": payment.pk, "at": step})
    assert killed(jobs, devstripe) == [-signal.SIGKILL] * len(jobs)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        flows.recover_unsettled()
        flows.recover_unsettled()
    assert list(Payment.objects.values_list("state", flat=True)) == [PaymentState.SUCCEEDED] * len(jobs)
    assert list(Refund.objects.values_list("state", flat=True)) == [RefundState.SUCCEEDED] * len(jobs)
    assert len(devstripe.get("/v1/refunds?limit=100")[1]["data"]) == len(jobs)
    assert (charged(devstripe), books(cast.organization)) == (0, {"receivable": 0, "card-clearing": 0})
    assert Message.objects.filter(template="billing/email/given_back").count() == len(jobs)
    assert not Invoice.objects.exists()


def paid_for_a_place_that_is_gone(cast: Cast) -> Payment:
    """Charged at Stripe when the hold had run out and somebody else had the last place."""
    swim = course(cast.organization, capacity=1)
    cart = held_cart(cast.owner, swim, [cast.child])
    payment = flows.pay(by=person(cast.owner), cart=cart, method=cast.card)
    intent = flows.to_confirm(payment_id=payment.pk)
    assert intent is not None
    Cart.objects.filter(pk=cart.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    carts.lapse_overdue(by=Actor.of_job("tests"))
    held_cart(cast.stranger, swim, [cast.stranger_child])
    answer_3d_secure(intent.id, intent.client_secret, success=True)
    return payment


def test_one_that_cannot_be_settled_does_not_keep_the_others_waiting(
    cast: Cast, devstripe: DevStripe, caplog: pytest.LogCaptureFixture
) -> None:
    real_card(cast.card)
    swims = [course(cast.organization) for _n in range(2)]
    held = [held_cart(cast.owner, swim, [cast.child]) for swim in swims]
    steps = [f"after {GATEWAY}.confirm_payment_intent"] * 2
    jobs = [
        {"do": "pay", "id": cart.pk, "by": cast.owner.pk, "card": cast.card.pk, "at": step}
        for cart, step in zip(held, steps, strict=True)
    ]
    killed(jobs, devstripe)
    Payment.objects.filter(cart=held[0]).update(stripe_intent_id="pi_unknown")
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert flows.recover_unsettled() == 2
    assert [counts(cart)["payments"] for cart in held] == [["new"], ["succeeded"]]
    assert "is not settled" in caplog.text
    assert PAID_ONCE["invoices"] == Invoice.objects.count()
