"""A copy of everything held about somebody: what each app puts into it, and for whose eyes (B13, RULES 2.10).

An export is made for one reader, and holds what that reader wrote, paid or may see. Who that is about is
decided above (``relationships.exporting``) and written into a ``Scope``; each part keeps to it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, Member, User
from accounts.registries import Registry

CHUNK = 500
"""Rows that a part holds in memory at once."""

type Row = Mapping[str, Any]
"""A part's row, by the keys of its columns: text, numbers, truth, days, times, Money, or a list of texts."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What one export is about, and what its reader knows.

    ``whole`` are the people everything of whom goes in, the records that staff had made of them before they
    were claimed among them (``twins``, RULES 1.4); ``named`` those of the account of whom the reader
    knows the name and what the account paid (RULES 2.3). Nothing goes in about ``barred`` people. ``names``
    holds whoever the reader knows by name, nobody else is named; ``kin`` are all of the account. Without
    ``member`` the export is about the whole account. ``runs_account`` says that the reader owns it.
    """

    reader: Member
    account: Account
    member: Member | None = None
    whole: frozenset[int]
    twins: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)
    kin: frozenset[int] = frozenset()
    runs_account: bool = False

    @property
    def is_whole_account(self) -> bool:
        """Whether it is about the account and everybody in it."""
        return self.member is None

    @property
    def holds_reader(self) -> bool:
        """Whether the reader is among the people it is about: then their own log-ins and devices go in."""
        return self.reader.pk in self.whole

    @property
    def user(self) -> User | None:
        """The reader's login, where the export is about the reader."""
        return self.reader.user if self.holds_reader else None

    def name_of(self, member_id: int | None) -> str:
        """Somebody by name as far as the reader knows them; empty for nobody."""
        if member_id is None:
            return ""
        if member_id in self.names:
            return self.names[member_id]
        return _("Somebody of your account") if member_id in self.kin else _("Another guardian")

    def person(self, member_id: int) -> str:
        """Whom a row is about, by name as far as the reader knows them."""
        return self.names.get(member_id) or _("Somebody you act for no longer")

    def shows(self, member_ids: Iterable[int]) -> bool:
        """Whether what is about these people may go in: none of them is barred."""
        return self.barred.isdisjoint(member_ids)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. ``choices`` are the words for its codes where people read it; ``is_long`` is a text of lines."""

    key: str
    title: Any
    choices: Mapping[Any, Any] | None = None
    is_long: bool = False


def columns(**titles: Any) -> tuple[Column, ...]:
    """Plain columns by key and title."""
    return tuple(Column(key=key, title=title) for key, title in titles.items())


@dataclass(frozen=True)
class ExportedFile:
    """A stored file, and its place in the archive."""

    name: str
    stored: str


@dataclass(frozen=True, kw_only=True)
class ExportPart:
    """One kind of thing that is held.

    ``rows`` runs a number of statements that does not grow with what there is, and streams. ``models`` are
    the labels of the models it covers: a test finds one that no part covers. ``is_sheet`` shows each row
    under the other, for what has many columns. ``files`` are copied into the archive.
    """

    key: str
    order: int
    title: Any
    about: Any
    columns: tuple[Column, ...]
    rows: Callable[[Scope], Iterable[Row]]
    models: tuple[str, ...]
    is_sheet: bool = False
    files: Callable[[Scope], Iterable[ExportedFile]] | None = None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something that is held and is not in an export, and why, in a sentence to the reader."""

    key: str
    order: int
    text: Any


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What the page "Your data" says is held: by organisation's id how many (None: the family's own side).

    ``count`` runs one statement; ``words`` says a number in words.
    """

    key: str
    order: int
    count: Callable[[Scope], Mapping[int | None, int]]
    words: Callable[[int], str]


export_parts: Registry[ExportPart] = Registry("export parts")
export_left_out: Registry[LeftOut] = Registry("left out of exports")
privacy_holdings: Registry[Holding] = Registry("holdings")


def stream(rows: QuerySet[Any]) -> Iterable[Any]:
    """The rows one after another, a few hundred in memory at once."""
    return rows.iterator(chunk_size=CHUNK)


def either[M: Model](model: type[M], *conditions: Q) -> QuerySet[M]:
    """The rows that any of the conditions finds, each by its own index, which an OR over joins would not be."""
    every = model._default_manager.all()  # noqa: SLF001 - Django's documented name for it
    if not conditions:
        return every.none()
    first, *rest = (every.order_by().filter(condition).values("pk") for condition in conditions)
    return every.filter(pk__in=first.union(*rest) if rest else first)


def counted(pairs: Iterable[tuple[int | None, int]]) -> dict[int | None, int]:
    """``values_list(organization, count)`` as what a Holding counts."""
    return {organization: count for organization, count in pairs if count}


def picture(folder: str, name: str, stored: str) -> str:
    """Where a picture lies in the archive; empty where there is none."""
    ending = stored.rpartition(".")[2]
    return f"photos/{folder}/{name}.{ending}" if stored else ""


def is_stored(stored: str) -> bool:
    """Whether a file is there at all: one that was lost does not stop an export."""
    return bool(stored) and default_storage.exists(stored)
