"""Errors in Stripe's form, and parameters kept on localstripe's objects."""

from typing import Any

from localstripe.errors import UserError

# Parameters of Stripe that localstripe rejects: accepted, and shown again on the object.
RECORDED = {
    "payment_intent": (
        "setup_future_usage",
        "description",
        "statement_descriptor_suffix",
        "receipt_email",
        "transfer_data",
        "application_fee_amount",
        "on_behalf_of",
        "automatic_payment_methods",
    ),
    "setup_intent": ("description", "automatic_payment_methods"),
    "refund": ("reason", "reverse_transfer", "refund_application_fee"),
}

Data = dict[str, Any]


def refuse(message: str, code: str | None = None, param: str | None = None) -> UserError:
    """A 400 as Stripe writes it."""
    contents = {key: value for key, value in {"code": code, "param": param}.items() if value}
    return UserError(400, message, contents)


def decline(
    code: str, decline_code: str | None = None, message: str = "Your card was declined."
) -> UserError:
    """A 402 as Stripe writes it."""
    error = UserError(402, message, {"code": code})
    error.body["error"]["type"] = "card_error"
    if decline_code:
        error.body["error"]["decline_code"] = decline_code
    return error


def take_recorded(kind: str, data: Data) -> Data:
    """Remove from ``data`` what localstripe would refuse, and return it."""
    return {name: data.pop(name) for name in RECORDED[kind] if name in data}


def record(found: Any, extra: Data) -> None:
    """Keep ``extra`` on the object, so that it is stored and shown with it."""
    for name, value in extra.items():
        setattr(found, name, value)


def truthy(value: object) -> bool:
    """Stripe's booleans come as words in forms."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def take_types(data: Data) -> list[str]:
    """The allowed payment method types; ``payment_method_types`` is refused since API 2026-09-30."""
    if "payment_method_types" in data:
        code = "payment_method_types_no_longer_supported"
        raise refuse("`payment_method_types` is no longer supported.", code, "payment_method_types")
    types = data.pop("allowed_payment_method_types", None)
    return [str(kind) for kind in types] if isinstance(types, list) and types else ["card"]
