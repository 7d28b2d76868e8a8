"""Who did what, for whom, as one member of a family may read it (RULES 2.10, B22)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import activity
from accounts.activity import Topic
from accounts.enums import ActorKind
from accounts.models import AuditEvent, Member, Organization
from relationships.knowing import Known

OF_A_GUARDIAN = (Topic.BOOKINGS, Topic.SIGNATURES)
"""What a guardian of another account sees of a child, beside what they did themselves."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was done. ``for_whom`` is set where somebody acted for another."""

    at: datetime
    what: Any
    fields: list[Any]
    who: str
    member: Member | None
    for_whom: list[str]
    organization: Organization | None
    place: Organization | None
    ip: str
    device: str


def events_of(known: Known, about: int | None = None) -> QuerySet[AuditEvent]:
    """What ``known.me`` may read, about one member on request.

    Everything about themselves and whom they own in full, money about the other adults of an account they
    own, bookings and signatures of those they see by a link, and all they did themselves. Nothing about
    people they are barred from, nor of what those did.
    """
    wanted = Q(actor_member_id=known.me.pk)
    for people, actions in (
        (known.whole, activity.actions(is_for_family=True)),
        (known.named, activity.actions(Topic.MONEY, is_for_family=True)),
        (known.linked, activity.actions(*OF_A_GUARDIAN, is_for_family=True)),
    ):
        if people:
            wanted |= Q(member_ids__overlap=sorted(people), action__in=actions)
    events = AuditEvent.objects.filter(wanted)
    if known.barred:
        hidden = sorted(known.barred)
        events = events.exclude(Q(member_ids__overlap=hidden) | Q(actor_member_id__in=hidden))
    return events.filter(member_ids__contains=[about]) if about is not None else events


def lines(known: Known, events: Iterable[AuditEvent]) -> list[Line]:
    """The events in words. Three queries, however many: the organisations, and the people's signs.

    What was done at no organisation is told by the clock of the family's first.
    """
    events = list(events)
    home = (
        Organization.objects.filter(households__account=known.me.account_id)
        .order_by("households__pk")
        .first()
    )
    places = Organization.objects.in_bulk({each.organization_id for each in events if each.organization_id})
    members = Member.objects.in_bulk(activity.members_in(events) & (set(known.names) | {known.me.pk}))
    return [_line(known, event, places, members, home) for event in events]


def _line(
    known: Known,
    event: AuditEvent,
    places: dict[int, Organization],
    members: dict[int, Member],
    home: Organization | None,
) -> Line:
    is_own = event.actor_member_id == known.me.pk
    place = places.get(event.organization_id or 0)
    return Line(
        at=event.at,
        what=activity.words_of(event),
        fields=activity.changed(event),
        who=_who(known, event, place),
        member=members.get(event.actor_member_id or 0),
        for_whom=[_("you") if pk == known.me.pk else known.names[pk] for pk in _told_for(known, event)],
        organization=place,
        place=place or home,
        ip=(event.ip or "") if is_own else "",
        device=activity.device_of(event.user_agent) if is_own else "",
    )


def _told_for(known: Known, event: AuditEvent) -> list[int]:
    """On whose behalf, as far as the reader knows them by name."""
    return [pk for pk in activity.acted_for(event) if pk in known.names or pk == known.me.pk]


def _who(known: Known, event: AuditEvent, place: Organization | None) -> str:
    """Staff are their organisation; what runs by itself is said so."""
    if event.actor_kind == ActorKind.STAFF:
        return place.name if place else _("Staff")
    if event.actor_kind == ActorKind.PERSON:
        if event.actor_member_id is None:
            return _("Somebody not logged in")
        return known.name_of(event.actor_member_id)
    return _("Kinroll, by itself")
