"""What happens to households and clients, told to higher apps (``accounts.events``)."""

from dataclasses import dataclass

from accounts.actors import Actor
from clients.models import Client, Household, Merge


@dataclass(frozen=True, kw_only=True)
class ClientsMerged:
    """Two clients of one person are one from now on; ``drop`` is a tombstone (RULES 4.1)."""

    merge: Merge
    keep: Client
    drop: Client
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LeavingLists:
    """A client is about to take no part (RULES 1.2): an app that expects them somewhere raises a Refused."""

    client: Client
    by: Actor


@dataclass(frozen=True, kw_only=True)
class HouseholdJoins:
    """A household is about to be joined into another: both are locked, and its money moves (RULES 1.4)."""

    household: Household
    into: Household
    by: Actor
