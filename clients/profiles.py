"""Where the organisation's copy of somebody and the family's own truth say different things (RULES 1.1)."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from accounts.forms import PersonForm
from accounts.people import PersonFields, format_phone
from clients.models import Client
from clients.operations.admission import shared_fields


@dataclass(frozen=True)
class Difference:
    """One field in which both stand. ``is_staff_set`` says that staff wrote this side."""

    field: str
    label: str | Promise
    here: Any
    theirs: Any
    is_staff_set: bool


def differences(client: Client) -> dict[str, Difference]:
    """By field, what the family says otherwise, of what it shares with the organisation."""
    shared = shared_fields(client)
    country = client.organization.country
    return {
        name: Difference(
            field=name,
            label=PersonForm.base_fields[name].label or name,
            here=_shown(name, getattr(client, name), country),
            theirs=_shown(name, getattr(client.member, name), country),
            is_staff_set=name in client.staff_set,
        )
        for name in PersonFields.of(client).differences(client.member)
        if name in shared
    }


def _shown(name: str, value: Any, country: str) -> Any:
    return format_phone(value, country) if name == "phone" and value else value
