"""``manage.py audit_tail``: the newest of the audit, and what comes."""

import argparse
import json
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from accounts import activity
from accounts.commands import TaughtCommand
from accounts.models import AuditEvent, Organization

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LATE = timedelta(minutes=2)
"""A long transaction shows its rows only when it ends: so far back ``--follow`` looks again."""


class Command(TaughtCommand):
    """Show who did what, and keep showing it."""

    help = (
        "Print the newest entries of the audit, oldest of them first: when, where, who, for whom, what. It prints ids "
        "and no names: find_account tells whose they are. It changes nothing."
    )
    example = """
For example:

  manage.py audit_tail                                   the last 20 entries
  manage.py audit_tail --organization harbour-lane -n 5  the last five of one organisation
  manage.py audit_tail --since 2h --follow               of the last two hours, then whatever comes, until Ctrl-C
  manage.py audit_tail --since 2026-03-01 --json         since a day, one JSON object a line

--since takes a length of time (90s, 15m, 2h, 3d, 1w), a day, or a moment as 2026-03-01T14:00+00:00; without a zone
it is UTC. Exit status: 0 printed, 1 no such organisation, 2 the command was not understood.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="entries of this one only")
        parser.add_argument("--since", type=since, metavar="WHEN", help="entries from then on, all of them")
        parser.add_argument("-n", "--lines", type=_positive, default=20, help="how many, without --since")
        parser.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        self.places = dict(Organization.objects.values_list("pk", "slug"))
        events = AuditEvent.objects.all()
        if slug := options["organization"]:
            found = {name: pk for pk, name in self.places.items()}
            if slug not in found:
                raise CommandError(f"There is no organisation {slug!r}.")
            events = events.filter(organization_id=found[slug])
        self.as_json = options["json"]
        began = timezone.now()
        if options["since"]:
            shown = events.filter(at__gte=options["since"]).order_by("at", "pk").iterator()
        else:
            shown = reversed(events.order_by("-at", "-pk")[: options["lines"]])
        seen = self._print(shown)
        if options["follow"]:
            try:
                self._follow(events, began, seen, options["interval"])
            except KeyboardInterrupt:
                return

    def _follow(self, events: QuerySet[AuditEvent], began: datetime, seen: set[int], interval: float) -> None:
        """Whatever is written from now on, each once, late ones too."""
        while True:
            time.sleep(interval)
            since_then = max(began - LATE, timezone.now() - LATE)
            fresh = events.filter(at__gte=since_then).exclude(pk__in=seen)
            news = self._print(each for each in fresh.order_by("at", "pk") if each.at >= began)
            seen |= news
            if len(seen) > 10_000:
                seen = set(events.filter(at__gte=since_then).values_list("pk", flat=True))

    def _print(self, events: Iterable[AuditEvent]) -> set[int]:
        seen = set()
        for event in events:
            self.stdout.write(json.dumps(self._fields(event)) if self.as_json else self._line(event))
            seen.add(event.pk)
        self.stdout.flush()
        return seen

    def _fields(self, event: AuditEvent) -> dict[str, Any]:
        return {
            "at": event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "organization": self.places.get(event.organization_id or 0),
            "actor": _actor(event),
            "for_members": activity.acted_for(event),
            "action": event.action,
            "words": str(activity.words_of(event)),
            "target": f"{event.target_type} {event.target_id}",
            "changes": event.changes,
            "ip": event.ip,
            "request_id": event.request_id,
        }

    def _line(self, event: AuditEvent) -> str:
        fields = self._fields(event)
        whom = f" for {', '.join(map(str, fields['for_members']))}" if fields["for_members"] else ""
        where = fields["organization"] or "-"
        at = f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        source = f" from {event.ip}" if event.ip else ""
        return f"{at}  {where}  {fields['actor']}{whom}  {event.action} ({fields['words']})  {fields['target']}{source}"


def _actor(event: AuditEvent) -> str:
    """person 12, staff 3, job messaging.send: as it is stored."""
    known = event.actor_member_id or event.staff_id or event.user_id
    return f"{event.actor_kind} {event.actor_name or known or '-'}"


def since(text: str) -> datetime:
    """A moment, from how long ago it is or as a date."""
    length = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if length:
        return timezone.now() - timedelta(**{UNITS[length[2]]: int(length[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a length of time as 2h nor a day") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it is at least 1")
    return number
