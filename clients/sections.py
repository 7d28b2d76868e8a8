"""What higher apps add to the pages of a client and a household, and to the list of accounts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Organization
from accounts.permissions import Permission
from accounts.registries import Registry, Section
from clients.models import Household
from clients.querysets import HouseholdQuerySet


@dataclass(frozen=True, slots=True)
class Cell:
    """What a column says of one household: words, and the classes of the look they have."""

    text: str
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class HouseholdColumn:
    """A column of the list of accounts, which also stands in the head of an account's page.

    ``load`` runs one SQL statement for all households of a page, and answers by their ids; who is missing
    has an empty cell.
    """

    key: str
    order: int
    title: Any
    load: Callable[[Organization, Sequence[Household]], Mapping[int, Cell]]
    permission: Permission = Permission.ACCOUNTS_READ
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class HouseholdFilter:
    """A tick-box over the list of accounts; ``key`` is its parameter. ``narrow`` must be served by an index."""

    key: str
    order: int
    title: Any
    narrow: Callable[[HouseholdQuerySet], HouseholdQuerySet]
    permission: Permission = Permission.ACCOUNTS_READ


@dataclass(frozen=True, kw_only=True)
class HouseholdTab:
    """A page of an account, under an address of its own that takes the organisation and the number.

    The page extends ``clients/staff/account_page.html`` and shows ``clients.account_pages.frame_of``.
    """

    key: str
    order: int
    title: Any
    url_name: str
    permission: Permission = Permission.ACCOUNTS_READ


client_profile: Registry[Section] = Registry("client profile")
household_page: Registry[Section] = Registry("household page")
household_tabs: Registry[HouseholdTab] = Registry("household tabs")
household_columns: Registry[HouseholdColumn] = Registry("household columns")
household_filters: Registry[HouseholdFilter] = Registry("household filters")
