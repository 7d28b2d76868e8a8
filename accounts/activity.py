"""The audit in plain words: what each action is called, what it changed, and lists of it page by page."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent
from accounts.registries import Registry

PAGE = 50
LONGEST_CURSOR = 60


class Topic(StrEnum):
    """What an action is about: what a list is narrowed to, and what another guardian may see of it."""

    PEOPLE = "people"
    LOGINS = "logins"
    LINKS = "links"
    BOOKINGS = "bookings"
    SIGNATURES = "signatures"
    MONEY = "money"
    NOTES = "notes"
    SETTINGS = "settings"


TOPICS: dict[str, Any] = {
    Topic.PEOPLE: _("People and accounts"),
    Topic.LOGINS: _("Log-ins"),
    Topic.LINKS: _("Who acts for whom"),
    Topic.BOOKINGS: _("Bookings and attendance"),
    Topic.SIGNATURES: _("Waivers and forms"),
    Topic.MONEY: _("Bills and payments"),
    Topic.NOTES: _("Notes"),
    Topic.SETTINGS: _("Staff and settings"),
}


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """What one action of the audit is called. ``is_for_family`` is off for what is the organisation's own."""

    key: str
    topic: Topic
    text: Any
    is_for_family: bool = True
    order: int = 0


sentences: Registry[Sentence] = Registry("sentences of the audit")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Where staff wrote why they did ``key``: ``load`` answers by the ids of what was done to. One query."""

    key: str
    load: Callable[[Iterable[int]], Mapping[int, str]]
    order: int = 0


reasons: Registry[Reason] = Registry("reasons that staff gave")


def reasons_of(events: Iterable[AuditEvent]) -> dict[int, str]:
    """By event, the reason that staff gave, for staff alone; a query for each kind of act that has one."""
    by_action: dict[str, list[AuditEvent]] = {}
    for event in events:
        if event.action in reasons:
            by_action.setdefault(event.action, []).append(event)
    found: dict[int, str] = {}
    for action, done in by_action.items():
        given = reasons[action].load([event.target_id for event in done if event.target_id is not None])
        found |= {event.pk: given.get(event.target_id or 0, "") for event in done}
    return found


def say(topic: Topic, texts: Mapping[str, Any], *, is_for_family: bool = True) -> None:
    """Register what the actions of a topic are called."""
    for action, text in texts.items():
        sentences.register(Sentence(key=action, topic=topic, text=text, is_for_family=is_for_family))


def actions(*topics: Topic, is_for_family: bool = False) -> list[str]:
    """The actions of these topics, of all without any; on request only those that a family may read of."""
    return [
        each.key
        for each in sentences
        if (not topics or each.topic in topics) and (each.is_for_family or not is_for_family)
    ]


def words_of(event: AuditEvent) -> Any:
    """What was done, in words. An action without a sentence is shown by its name: a test finds it first."""
    return sentences[event.action].text if event.action in sentences else event.action


def topic_of(event: AuditEvent) -> Any:
    """What it was about, in words; empty for an action without a sentence."""
    return TOPICS[sentences[event.action].topic] if event.action in sentences else ""


FIELDS: dict[str, Any] = {
    "given_name": _("first name"),
    "family_name": _("last name"),
    "preferred_name": _("goes by"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "born_on": _("birth date"),
    "address_line": _("street address"),
    "city": _("city"),
    "region": _("province or state"),
    "postal_code": _("postal code"),
    "photo": _("photo"),
    "name": _("name"),
}
"""What the audit calls changed, by column."""


def changed(event: AuditEvent) -> list[Any]:
    """Which fields an event changed, in words; the audit holds no values of them."""
    fields = event.changes.get("fields", [])
    return [FIELDS.get(field, field) for field in fields] if isinstance(fields, list) else []


def device_of(user_agent: str) -> str:
    """Firefox, Windows: the browser and the system that a user agent names; empty where it names none."""
    browsers = (
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    )  # fmt: skip
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    )  # fmt: skip
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (browsers, systems)]
    return ", ".join(filter(None, found))


@dataclass(frozen=True)
class EventPage:
    """A page of events, newest first. ``older`` leads to the next one; empty at the end."""

    events: list[AuditEvent]
    older: str


def page_of(events: QuerySet[AuditEvent], cursor: str = "", size: int = PAGE) -> EventPage:
    """The events after ``cursor`` (none, or one that is not ours: from the newest). One query.

    A cursor is a moment and how many of the same moment were shown: it tells nothing of other rows.
    """
    at, shown = _read(cursor)
    rows = events.order_by("-at", "-id")
    if at is not None:
        rows = rows.filter(at__lte=at)
    found = list(rows[shown : shown + size + 1])
    listed = found[:size]
    return EventPage(listed, _write(listed, at, shown) if len(found) > size else "")


def within(at: tuple[datetime | None, datetime | None]) -> Q:
    """Between two moments, the first included, either open."""
    begin, end = at
    condition = Q()
    if begin is not None:
        condition &= Q(at__gte=begin)
    if end is not None:
        condition &= Q(at__lt=end)
    return condition


def in_batches(events: QuerySet[AuditEvent], size: int) -> Iterator[list[AuditEvent]]:
    """All of them, newest first, a batch in memory at once."""
    batch: list[AuditEvent] = []
    for event in events.order_by("-at", "-id").iterator(chunk_size=size):
        batch.append(event)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def members_in(events: Iterable[AuditEvent]) -> set[int]:
    """Everybody whom these events name."""
    found: set[int] = set()
    for event in events:
        found.update(event.member_ids)
        found.update(pk for pk in (event.actor_member_id, event.for_member_id) if pk is not None)
    return found


def acted_for(event: AuditEvent) -> list[int]:
    """On whose behalf it was done: whom it names beside the person who did it."""
    others = [pk for pk in event.member_ids if pk != event.actor_member_id]
    if event.for_member_id is not None and event.for_member_id not in others:
        others.insert(0, event.for_member_id)
    return others


def _read(cursor: str) -> tuple[datetime | None, int]:
    moment, _tilde, shown = cursor[:LONGEST_CURSOR].partition("~")
    try:
        at = datetime.fromisoformat(moment)
        count = int(shown or 0)
    except ValueError:
        return None, 0
    if at.tzinfo is None or not 0 <= count <= PAGE * 1000:
        return None, 0
    return at, count


def _write(listed: list[AuditEvent], at: datetime | None, shown: int) -> str:
    last = listed[-1].at
    same = sum(1 for event in listed if event.at == last)
    if last == at:
        same += shown
    return f"{last.isoformat()}~{same}"
