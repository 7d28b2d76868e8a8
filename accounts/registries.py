"""Registries: how a higher app offers something to a page of a lower one, filled in ``AppConfig.ready``."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Organization
from accounts.permissions import Permission


class Entry(Protocol):
    """What a registry holds: a key of its own and a place in the order."""

    @property
    def key(self) -> str: ...
    @property
    def order(self) -> int: ...


class Registry[T: Entry]:
    """Entries by key, in their order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def register(self, entry: T) -> T:
        """Add ``entry``; another entry under the same key is an error, the same one again is not."""
        known = self._entries.get(entry.key)
        if known is not None and known != entry:
            raise ValueError(f"{self.name} has two entries named {entry.key!r}")
        self._entries[entry.key] = entry
        return entry

    def __iter__(self) -> Iterator[T]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.key)))

    def __getitem__(self, key: str) -> T:
        return self._entries[key]

    def __contains__(self, key: str) -> bool:
        return key in self._entries


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """An entry of a shell's navigation. ``url_name`` takes the organisation's slug in the staff shell.

    It is for who holds ``permission``, or one of ``any_of``; for everybody where neither is given.
    """

    key: str
    order: int
    audience: str
    label: Any
    url_name: str
    icon: str
    permission: Permission | None = None
    any_of: tuple[Permission, ...] = ()
    badge: Callable[[HttpRequest], int] | None = None

    def is_for(self, held: AbstractSet[Permission]) -> bool:
        """Whether somebody with these permissions may open it."""
        wanted = {self.permission, *self.any_of} - {None}
        return not wanted or not wanted.isdisjoint(held)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page that a higher app fills (docs/architecture.md).

    ``load(request, subject)`` runs one SQL statement and returns ``{"rows": at most 5, "count": n}`` or
    more; the template runs none. A portal dashboard's subject is the list of members it may show;
    ``request.who`` is the one it was narrowed to, ``request.at`` the organisation.
    """

    key: str
    order: int
    title: Any
    template: str
    load: Callable[[HttpRequest, Any], dict[str, Any]]
    permission: Permission | None = None
    column: str = "main"


@dataclass(frozen=True, kw_only=True)
class ToDo:
    """Something that waits for a family: what, why, and one button."""

    title: str
    text: str
    url: str
    action: str
    icon: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class ToDos:
    """A kind of thing that can wait for a family.

    ``load(request, members)`` runs one SQL statement at most, and returns at most five of them about
    ``members``, what presses most first.
    """

    key: str
    order: int
    load: Callable[[HttpRequest, Any], Sequence[ToDo]]


@dataclass(frozen=True, kw_only=True)
class InvitationPage:
    """Where following an invitation of one purpose leads: a URL name that takes the token."""

    key: str
    order: int
    url_name: str


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """Where the picture of a person is shown, in the shell of one audience.

    ``url(request, who)`` runs no query, and is empty for whom this shell shows no picture.
    """

    key: str
    order: int
    url: Callable[[HttpRequest, Any], str]


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """A page of an organisation's settings: ``about`` says in a sentence what is decided there."""

    key: str
    order: int
    title: Any
    about: Any
    url_name: str
    icon: str
    permission: Permission


@dataclass(frozen=True, kw_only=True)
class SettingLock:
    """A setting that something stored by a higher app has fixed: ``field`` of Organization.

    ``holds(organization)`` is asked inside the transaction that would change it.
    """

    key: str
    order: int
    field: str
    reason: Any
    holds: Callable[[Organization], bool]


@dataclass(frozen=True, kw_only=True)
class PrivacyAction:
    """Something more that a family can do about its data: a card on "Your data" that leads to ``url_name``."""

    key: str
    order: int
    title: Any
    text: Any
    action: Any
    url_name: str


@dataclass(frozen=True, kw_only=True)
class KeptFrom:
    """Of whom somebody who works here must learn nothing (RULES 2.1).

    ``members`` answers, for an outer row with a ``user`` and an ``organization``, their members' ids: it is read in
    the query that lets staff in.
    """

    key: str
    order: int
    members: Callable[[], QuerySet[Any]]


navigation: Registry[NavItem] = Registry("navigation")
portal_dashboard: Registry[Section] = Registry("portal dashboard")
portal_to_do: Registry[ToDos] = Registry("portal to do")
invitation_pages: Registry[InvitationPage] = Registry("invitation pages")
kept_from: Registry[KeptFrom] = Registry("kept from staff")
portraits: Registry[Portrait] = Registry("portraits")
settings_pages: Registry[SettingsPage] = Registry("settings pages")
setting_locks: Registry[SettingLock] = Registry("setting locks")
privacy_actions: Registry[PrivacyAction] = Registry("privacy actions")
