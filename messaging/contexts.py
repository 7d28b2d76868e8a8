"""What a mail's template reads, kept as JSON until it is rendered: money, days and times survive the way."""

from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise

from accounts.money import Money


def pack(value: Any) -> Any:
    """``value`` as JSON. Raises TypeError for what a template has no business with, such as a model."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Promise():
            return str(value)
        case Money():
            return {"$money": [value.minor, value.currency]}
        case datetime():
            return {"$at": value.isoformat()}
        case date():
            return {"$on": value.isoformat()}
        case dict():
            return {str(key): pack(each) for key, each in value.items()}
        case list() | tuple():
            return [pack(each) for each in value]
    raise TypeError(f"a mail's context holds no {type(value).__name__}: give its fields")


def unpack(value: Any) -> Any:
    """What ``pack`` was given."""
    match value:
        case {"$money": [int(minor), str(currency)]}:
            return Money(minor, currency)
        case {"$at": str(text)}:
            return datetime.fromisoformat(text)
        case {"$on": str(text)}:
            return date.fromisoformat(text)
        case dict():
            return {key: unpack(each) for key, each in value.items()}
        case list():
            return [unpack(each) for each in value]
    return value
