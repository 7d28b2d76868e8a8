"""Cards without a browser, for tests and demo data: never against the real Stripe."""

import base64
import json
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

VISA = "4242424242424242"
MASTERCARD = "5555555555554444"
DECLINED_WHEN_SAVED = "4000000000000002"
DECLINED_WHEN_CHARGED = "4000000000000341"
AUTHENTICATES_ONCE = "4000002500003155"  # 3-D Secure; off session only until it is set up
AUTHENTICATES_ALWAYS = "4000002760003184"


class CardNotAttached(Exception):
    """Stripe's own words on why."""


def attach_test_card(customer: str, number: str = VISA, *, exp_month: int = 12, exp_year: int = 2034) -> str:
    """Save a test card with ``customer``; returns the payment method's id. Raises CardNotAttached."""
    card = {"number": number, "exp_month": exp_month, "exp_year": exp_year, "cvc": "123"}
    fields = {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}
    method = _post("/v1/payment_methods", fields)["id"]
    _post(f"/v1/payment_methods/{method}/attach", {"customer": customer})
    return str(method)


def save_test_card(setup_intent: str, number: str = VISA) -> str:
    """Confirm a SetupIntent as the page would; returns its status. Raises CardNotAttached if declined."""
    card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    fields = {"payment_method_data[type]": "card"}
    fields |= {f"payment_method_data[card][{name}]": str(value) for name, value in card.items()}
    return str(_post(f"/v1/setup_intents/{setup_intent}/confirm", fields)["status"])


def answer_3d_secure(intent: str, client_secret: str, *, success: bool) -> None:
    """What the 3-D Secure dialog sends when the holder agrees or refuses."""
    fields = {"client_secret": client_secret, "success": str(success).lower()}
    try:
        _post(f"/v1/payment_intents/{intent}/_authenticate", fields)
    except CardNotAttached:
        if success:
            raise


def _post(path: str, fields: dict[str, object] | dict[str, str]) -> dict[str, object]:
    base = settings.STRIPE_API_BASE
    if urlsplit(base).hostname not in ("localhost", "127.0.0.1", "::1"):
        raise RuntimeError(f"test cards are for the local Stripe, not for {base}")
    secret = base64.b64encode(f"{settings.STRIPE_SECRET_KEY}:".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"}
    request = Request(base + path, data=urlencode(fields).encode(), headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310  # nosec B310: local, see above
            found: dict[str, object] = json.load(answer)
            return found
    except HTTPError as error:
        with error:
            raise CardNotAttached(json.load(error)["error"].get("message", "")) from error
