"""The local Stripe answers as Stripe does where Kinroll relies on it (billing/devstripe/README.md)."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import stripe

from billing.devstripe.cards import CardNotAttached, attach_test_card
from tests.devstripe import DevStripe


def customer(devstripe: DevStripe) -> str:
    return str(devstripe.post("/v1/customers")[1]["id"])


def card(number: str) -> dict[str, str]:
    details = {"number": number, "exp_month": "12", "exp_year": "34", "cvc": "123"}
    return {"type": "card"} | {f"card[{name}]": value for name, value in details.items()}


def paid_intent(devstripe: DevStripe, amount: int = 1000) -> str:
    holder = customer(devstripe)
    fields = {"customer": holder, "payment_method": attach_test_card(holder), "currency": "cad"}
    intent = devstripe.post("/v1/payment_intents", amount=str(amount), **fields)[1]["id"]
    assert devstripe.post(f"/v1/payment_intents/{intent}/confirm")[1]["status"] == "succeeded"
    return str(intent)


def eventually(done: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_the_same_key_gives_the_same_answer(devstripe: DevStripe) -> None:
    first = devstripe.post("/v1/customers", key="k", **{"metadata[reference]": "a"})
    assert first[0] == 200
    assert devstripe.post("/v1/customers", key="k", **{"metadata[reference]": "a"}) == first
    assert [call["replayed"] for call in devstripe.calls("POST /v1/customers")] == [False, True]


def test_a_key_used_with_another_body_is_an_idempotency_error(devstripe: DevStripe) -> None:
    devstripe.post("/v1/customers", key="k", **{"metadata[reference]": "a"})
    status, answer = devstripe.post("/v1/customers", key="k", **{"metadata[reference]": "b"})
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")


def test_two_senders_of_one_key_at_once_get_one_customer(devstripe: DevStripe) -> None:
    devstripe.fault("POST /v1/customers", "delay", times=8, seconds=0.2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: devstripe.post("/v1/customers", key="k"), range(8)))
    assert len({answer["id"] for _, answer in answers}) == 1
    assert len(devstripe.get("/v1/customers")[1]["data"]) == 1


def test_an_answer_lost_on_the_way_is_given_again_for_its_key(devstripe: DevStripe) -> None:
    devstripe.fault("POST /v1/customers", "drop_after")
    with pytest.raises(OSError, match=r"."):
        devstripe.post("/v1/customers", key="k")
    status, found = devstripe.post("/v1/customers", key="k")
    assert (status, [found["id"]]) == (200, [one["id"] for one in devstripe.get("/v1/customers")[1]["data"]])


def test_a_500_fault_does_nothing_and_ends(devstripe: DevStripe) -> None:
    devstripe.fault("POST /v1/.*", "500")
    assert devstripe.post("/v1/customers", key="k")[0] == 500
    assert devstripe.get("/v1/customers")[1]["data"] == []
    assert devstripe.post("/v1/customers", key="k")[0] == 200


def test_a_fault_that_does_not_exist_is_refused(devstripe: DevStripe) -> None:
    status, answer = devstripe.request("POST", "/_faults", body=b'{"match": ".*", "mode": "earthquake"}')
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


def test_calls_show_what_was_asked_but_no_card_number(devstripe: DevStripe) -> None:
    devstripe.post("/v1/payment_methods", key="k", **card("4242424242424242"))
    [call] = devstripe.calls("POST /v1/payment_methods")
    assert call["idempotency_key"] == "k"
    assert call["params"]["card[number]"] == "…"
    assert call["params"]["card[exp_month]"] == "12"


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4539578763621486", "card_declined", "test_mode_live_card"),
        ("4242", "incomplete_number", None),
    ],
)
def test_a_card_that_cannot_be_saved_leaves_the_setup_open(
    devstripe: DevStripe, number: str, code: str, decline_code: str | None
) -> None:
    holder = customer(devstripe)
    setup = devstripe.post("/v1/setup_intents", customer=holder)[1]["id"]
    fields = {
        f"payment_method_data{'[' + name.replace('[', '][').rstrip(']') + ']'}": v
        for name, v in card(number).items()
    }
    status, answer = devstripe.post(f"/v1/setup_intents/{setup}/confirm", **fields)
    error = answer["error"]
    assert (status, error["type"], error["code"]) == (402, "card_error", code)
    assert error.get("decline_code") == decline_code
    assert devstripe.get(f"/v1/setup_intents/{setup}")[1]["status"] == "requires_payment_method"


def test_a_card_saved_by_a_setup_intent_belongs_to_the_customer(devstripe: DevStripe) -> None:
    holder = customer(devstripe)
    setup = devstripe.post("/v1/setup_intents", customer=holder)[1]["id"]
    method = devstripe.post("/v1/payment_methods", **card("4242 4242 4242 4242"))[1]["id"]
    confirmed = devstripe.post(f"/v1/setup_intents/{setup}/confirm", payment_method=method)[1]
    assert (confirmed["status"], confirmed["payment_method"]) == ("succeeded", method)
    assert devstripe.get(f"/v1/payment_methods/{method}")[1]["customer"] == holder


def test_a_detached_card_cannot_be_attached_or_charged_again(devstripe: DevStripe) -> None:
    holder = customer(devstripe)
    method = attach_test_card(holder)
    assert devstripe.post(f"/v1/payment_methods/{method}/detach")[1]["customer"] is None
    status, answer = devstripe.post(f"/v1/payment_methods/{method}/attach", customer=holder)
    assert (status, "may not be used again" in answer["error"]["message"]) == (400, True)
    fields = {"customer": holder, "payment_method": method, "amount": "100", "currency": "cad"}
    assert devstripe.post("/v1/payment_intents", **fields)[0] == 400


def test_a_card_of_another_customer_cannot_be_charged(devstripe: DevStripe) -> None:
    method = attach_test_card(customer(devstripe))
    fields = {"customer": customer(devstripe), "payment_method": method, "amount": "100", "currency": "cad"}
    assert devstripe.post("/v1/payment_intents", **fields)[0] == 400


def test_payment_method_types_is_refused_as_by_the_api_version_in_use(devstripe: DevStripe) -> None:
    fields = {"amount": "100", "currency": "cad", "payment_method_types[0]": "card"}
    status, answer = devstripe.post("/v1/payment_intents", **fields)
    assert (status, answer["error"]["code"]) == (400, "payment_method_types_no_longer_supported")


def test_what_localstripe_does_not_know_is_kept_on_the_object(devstripe: DevStripe) -> None:
    fields = {"amount": "100", "currency": "cad", "setup_future_usage": "off_session"}
    intent = devstripe.post("/v1/payment_intents", **fields)[1]["id"]
    assert devstripe.get(f"/v1/payment_intents/{intent}")[1]["setup_future_usage"] == "off_session"


def test_refunds_never_exceed_the_charge(devstripe: DevStripe) -> None:
    intent = paid_intent(devstripe, 1000)
    refunds = [
        devstripe.post("/v1/refunds", payment_intent=intent, amount=amount, reason="duplicate")[0]
        for amount in ("700", "400", "300", "1")
    ]
    assert refunds == [200, 400, 200, 400]
    listed = devstripe.get(f"/v1/refunds?payment_intent={intent}")[1]["data"]
    assert sorted((one["amount"], one["reason"]) for one in listed) == [
        (300, "duplicate"),
        (700, "duplicate"),
    ]


def test_the_stand_in_for_stripe_js_is_served_and_may_be_called_from_our_pages(devstripe: DevStripe) -> None:
    with urlopen(f"{devstripe.base}/js.stripe.com/v3/") as answer:
        assert answer.headers["Content-Type"].startswith("application/javascript")
        assert "confirmCardSetup" in answer.read().decode()
    asked = Request(f"{devstripe.base}/v1/setup_intents/x", method="OPTIONS", headers={"Origin": "http://o"})
    with urlopen(asked) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "http://o")


class Inbox(http.server.ThreadingHTTPServer):
    """Our webhook endpoint; it refuses the first ``refusals`` deliveries."""

    def __init__(self, refusals: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), InboxHandler)
        self.refusals = refusals
        self.received: list[tuple[bytes, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stripe/webhook/"


class InboxHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        inbox = self.server
        assert isinstance(inbox, Inbox)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = inbox.refusals > 0
        inbox.refusals -= 1
        if not refused:
            inbox.received.append((body, self.headers["Stripe-Signature"]))
        self.send_response(503 if refused else 200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox(refusals=1) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def types(inbox: Inbox) -> list[str]:
    return [json.loads(body)["type"] for body, _ in inbox.received]


def test_events_are_signed_and_sent_until_accepted_and_once_more_when_asked(
    devstripe: DevStripe, inbox: Inbox
) -> None:
    devstripe.webhook(inbox.url, "whsec_of_ours")
    paid_intent(devstripe)
    wanted = ["customer.created", "payment_method.attached", "payment_intent.succeeded"]
    eventually(lambda: len(inbox.received) == 3)
    assert sorted(types(inbox)) == sorted(wanted)
    for body, signature in inbox.received:
        assert stripe.WebhookSignature.verify_header(body.decode(), signature, "whsec_of_ours", 300)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(body.decode(), signature, "whsec_other", 300)
    devstripe.redeliver()
    eventually(lambda: len(inbox.received) == 6)
    eventually(lambda: all(row["delivered"] for row in devstripe.deliveries()))


@pytest.mark.processes
def test_customers_cards_keys_and_webhooks_survive_a_kill(tmp_path: Path, inbox: Inbox) -> None:
    server = DevStripe(tmp_path)
    server.start()
    server.webhook(inbox.url, "whsec_of_ours")
    found = server.post("/v1/customers", key="k")
    server.process.kill()
    server.process.wait()
    if server.process.stdin:
        server.process.stdin.close()
    server.start()
    assert server.get(f"/v1/customers/{found[1]['id']}")[1]["id"] == found[1]["id"]
    assert server.post("/v1/customers", key="k") == found
    eventually(lambda: types(inbox) == ["customer.created"])
    server.stop()


def processes_of(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(data).encode() in command:
                found.append(int(entry.name))
    return found


@pytest.mark.processes
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_no_process_outlives_a_killed_proxy(tmp_path: Path) -> None:
    server = DevStripe(tmp_path)
    server.start()
    assert len(processes_of(tmp_path)) == 2
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    if server.process.stdin:
        server.process.stdin.close()
    eventually(lambda: processes_of(tmp_path) == [])


@pytest.mark.processes
def test_a_port_in_use_is_a_sentence(devstripe_server: DevStripe, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "billing.devstripe", "--data", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--port", str(devstripe_server.port)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("The local Stripe cannot listen on port")
    assert "Traceback" not in ended.stderr


def test_a_declined_attach_says_why(devstripe: DevStripe) -> None:
    with pytest.raises(CardNotAttached, match=r"Your card was declined\."):
        attach_test_card(customer(devstripe), "4000000000000002")
