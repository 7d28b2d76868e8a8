"""Where localstripe answers otherwise than Stripe, and it matters here: the answers as Stripe gives them.

Each function replaces one of localstripe's handlers (``OVERRIDES``); it runs inside localstripe's process.
"""

import re
from collections.abc import Callable
from typing import Any

from localstripe.errors import UserError
from localstripe.resources import Charge, Customer, Event, PaymentIntent, PaymentMethod, Refund, SetupIntent

from billing.devstripe.answers import Data, decline, record, refuse, take_recorded, take_types, truthy
from billing.devstripe.numbers import (
    DECLINED_WHEN_CHARGED,
    DECLINED_WHEN_SAVED,
    KNOWN_NUMBERS,
    NO_AUTHENTICATION_ONCE_SET_UP,
    SUCCEEDING,
)

# Cards


def create_payment_method(**data: Any) -> Any:
    """A card by its number; only test numbers are taken, so that nobody's real card is kept here."""
    data.pop("allow_redisplay", None)
    card = data.get("card")
    if not isinstance(card, dict):
        return PaymentMethod._api_create(**data)
    card["number"] = re.sub(r"[\s-]", "", str(card.get("number", "")))
    if not re.fullmatch(r"\d{14,19}", card["number"]):
        raise decline("incomplete_number", message="Your card number is incomplete.")
    if card["number"] not in KNOWN_NUMBERS:
        raise decline(
            "card_declined",
            "test_mode_live_card",
            "Your card was declined. Your request was in test mode, but used a non test card.",
        )
    if not re.fullmatch(r"0?[1-9]|1[0-2]", str(card.get("exp_month", "")).strip()):
        raise decline("invalid_expiry_month", message="Your card's expiration date is invalid.")
    if not re.fullmatch(r"(20)?\d\d", str(card.get("exp_year", "")).strip()):
        raise decline("invalid_expiry_year", message="Your card's expiration date is incomplete.")
    if not re.fullmatch(r"\d{3}", str(card.get("cvc", "")).strip()):
        raise decline("incomplete_cvc", message="Your card's security code is incomplete.")
    method = PaymentMethod._api_create(**data)
    method.card["brand"] = SUCCEEDING.get(card["number"], "visa")
    return method


def _refuse_unattachable(method: Any, customer: str | None) -> None:
    if getattr(method, "_detached", False):
        raise refuse(
            "This PaymentMethod was previously used without being attached to a Customer or was detached "
            "from a Customer, and may not be used again.",
            param="payment_method",
        )
    if method.customer not in (None, customer):
        raise refuse("The payment method you provided has already been attached to a customer.")
    number = getattr(method, "_card_number", "")
    if number in DECLINED_WHEN_SAVED:
        raise decline(*DECLINED_WHEN_SAVED[number])


def attach_payment_method(id: str, customer: str, **rest: Any) -> Any:
    """Refuses a detached card and another customer's, as Stripe does."""
    method = PaymentMethod._api_retrieve(id)
    _refuse_unattachable(method, customer)
    attached = PaymentMethod._api_attach(method.id, customer=customer, **rest)
    Event("payment_method.attached", attached)
    return attached


def detach_payment_method(id: str, **rest: Any) -> Any:
    """For ever: a detached card cannot be attached or charged again."""
    method = PaymentMethod._api_retrieve(id)
    if method.customer is None:
        raise refuse(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    PaymentMethod._api_detach(id, **rest)
    method._detached = True
    Event("payment_method.detached", method)
    return method


def delete_customer(id: str, **rest: Any) -> Any:
    """Detaches the customer's cards too."""
    deleted = Customer._api_delete(id)
    for method in _objects(PaymentMethod):
        if method.customer == id:
            method.customer, method._detached = None, True
    return deleted


def _objects(kind: Any) -> list[Any]:
    from localstripe.resources import store  # the one mutable name: read when asked

    return [found for key, found in store.items() if key.startswith(kind.object + ":")]


# Setup intents


def create_setup_intent(**data: Any) -> Any:
    """Keeps what localstripe rejects; an unknown customer is refused."""
    extra = take_recorded("setup_intent", data)
    data["payment_method_types"] = take_types(data)
    if data.get("customer"):
        Customer._api_retrieve(data["customer"])
    intent = SetupIntent._api_create(**data)
    intent.last_setup_error = None
    record(intent, extra)
    return intent


def _setup_failed(intent: Any, error: Data) -> None:
    intent.status, intent.payment_method, intent.next_action = "requires_payment_method", None, None
    intent.last_setup_error = error
    Event("setup_intent.setup_failed", intent)


def confirm_setup_intent(id: str, **data: Any) -> Any:
    """A declined card leaves the intent open for another one; a saved card belongs to the customer."""
    for ignored in ("return_url", "mandate_data", "expand"):
        data.pop(ignored, None)
    intent = SetupIntent._api_retrieve(id)
    if intent.status in ("succeeded", "canceled"):
        error = refuse(
            f"You cannot confirm this SetupIntent because it has a status of {intent.status}.",
            "setup_intent_unexpected_state",
        )
        error.body["error"]["setup_intent"] = intent._export()
        raise error
    try:
        if isinstance(details := data.pop("payment_method_data", None), dict):
            data["payment_method"] = create_payment_method(**details).id
        if data.get("payment_method"):
            _refuse_unattachable(PaymentMethod._api_retrieve(data["payment_method"]), intent.customer)
        confirmed = SetupIntent._api_confirm(id, **data)
    except UserError as error:
        if error.code == 402:
            _setup_failed(intent, error.body["error"])
        raise
    if confirmed.status == "succeeded":
        if confirmed.customer:
            PaymentMethod._api_retrieve(confirmed.payment_method).customer = confirmed.customer
        Event("setup_intent.succeeded", confirmed)
    return confirmed


def cancel_setup_intent(id: str, **data: Any) -> Any:
    """The stand-in for Stripe.js cancels when 3-D Secure is refused; with Stripe the intent stays open."""
    data.pop("cancellation_reason", None)
    if truthy(data.get("use_stripe_sdk")):
        intent = SetupIntent._api_retrieve(id)
        if data.get("client_secret") != intent.client_secret:
            raise UserError(401, "Unauthorized")
        _setup_failed(intent, {"type": "card_error", "code": "setup_intent_authentication_failure"})
        return intent
    intent = SetupIntent._api_cancel(id, **data)
    Event("setup_intent.canceled", intent)
    return intent


# Payment intents


def create_payment_intent(**data: Any) -> Any:
    """Refuses a card that is not this customer's; keeps what localstripe rejects."""
    extra = take_recorded("payment_intent", data)
    confirm, off_session, return_url = (
        data.pop(name, None) for name in ("confirm", "off_session", "return_url")
    )
    types = take_types(data)
    if data.get("payment_method"):
        _refuse_foreign_card(data["payment_method"], data.get("customer"))
    intent = PaymentIntent._api_create(**data)
    intent.payment_method_types = types
    record(intent, extra)
    if truthy(confirm):
        return confirm_payment_intent(intent.id, off_session=off_session, return_url=return_url)
    return intent


def _refuse_foreign_card(payment_method: str, customer: str | None) -> None:
    method = PaymentMethod._api_retrieve(payment_method)
    if getattr(method, "_detached", False) or (method.customer and not customer):
        raise refuse("The provided PaymentMethod cannot be used: it was detached, or is a customer's.")
    if customer and method.customer != customer:
        raise refuse(
            f"The customer does not have a payment method with the ID {payment_method}. "
            "The payment method must be attached to the customer.",
            "resource_missing",
            "payment_method",
        )


def _needs_authentication(method: Any, *, off_session: bool) -> bool:
    number = getattr(method, "_card_number", "")
    if off_session and number == NO_AUTHENTICATION_ONCE_SET_UP and method.customer:
        return False
    return bool(method._requires_authentication())


def _confirmable(id: str, payment_method: str | None) -> Any:
    intent = PaymentIntent._api_retrieve(id)
    if payment_method and intent.status in ("requires_payment_method", "requires_confirmation"):
        _refuse_foreign_card(payment_method, intent.customer)
        intent.payment_method, intent.latest_charge = payment_method, None
    if intent.status == "requires_payment_method":
        raise refuse(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            "payment_intent_unexpected_state",
        )
    if intent.status != "requires_confirmation":
        raise refuse(
            f"You cannot confirm this PaymentIntent because it has a status of {intent.status}.",
            "payment_intent_unexpected_state",
        )
    _refuse_foreign_card(intent.payment_method, intent.customer)
    return intent


def confirm_payment_intent(id: str, **data: Any) -> Any:
    """Charges, asks for 3-D Secure, or off session declines with ``authentication_required``."""
    off_session = truthy(data.pop("off_session", None))
    for ignored in ("return_url", "use_stripe_sdk", "setup_future_usage"):
        data.pop(ignored, None)
    intent = _confirmable(id, data.pop("payment_method", None))
    if data:
        raise refuse("Received unknown parameter: " + ", ".join(data), "parameter_unknown")
    method = PaymentMethod._api_retrieve(intent.payment_method)
    intent._authentication_failed, intent._failure = False, None
    if _needs_authentication(method, off_session=off_session):
        if off_session:
            raise _authentication_required(intent)
        intent.next_action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        Event("payment_intent.requires_action", intent)
        return intent
    return _charge(intent)


def _authentication_required(intent: Any) -> UserError:
    message = "Your card was declined. This transaction requires authentication."
    error = decline("authentication_required", "authentication_required", message)
    intent._failure = dict(error.body["error"])
    intent.payment_method = None
    Event("payment_intent.payment_failed", intent)
    error.body["error"]["payment_intent"] = intent._export()
    return error


def _charge(intent: Any) -> Any:
    number = getattr(PaymentMethod._api_retrieve(intent.payment_method), "_card_number", "")
    intent._decline_code = DECLINED_WHEN_CHARGED.get(number, "generic_decline")
    try:
        intent._create_charge(on_failure_now=intent._report_failure)
    except UserError as error:
        if error.code == 402:
            found = error.body["error"]
            found |= {
                "type": "card_error",
                "decline_code": intent._decline_code,
                "payment_intent": intent._export(),
            }
        raise
    return intent


def authenticate_payment_intent(id: str, **data: Any) -> Any:
    """What the 3-D Secure dialog of the stand-in sends. A refusal is an event, as with Stripe."""
    intent = PaymentIntent._api_retrieve(id)
    if data.get("client_secret") != intent.client_secret:
        raise UserError(401, "Unauthorized")
    if intent.status != "requires_action":
        raise refuse(
            "This PaymentIntent is not waiting for authentication.", "payment_intent_unexpected_state"
        )
    intent.next_action = None
    if truthy(data.get("success")):
        return _charge(intent)
    intent._authentication_failed, intent.payment_method = True, None
    Event("payment_intent.payment_failed", intent)
    message = "We are unable to authenticate your payment method."
    raise decline("payment_intent_authentication_failure", message=message)


def cancel_payment_intent(id: str, **data: Any) -> Any:
    """An event follows, and a finished intent is refused with Stripe's code."""
    reason = data.pop("cancellation_reason", None)
    intent = PaymentIntent._api_retrieve(id)
    if intent.status in ("succeeded", "canceled", "processing"):
        raise refuse(
            f"You cannot cancel this PaymentIntent because it has a status of {intent.status}.",
            "payment_intent_unexpected_state",
        )
    intent = PaymentIntent._api_cancel(id, **data)
    intent.cancellation_reason = reason
    Event("payment_intent.canceled", intent)
    return intent


def _export_payment_intent(self: Any, expand: list[str] | None = None) -> Data:
    """``latest_charge`` is an id unless it is expanded; a failure says its type and decline code."""
    shown: Data = _localstripe_export(self, expand=expand)
    expanded = any(path.split(".")[0] == "latest_charge" for path in expand or [])
    if self.latest_charge is not None and not expanded:
        shown["latest_charge"] = self.latest_charge.id
    if failure := getattr(self, "_failure", None):
        shown["last_payment_error"] = failure
    elif shown.get("last_payment_error"):
        shown["last_payment_error"] = {"type": "card_error", **shown["last_payment_error"]}
        if shown["last_payment_error"]["code"] == "card_declined":
            shown["last_payment_error"]["decline_code"] = getattr(self, "_decline_code", "generic_decline")
    shown["amount_received"] = self.amount if shown["status"] == "succeeded" else 0
    return shown


_localstripe_export = PaymentIntent._export
PaymentIntent._export = _export_payment_intent


# Refunds


def create_refund(**data: Any) -> Any:
    """Never more than is left on the charge; without an amount, what is left."""
    extra = take_recorded("refund", data)
    charge = _charge_to_refund(data)
    left = charge.amount - charge.amount_refunded
    if left <= 0:
        raise refuse(f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
    amount = int(data.get("amount") or left)
    if amount > left:
        raise refuse(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", None, "amount"
        )
    refund = Refund._api_create(**(data | {"amount": amount}))
    refund.payment_intent = charge.payment_intent
    record(refund, {"reason": None} | extra)
    Event("refund.created", refund)
    Event("charge.refunded", charge)
    return refund


def _charge_to_refund(data: Data) -> Any:
    if data.get("payment_intent"):
        charge = PaymentIntent._api_retrieve(data["payment_intent"]).latest_charge
        if charge is None or charge.status != "succeeded":
            raise refuse("This PaymentIntent does not have a successful charge to refund.")
        return charge
    return Charge._api_retrieve(data.get("charge"))


def list_refunds(**data: Any) -> Any:
    """An intent that was never charged has none (localstripe fails)."""
    if intent := data.get("payment_intent"):
        charge = PaymentIntent._api_retrieve(intent).latest_charge
        if charge is None:
            found = Refund._api_list_all("/v1/refunds")
            found._list = []
            return found
    return Refund._api_list_all("/v1/refunds", **data)


OVERRIDES: dict[tuple[str, str], Callable[..., Any]] = {
    ("POST", "/v1/payment_methods"): create_payment_method,
    ("POST", "/v1/payment_methods/{id}/attach"): attach_payment_method,
    ("POST", "/v1/payment_methods/{id}/detach"): detach_payment_method,
    ("DELETE", "/v1/customers/{id}"): delete_customer,
    ("POST", "/v1/setup_intents"): create_setup_intent,
    ("POST", "/v1/setup_intents/{id}/confirm"): confirm_setup_intent,
    ("POST", "/v1/setup_intents/{id}/cancel"): cancel_setup_intent,
    ("POST", "/v1/payment_intents"): create_payment_intent,
    ("POST", "/v1/payment_intents/{id}/confirm"): confirm_payment_intent,
    ("POST", "/v1/payment_intents/{id}/_authenticate"): authenticate_payment_intent,
    ("POST", "/v1/payment_intents/{id}/cancel"): cancel_payment_intent,
    ("POST", "/v1/refunds"): create_refund,
    ("GET", "/v1/refunds"): list_refunds,
}
