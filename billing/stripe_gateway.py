"""The only way to Stripe. Nothing else imports ``stripe``; nothing here knows our models.

Every call refuses to run inside a database transaction: a rollback cannot take back what Stripe did
(RULES 3.5). Tests that come here mark themselves ``django_db(transaction=True)``. Only ids of ours go to
Stripe, in metadata: no names, no e-mails, no class names.

Any call may raise StripeUnavailable (network, timeout, 5xx: whether it was done is unknown, ask by id) or
StripeRefused (a mistake of ours); those that touch a card may raise CardDeclined.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import stripe
from django.conf import settings
from django.db import connection

from accounts.money import Money
from billing.errors import BadSignature, CardDeclined, InsideTransaction, StripeRefused, StripeUnavailable

stripe.enable_telemetry = False

MAX_NETWORK_RETRIES = 1
WEBHOOK_TOLERANCE_SECONDS = 300
UNEXPECTED_STATE = "payment_intent_unexpected_state"
MISSING = "resource_missing"


@dataclass(frozen=True)
class StripeIntent:
    """A PaymentIntent. ``currency`` in capitals; ``last_error_code`` is the decline code if there is one."""

    id: str
    status: str
    client_secret: str
    amount_minor: int
    currency: str
    customer: str | None
    payment_method: str | None
    latest_charge: str | None
    last_error_code: str | None
    next_action_type: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class StripeSetup:
    """A SetupIntent; ``payment_method`` is the saved card's id once ``status`` is ``succeeded``."""

    id: str
    status: str
    client_secret: str
    customer: str | None
    payment_method: str | None
    last_error_code: str | None


@dataclass(frozen=True)
class StripeCard:
    """A card; ``customer`` is None when it is detached, and then it can never be used again."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    customer: str | None


@dataclass(frozen=True)
class StripeRefund:
    """A refund; ``status`` is succeeded, pending, failed, requires_action or canceled."""

    id: str
    status: str
    amount_minor: int
    currency: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class StripeNotice:
    """An event, without its object: whoever handles it fetches the object anew."""

    id: str
    type: str
    object_id: str
    object_type: str
    livemode: bool
    created_at: datetime


# Customers and cards


def create_customer(*, reference: str, idempotency_key: str) -> str:
    """A customer known to Stripe by our ``reference`` alone; returns its id."""
    return _ask(
        lambda client: client.v1.customers.create(
            {"metadata": {"reference": reference}}, {"idempotency_key": idempotency_key}
        )
    ).id


def delete_customer(customer: str) -> None:
    """Remove the customer and detach its cards, for good (D10). Safe to repeat."""
    try:
        _ask(lambda client: client.v1.customers.delete(customer))
    except StripeRefused as error:
        if error.code != MISSING:
            raise


def create_setup_intent(*, customer: str, key: str) -> StripeSetup:
    """Begin to save a card, for payments with and without the holder present."""
    return _setup(
        _ask(
            lambda client: client.v1.setup_intents.create(
                {"customer": customer, "usage": "off_session", "allowed_payment_method_types": ["card"]},
                {"idempotency_key": key},
            )
        )
    )


def retrieve_setup_intent(setup_intent: str) -> StripeSetup:
    """As it stands now."""
    return _setup(_ask(lambda client: client.v1.setup_intents.retrieve(setup_intent)))


def retrieve_card(payment_method: str) -> StripeCard:
    """Brand, last four digits, expiry and whose it is."""
    return _card(_ask(lambda client: client.v1.payment_methods.retrieve(payment_method)))


def detach_card(payment_method: str) -> None:
    """Take the card from its customer, for good. Safe to repeat."""
    try:
        _ask(lambda client: client.v1.payment_methods.detach(payment_method))
    except StripeRefused as error:
        if error.code != MISSING and retrieve_card(payment_method).customer is not None:
            raise


# Payments


def create_payment_intent(
    *, customer: str, amount: Money, payment_method: str, metadata: Mapping[str, str], key: str
) -> StripeIntent:
    """An unconfirmed intent: nothing is charged. Store its id and commit before confirming (RULES 3.5)."""
    return _intent(
        _ask(
            lambda client: client.v1.payment_intents.create(
                {
                    "customer": customer,
                    "amount": amount.minor,
                    "currency": amount.currency.lower(),
                    "payment_method": payment_method,
                    "allowed_payment_method_types": ["card"],
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            )
        )
    )


def confirm_payment_intent(intent: str, *, return_url: str, off_session: bool, key: str) -> StripeIntent:
    """Charge. The answer's status is succeeded, processing or requires_action (3-D Secure in the page).

    ``off_session`` when the holder is not there to answer: then authentication is a decline.
    An intent that is past confirming is returned as it stands. Raises CardDeclined.
    """

    def confirm(client: stripe.StripeClient) -> stripe.PaymentIntent:
        options: stripe.RequestOptions = {"idempotency_key": key}
        if off_session:
            return client.v1.payment_intents.confirm(intent, {"off_session": True}, options)
        return client.v1.payment_intents.confirm(
            intent, {"return_url": return_url, "use_stripe_sdk": True}, options
        )

    return _moved(intent, confirm)


def retrieve_payment_intent(intent: str) -> StripeIntent:
    """As it stands now."""
    return _intent(_ask(lambda client: client.v1.payment_intents.retrieve(intent)))


def cancel_payment_intent(intent: str) -> StripeIntent:
    """Give up an intent that is not paid; one that is finished is returned as it stands."""
    return _moved(intent, lambda client: client.v1.payment_intents.cancel(intent))


def list_refunds(intent: str) -> list[StripeRefund]:
    """Every refund of the intent, newest first."""
    return [
        _refund(found)
        for found in _ask(
            lambda client: list(
                client.v1.refunds.list({"payment_intent": intent, "limit": 100}).auto_paging_iter()
            )
        )
    ]


def create_refund(*, intent: str, amount: Money, metadata: Mapping[str, str], key: str) -> StripeRefund:
    """Give ``amount`` back. List the intent's refunds by our id in ``metadata`` first (RULES 3.5)."""
    return _refund(
        _ask(
            lambda client: client.v1.refunds.create(
                {
                    "payment_intent": intent,
                    "amount": amount.minor,
                    "reason": "requested_by_customer",
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            )
        )
    )


# Events


def parse_webhook(payload: bytes, signature: str) -> StripeNotice:
    """Verify a webhook's signature and age, and read what it is about. Asks nobody. Raises BadSignature."""
    try:
        text = payload.decode()
        stripe.WebhookSignature.verify_header(
            text, signature, settings.STRIPE_WEBHOOK_SECRET, WEBHOOK_TOLERANCE_SECONDS
        )
        return _notice(json.loads(text))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise BadSignature(str(error)) from error


def retrieve_event(event: str) -> StripeNotice:
    """The event by its id."""
    return _notice(_ask(lambda client: client.v1.events.retrieve(event)).to_dict())


# How we ask


@cache
def _client_for(
    api_key: str, api_base: str, connect_timeout: float, read_timeout: float
) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=MAX_NETWORK_RETRIES,
        http_client=stripe.RequestsClient(timeout=(connect_timeout, read_timeout)),
    )


def _ask[T](call: Callable[[stripe.StripeClient], T]) -> T:
    if connection.in_atomic_block:
        raise InsideTransaction
    client = _client_for(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_API_BASE,
        settings.STRIPE_CONNECT_TIMEOUT,
        settings.STRIPE_READ_TIMEOUT,
    )
    try:
        return call(client)
    except stripe.CardError as error:
        raise CardDeclined(_error_code(error.error) or error.code or "card_declined") from error
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        raise StripeUnavailable from error
    except stripe.StripeError as error:
        raise StripeRefused(error.code or "", str(error)) from error


def _moved(intent: str, call: Callable[[stripe.StripeClient], stripe.PaymentIntent]) -> StripeIntent:
    try:
        return _intent(_ask(call))
    except StripeRefused as error:
        if error.code == UNEXPECTED_STATE:
            return retrieve_payment_intent(intent)
        raise


# What we read


def _id(found: object) -> str | None:
    """A field of Stripe's that is an id, or the object itself when expanded."""
    return found if found is None or isinstance(found, str) else str(getattr(found, "id"))  # noqa: B009


def _metadata(found: stripe.PaymentIntent | stripe.Refund) -> dict[str, str]:
    return {} if found.metadata is None else dict(found.metadata.to_dict())


def _error_code(error: stripe.ErrorObject | None) -> str | None:
    if error is None:
        return None
    return getattr(error, "decline_code", None) or getattr(error, "code", None)


def _intent(found: stripe.PaymentIntent) -> StripeIntent:
    return StripeIntent(
        id=found.id,
        status=found.status,
        client_secret=found.client_secret or "",
        amount_minor=found.amount,
        currency=found.currency.upper(),
        customer=_id(found.customer),
        payment_method=_id(found.payment_method),
        latest_charge=_id(found.latest_charge),
        last_error_code=_error_code(found.last_payment_error),  # type: ignore[arg-type]
        next_action_type=found.next_action.type if found.next_action else None,
        metadata=_metadata(found),
    )


def _setup(found: stripe.SetupIntent) -> StripeSetup:
    return StripeSetup(
        id=found.id,
        status=found.status,
        client_secret=found.client_secret or "",
        customer=_id(found.customer),
        payment_method=_id(found.payment_method),
        last_error_code=_error_code(found.last_setup_error),  # type: ignore[arg-type]
    )


def _card(found: stripe.PaymentMethod) -> StripeCard:
    if found.card is None:
        raise StripeRefused("not_a_card", f"{found.id} is not a card")
    return StripeCard(
        id=found.id,
        brand=found.card.brand,
        last4=found.card.last4 or "",
        exp_month=found.card.exp_month,
        exp_year=found.card.exp_year,
        customer=_id(found.customer),
    )


def _refund(found: stripe.Refund) -> StripeRefund:
    return StripeRefund(
        id=found.id,
        status=found.status or "",
        amount_minor=found.amount,
        currency=found.currency.upper(),
        metadata=_metadata(found),
    )


def _notice(event: Mapping[str, object]) -> StripeNotice:
    data = event["data"]
    about = data["object"] if isinstance(data, Mapping) else None
    if not isinstance(about, Mapping):
        raise ValueError("an event is about an object")  # noqa: TRY004
    return StripeNotice(
        id=str(event["id"]),
        type=str(event["type"]),
        object_id=str(about.get("id", "")),
        object_type=str(about.get("object", "")),
        livemode=bool(event["livemode"]),
        created_at=datetime.fromtimestamp(int(str(event["created"])), UTC),
    )
