"""Writing imported programs: services, courses and their sessions, a batch at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha1
from typing import Any

from django.db.models import F, Q

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import at_local, weekly_days
from accounts.models import Organization
from accounts.money import Money
from accounts.transactions import operation
from billing.enums import ProductKind
from billing.models import Product, TaxRate
from scheduling.enums import ServiceKind
from scheduling.importing import Outcome, Program, RowUnusable
from scheduling.models import Location, Room, Schedule, Service, Session

SOURCE = "toronto-registered-programs"
FIELDS = (
    "service",
    "title",
    "weekdays",
    "starts_on",
    "ends_on",
    "start_time",
    "end_time",
    "age_min_months",
    "age_max_months",
    "bookable",
    "booking_opens_at",
    "course_fee",
)

type Times = dict[datetime, datetime]  # start → end, UTC


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the file does not say. Both are given to new courses; a price also to those without one."""

    capacity: int
    price: Money | None = None


@operation
def write(
    *, by: Actor, organization: Organization, programs: Sequence[Program], terms: Terms
) -> list[Outcome]:
    """Create or update the courses of ``programs`` and their sessions; how each ended, in their order.

    Where somebody was ever booked into a session that the file no longer has, RowUnusable is raised and
    nothing of the batch is kept. A session that staff cancelled stays cancelled.
    """
    fee = _course_fee(organization, terms.price)
    services = _services(organization, programs)
    known = {
        row.source_key: row
        for row in Schedule.objects.select_for_update(of=("self",))
        .select_related("service", "course_fee", "organization")
        .filter(organization=organization, source=SOURCE, source_key__in=[each.key for each in programs])
    }
    rooms = _rooms(organization, [each for each in programs if each.key not in known])
    fresh: list[Schedule] = []
    outcomes = []
    standing = _standing(known.values())
    for program in programs:
        values = _values(program, organization, services[_service_key(program)])
        schedule = known.get(program.key)
        if schedule is None:
            room = rooms[program.location_key]
            fresh.append(_new(organization, program, values, terms, fee, room))
            outcomes.append(Outcome.CREATED)
        else:
            values["course_fee"] = schedule.course_fee or fee
            outcomes.append(_change(program, schedule, values, standing[schedule.pk]))
    Schedule.objects.bulk_create(fresh)
    times = {each.key: _times(each, organization) for each in programs}
    Session.objects.bulk_create(
        session for schedule in fresh for session in _sessions(schedule, times[schedule.source_key])
    )
    counts = {outcome.value: outcomes.count(outcome) for outcome in Outcome if outcome in outcomes}
    audit.record(
        by=by,
        action="scheduling.programs_imported",
        target=organization,
        organization=organization,
        changes=counts,
    )
    return outcomes


def _values(program: Program, organization: Organization, service: Service) -> dict[str, Any]:
    """The columns that follow the file."""
    opens = program.registration_on
    return {
        "service": service,
        "title": program.title,
        "weekdays": list(program.weekdays),
        "starts_on": program.starts_on,
        "ends_on": program.ends_on,
        "start_time": program.start_time,
        "end_time": program.end_time,
        "age_min_months": program.age_min_months,
        "age_max_months": program.age_max_months,
        "bookable": program.bookable,
        "booking_opens_at": at_local(opens, time.min, organization.time_zone) if opens else None,
    }


def _new(
    organization: Organization,
    program: Program,
    values: dict[str, Any],
    terms: Terms,
    fee: Product | None,
    room: Room,
) -> Schedule:
    return Schedule(
        organization=organization,
        source=SOURCE,
        source_key=program.key,
        time_zone=organization.time_zone,
        capacity=terms.capacity,
        course_fee=fee,
        room=room,
        **values,
    )


def _change(program: Program, schedule: Schedule, values: dict[str, Any], standing: Times) -> Outcome:
    """Bring one course and its sessions to what the file says."""
    changed = [name for name in FIELDS if getattr(schedule, name) != values[name]]
    times = _times(program, schedule.organization, schedule.time_zone)
    if not changed and times == standing:
        return Outcome.UNCHANGED
    for name in changed:
        setattr(schedule, name, values[name])
    schedule.version += 1
    schedule.save(update_fields=[*changed, "version"])
    _remove([start for start in standing if standing[start] != times.get(start)], schedule)
    missing = {start: end for start, end in times.items() if standing.get(start) != end}
    Session.objects.filter(schedule=schedule).update(version=F("version") + 1, service=schedule.service)
    Session.objects.bulk_create(_sessions(schedule, missing))
    return Outcome.UPDATED


def _remove(starts: Sequence[datetime], schedule: Schedule) -> None:
    """Delete sessions that the file no longer has. Raises RowUnusable where one was ever booked."""
    if not starts:
        return
    gone = Session.objects.select_for_update().filter(schedule=schedule, starts_at__in=starts).order_by("pk")
    ids = [session.pk for session in gone]
    used = Q(registrations__isnull=False) | Q(places__isnull=False)
    count = Session.objects.filter(used, pk__in=ids).distinct().count()
    if count:
        raise RowUnusable(f"{count} of its sessions moved or went, and have bookings: change them by hand")
    Session.objects.filter(pk__in=ids).delete()


def _times(program: Program, organization: Organization, zone: str = "") -> Times:
    """Start and end of every session, at local wall time."""
    zone = zone or organization.time_zone
    return {
        at_local(day, program.start_time, zone): at_local(day, program.end_time, zone)
        for day in weekly_days(program.starts_on, program.ends_on, set(program.weekdays))
    }


def _sessions(schedule: Schedule, times: Times) -> list[Session]:
    return [
        Session(
            organization_id=schedule.organization_id,
            service_id=schedule.service_id,
            schedule=schedule,
            room_id=schedule.room_id,
            coach_id=schedule.coach_id,
            starts_at=start,
            ends_at=end,
            capacity=schedule.capacity,
        )
        for start, end in times.items()
    ]


def _standing(schedules: Iterable[Schedule]) -> dict[int, Times]:
    """By schedule: start and end of the sessions it has."""
    standing: dict[int, Times] = {schedule.pk: {} for schedule in schedules}
    rows = Session.objects.filter(schedule__in=standing)
    for schedule, start, end in rows.values_list("schedule_id", "starts_at", "ends_at"):
        standing[schedule][start] = end
    return standing


def _service_key(program: Program) -> str:
    """Names a service for ever, whatever staff call it later."""
    name = f"{SOURCE}/{program.category}/{program.activity}"
    return sha1(name.encode(), usedforsecurity=False).hexdigest()


def _services(organization: Organization, programs: Sequence[Program]) -> dict[str, Service]:
    """By key: the service of each activity, made where there is none."""
    wanted = {_service_key(program): program for program in programs}
    services = {
        row.source_key: row
        for row in Service.objects.filter(organization=organization, source_key__in=wanted)
    }
    made = [
        Service(
            organization=organization,
            kind=ServiceKind.COURSE,
            title=program.activity,
            category=program.category,
            source_key=key,
        )
        for key, program in wanted.items()
        if key not in services
    ]
    return services | {row.source_key: row for row in Service.objects.bulk_create(made)}


def _rooms(organization: Organization, programs: Sequence[Program]) -> dict[str, Room]:
    """By the location's key: a room of it, the first where it has several; both made where there are none."""
    names = {each.location_key: each.location_name or f"Location {each.location_key}" for each in programs}
    if not names:
        return {}
    locations = {
        row.source_key: row
        for row in Location.objects.filter(organization=organization, source_key__in=names)
    }
    new = [
        Location(organization=organization, source_key=key, name=name)
        for key, name in names.items()
        if key not in locations
    ]
    locations |= {row.source_key: row for row in Location.objects.bulk_create(new)}
    rooms: dict[str, Room] = {}
    for room in Room.objects.filter(location__in=locations.values()).order_by("order", "pk"):
        rooms.setdefault(next(key for key, row in locations.items() if row.pk == room.location_id), room)
    for key, location in locations.items():
        if key not in rooms:
            rooms[key] = Room.objects.create(
                organization=organization, location=location, name=location.name[:80]
            )
    return rooms


def _course_fee(organization: Organization, price: Money | None) -> Product | None:
    """The product of this price, with the organisation's tax where it has a single one."""
    if price is None:
        return None
    rates = list(TaxRate.objects.filter(organization=organization, is_active=True)[:2])
    product, _made = Product.objects.get_or_create(
        organization=organization,
        kind=ProductKind.COURSE_FEE,
        price_minor=price.minor,
        name="Course fee",
        defaults={"tax_rate": rates[0] if len(rates) == 1 else None},
    )
    return product
