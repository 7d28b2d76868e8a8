"""The one contract between the cart and what is sold (RULES 3.1).

Each kind of thing registers a ``Sellable``; the cart knows nothing else. Every method takes several lines
or wishes at once, so that a family of five costs no more queries than one child.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from accounts.actors import Actor
from accounts.models import Member, Organization
from accounts.registries import Registry
from billing.models import CartLine, Product
from billing.objections import Objection
from clients.models import Client
from waivers.models import Requirement

__all__ = ["Objection", "Offer", "Sellable", "Wish", "sellables"]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Somebody wants something: before a line exists (``line`` is None), or as a line of a cart.

    ``target`` is the Sellable's own object, such as a Session or a Schedule.
    """

    member: Member
    target: Any
    line: CartLine | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a target costs and how it is called on lines and invoices."""

    product: Product
    label: str
    detail: str


class Sellable(Protocol):
    """One kind of thing sold. ``key`` is CartLine.kind."""

    @property
    def key(self) -> str: ...
    @property
    def order(self) -> int: ...

    def find(self, organization: Organization, code: str) -> Any:
        """The target with this public code; raises ``NothingToSell``."""

    def offer(self, target: Any) -> Offer:
        """Product (price, tax, category), label and detail of a target."""

    def attach(self, line: CartLine, target: Any) -> None:
        """Remember what ``line`` is about."""

    def wishes(self, lines: Sequence[CartLine]) -> list[Wish]:
        """The lines as wishes, in their order."""

    def check(
        self, *, by: Actor, organization: Organization, wishes: Sequence[Wish], at: datetime
    ) -> list[list[Objection]]:
        """Every reason against each wish, at ``at``; asked before, at hold and at fulfil."""

    def requirements(self, lines: Sequence[CartLine]) -> list[list[Requirement]]:
        """What each line's member must have signed or filled in."""

    def hold(
        self, *, by: Actor, lines: Sequence[CartLine], clients: Mapping[int, Client], until: datetime
    ) -> None:
        """Take the seats until ``until``; again for lines that hold already prolongs them.

        ``clients`` are those of the lines' members, by member id.

        Raises a Refused (``SessionIsFull``, ...) that undoes all.
        """

    def fulfil(self, *, by: Actor, lines: Sequence[CartLine], clients: Mapping[int, Client]) -> None:
        """Turn holds into bookings; takes the seats anew where a hold ran out, or raises."""

    def release(self, *, by: Actor, lines: Sequence[CartLine]) -> None:
        """Let held seats go; harmless where nothing is held."""

    def reverse(self, *, by: Actor, lines: Sequence[CartLine]) -> None:
        """Undo fulfilled lines."""


sellables: Registry[Sellable] = Registry("sellables")
