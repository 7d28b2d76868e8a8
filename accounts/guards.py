"""Guards: rules of higher apps that an operation of a lower one asks before it acts.

Claim, move, merge, erase and export ask ``refuse_if`` inside their transaction; relationships registers
no-contact. An empty registry fails start-up: a guard that is not there must not pass for a yes.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from django.apps import AppConfig
from django.core import checks

from accounts.actors import Actor
from accounts.models import Member, Organization


class Act(StrEnum):
    """What a guard can refuse."""

    CLAIM = "claim"
    MOVE = "move"
    MERGE = "merge"
    ERASE = "erase"
    EXPORT = "export"


type Guard = Callable[[Act, Sequence[Member], Organization | None, Actor], None]

_guards: list[Guard] = []


def register(guard: Guard) -> None:
    """Ask ``guard`` from now on; it raises a Refused to say no."""
    if guard not in _guards:
        _guards.append(guard)


def refuse_if(*, act: Act, subjects: Sequence[Member], organization: Organization | None, by: Actor) -> None:
    """Ask every guard. Whatever one raises undoes the operation."""
    for guard in _guards:
        guard(act, subjects, organization, by)


def check_guards(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Start-up check: at least one guard stands."""
    if _guards:
        return []
    return [checks.Error("No guard is registered: no-contact would be ignored.", id="accounts.E001")]
