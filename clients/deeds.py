"""Who did what at one organisation, as its staff read it: filters, names, and rows for page and file (B22)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import activity
from accounts.activity import TOPICS, Topic
from accounts.calendars import at_local, in_zone
from accounts.enums import ActorKind
from accounts.models import AuditEvent, Member, Organization, Staff
from accounts.people import clean_text
from clients.models import Client

MOST_PEOPLE = 200
"""People that a search for whom may find."""
MOST_STAFF = 500
BATCH = 500
LONGEST = 100

STAFF, FAMILIES, SYSTEM = "staff", "families", "system"
KINDS: dict[str, tuple[Any, tuple[ActorKind, ...]]] = {
    STAFF: (gettext_lazy("All staff"), (ActorKind.STAFF,)),
    FAMILIES: (gettext_lazy("Families"), (ActorKind.PERSON,)),
    SYSTEM: (gettext_lazy("Kinroll, by itself"), (ActorKind.JOB, ActorKind.COMMAND, ActorKind.WEBHOOK)),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the list is narrowed to. ``problem`` says which answer could not be read."""

    who: str = ""
    whom: str = ""
    topic: str = ""
    begin: date | None = None
    end: date | None = None
    problem: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As an address carries it on."""
        days = {"from": self.begin and self.begin.isoformat(), "to": self.end and self.end.isoformat()}
        every = {"who": self.who, "whom": self.whom, "topic": self.topic, **days}
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody, with the number of their record here where there is one."""

    name: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One thing that was done. Address and device are shown of the reader's own only (RULES 2.10)."""

    at: datetime
    what: Any
    topic: Any
    fields: list[Any]
    who: Named
    for_whom: list[Named]
    ip: str
    device: str


def choice_of(query: Mapping[str, str]) -> Choice:
    """The filters in an address; a day that cannot be read is said."""
    problem = ""
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        try:
            days[name] = _day(query.get(name, ""))
        except ValueError:
            days[name] = None
            problem = _("Write a day as 2026-03-31.")
    if days["from"] and days["to"] and days["from"] > days["to"]:
        problem = _("The first day is after the last. Nothing lies between them.")
    topic = query.get("topic", "")
    return Choice(
        who=clean_text(query.get("who", "")[:20]),
        whom=clean_text(query.get("whom", "")[:LONGEST]),
        topic=topic if topic in TOPICS else "",
        begin=days["from"],
        end=days["to"],
        problem=problem,
    )


def events_of(organization: Organization, choice: Choice) -> QuerySet[AuditEvent]:
    """What was done at ``organization`` and nowhere else, as far as the choice goes."""
    events = AuditEvent.objects.filter(organization_id=organization.pk)
    if organization.kept_from:
        events = events.exclude(member_ids__overlap=sorted(organization.kept_from))
    events = events.filter(activity.within(_moments(organization, choice)))
    if choice.topic:
        events = events.filter(action__in=activity.actions(Topic(choice.topic)))
    if choice.who in KINDS:
        events = events.filter(actor_kind__in=KINDS[choice.who][1])
    elif choice.who:
        by = organization.staff.filter(code=choice.who).values_list("pk", flat=True).first()
        events = events.filter(staff_id=by) if by else events.none()
    if choice.whom:
        found = Client.objects.filter(organization=organization).matching(choice.whom)
        people = list(found.values_list("member_id", flat=True)[:MOST_PEOPLE])
        about = Q(member_ids__overlap=people) | Q(actor_member_id__in=people)
        events = events.filter(about) if people else events.none()
    return events


def deeds(organization: Organization, reader: Staff, events: Iterable[AuditEvent]) -> list[Deed]:
    """The events in words, with names as this organisation knows them. Three queries, however many events."""
    events = list(events)
    names = _names(organization, activity.members_in(events))
    working = dict(
        Staff.objects.filter(pk__in={each.staff_id for each in events if each.staff_id}).values_list(
            "pk", "name"
        )
    )
    given = activity.reasons_of(events)
    return [_deed(organization, reader, event, names, working, given.get(event.pk, "")) for event in events]


def table(organization: Organization, reader: Staff, choice: Choice) -> Iterator[list[Any]]:
    """The whole list as rows of a file, a few hundred in memory at once."""
    yield [
        _("When"), _("What"), _("Kind"), _("Fields"), _("Who"), _("For"), _("Address"), _("Device"),
    ]  # fmt: skip
    for batch in activity.in_batches(events_of(organization, choice), BATCH):
        for deed in deeds(organization, reader, batch):
            yield [
                deed.at.isoformat(timespec="seconds"),
                deed.what,
                deed.topic,
                ", ".join(str(field) for field in deed.fields),
                deed.who.name,
                ", ".join(each.name for each in deed.for_whom),
                deed.ip,
                deed.device,
            ]


def authors(organization: Organization) -> list[tuple[str, Any]]:
    """Who the list can be narrowed to: kinds, then the staff by name."""
    staff = organization.staff.order_by("name", "pk").values_list("code", "name")[:MOST_STAFF]
    return [(key, words) for key, (words, _kinds) in KINDS.items()] + list(staff)


def _deed(
    organization: Organization,
    reader: Staff,
    event: AuditEvent,
    names: Mapping[int, Named],
    working: Mapping[int, str],
    reason: str,
) -> Deed:
    is_own = event.staff_id == reader.pk
    what = activity.words_of(event)
    return Deed(
        at=in_zone(event.at, organization.time_zone),
        what=_("%(what)s: %(reason)s") % {"what": what, "reason": reason} if reason else what,
        topic=activity.topic_of(event),
        fields=activity.changed(event),
        who=_who(event, names, working),
        for_whom=[names.get(pk) or _unknown() for pk in activity.acted_for(event)],
        ip=(event.ip or "") if is_own else "",
        device=activity.device_of(event.user_agent) if is_own else "",
    )


def _who(event: AuditEvent, names: Mapping[int, Named], working: Mapping[int, str]) -> Named:
    if event.actor_kind == ActorKind.STAFF:
        return Named(name=working.get(event.staff_id or 0) or _("An operator"))
    if event.actor_kind == ActorKind.PERSON:
        if event.actor_member_id is None:
            return Named(name=_("Somebody not logged in"))
        return names.get(event.actor_member_id) or _unknown()
    return Named(name=str(KINDS[SYSTEM][0]))


def _unknown() -> Named:
    """Who has no record here is not told of (RULES 1.2, 1.5)."""
    return Named(name=_("Somebody who is no client here"))


def _names(organization: Organization, members: set[int]) -> dict[int, Named]:
    """By member id, as this organisation knows them: its own record, else an owner of a household here."""
    clients = Client.objects.filter(organization=organization, member__in=members)
    found = {client.member_id: Named(name=client.full_name, number=client.number) for client in clients}
    owners = Member.objects.filter(
        pk__in=members - set(found),
        ownership__account__households__organization=organization,
        erased_at__isnull=True,
    )
    return found | {owner.pk: Named(name=owner.full_name) for owner in owners}


def _moments(organization: Organization, choice: Choice) -> tuple[datetime | None, datetime | None]:
    """The days of the choice as moments, both included, on the organisation's wall."""
    zone = organization.time_zone
    begin = at_local(choice.begin, time.min, zone) if choice.begin else None
    end = at_local(choice.end + timedelta(days=1), time.min, zone) if choice.end else None
    return begin, end


def _day(text: str) -> date | None:
    """A day of this age of the world, or none. Raises ValueError."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return day
