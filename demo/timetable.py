"""What the demo's two organisations offer: rooms, coaches, and weekly classes that began three weeks ago."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from accounts.actors import Actor
from accounts.calendars import at_local, weekly_days
from accounts.models import Organization, Staff
from accounts.operations import organizations
from billing.enums import ProductKind
from billing.models import Product, TaxRate
from scheduling.enums import ServiceKind
from scheduling.models import Location, Room, Schedule, Service, Session

WEEKS_BEHIND, WEEKS_AHEAD = 3, 8
JOIN_LATE_MINUTES = -WEEKS_AHEAD * 7 * 24 * 60

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
WEEKDAYS = (MON, TUE, WED, THU, FRI)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One line of the timetable: a class at a wall time on some weekdays. Ages are in years, prices in cents."""

    title: str
    category: str
    room: str
    coach: str
    days: tuple[int, ...]
    at: time
    minutes: int
    places: int
    ages: tuple[int | None, int | None] = (None, None)
    course: int | None = None
    drop_in: int | None = None


def _swim(
    title: str, pool: int, coach: str, days: tuple[int, ...], at: time, ages: tuple[int | None, int | None]
) -> Offer:
    return Offer(
        title=title,
        category="Swimming",
        room=f"Teaching pool {pool}",
        coach=coach,
        days=days,
        at=at,
        minutes=45 if pool == 1 else 30,
        places=10 if pool == 1 else 6,
        ages=ages,
        course=19200 if pool == 1 else 17500,
    )


CENTRE = (
    _swim("Swim 3 · Sharks", 1, "Ilse Brandt", (MON, THU), time(16, 15), (7, 10)),
    _swim("Swim 1 · Minnows", 2, "Mei Tanaka", (MON, WED, SAT), time(15, 30), (4, 6)),
    _swim("Swim 2 · Otters", 2, "Mei Tanaka", (TUE, THU, SAT), time(16, 30), (6, 9)),
    _swim("Swim 4 · Rays", 1, "Ilse Brandt", (TUE, THU, SUN), time(17, 15), (8, 12)),
    _swim("Swim 5 · Dolphins", 1, "Ilse Brandt", (MON, WED, FRI), time(17, 15), (9, 14)),
    _swim("Parent and tot", 2, "Mei Tanaka", (*WEEKDAYS, SAT), time(9, 45), (None, 3)),
    _swim("Adult beginners", 1, "João Reis", (MON, THU, SUN), time(18, 15), (16, None)),
    Offer(
        title="Lane swim",
        category="Swimming",
        room="Lanes 1–4",
        coach="Ana Costa",
        days=(MON, TUE, WED, THU, FRI, SAT, SUN),
        at=time(7, 0),
        minutes=90,
        places=32,
        ages=(14, None),
        drop_in=650,
    ),
    Offer(
        title="Squad, juniors",
        category="Swimming",
        room="Lanes 1–4",
        coach="Kofi Mensah",
        days=(MON, TUE, THU, FRI),
        at=time(17, 0),
        minutes=90,
        places=20,
        ages=(9, 17),
        course=24800,
    ),
    Offer(
        title="Masters",
        category="Swimming",
        room="Lanes 1–4",
        coach="Kofi Mensah",
        days=(TUE, THU),
        at=time(18, 30),
        minutes=60,
        places=24,
        ages=(18, None),
        course=21600,
        drop_in=1800,
    ),
    Offer(
        title="Aqua fit",
        category="Fitness",
        room="Teaching pool 1",
        coach="Noor Haddad",
        days=(MON, WED, SAT),
        at=time(11, 0),
        minutes=45,
        places=16,
        ages=(16, None),
        drop_in=1200,
    ),
    Offer(
        title="Ballet 1",
        category="Dance",
        room="Studio",
        coach="Noor Haddad",
        days=(MON, THU, SAT),
        at=time(16, 0),
        minutes=45,
        places=9,
        ages=(4, 7),
        course=16800,
    ),
    Offer(
        title="Yoga flow",
        category="Fitness",
        room="Studio",
        coach="Noor Haddad",
        days=(MON, TUE, THU, SUN),
        at=time(18, 0),
        minutes=60,
        places=16,
        ages=(16, None),
        drop_in=1600,
    ),
    Offer(
        title="Try-out: diving, first steps",
        category="Swimming",
        room="Deep tank",
        coach="Kofi Mensah",
        days=(SAT, SUN),
        at=time(10, 0),
        minutes=60,
        places=8,
        ages=(8, 14),
        drop_in=0,
    ),
)

STUDIO = (
    Offer(
        title="Ballet, primary",
        category="Ballet",
        room="Studio A",
        coach="Imogen Fry",
        days=(TUE, SAT),
        at=time(16, 0),
        minutes=45,
        places=12,
        ages=(5, 8),
        course=14400,
    ),
    Offer(
        title="Street, juniors",
        category="Street",
        room="Studio B",
        coach="Dev Patel",
        days=(WED, FRI),
        at=time(17, 0),
        minutes=60,
        places=14,
        ages=(8, 13),
        course=15600,
        drop_in=1400,
    ),
    Offer(
        title="Contemporary, open class",
        category="Contemporary",
        room="Studio A",
        coach="Imogen Fry",
        days=(MON, THU),
        at=time(19, 0),
        minutes=75,
        places=18,
        ages=(16, None),
        drop_in=1600,
    ),
)


def offer_all(
    *, by: Actor, organization: Organization, tax: TaxRate, offers: tuple[Offer, ...], today: date
) -> None:
    """Put a timetable on: rooms and coaches as they come, one course a weekday, its sessions at wall time."""
    location = Location.objects.create(organization=organization, name=organization.name)
    rooms: dict[str, Room] = {}
    coaches = {staff.name: staff for staff in organization.staff.all()}
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS_BEHIND)
    for each in offers:
        if each.room not in rooms:
            rooms[each.room] = Room.objects.create(
                organization=organization, location=location, name=each.room, order=len(rooms)
            )
        if each.coach not in coaches:
            coaches[each.coach] = organizations.add_staff(
                by=by, organization=organization, name=each.coach, user=None, roles=["instructor"]
            )
        _offer(organization, tax, each, rooms[each.room], coaches[each.coach], monday)


def _offer(
    organization: Organization, tax: TaxRate, each: Offer, room: Room, coach: Staff, monday: date
) -> None:
    fees = {
        kind: Product.objects.create(
            organization=organization, kind=kind, name=each.title, price_minor=price, tax_rate=tax
        )
        for kind, price in ((ProductKind.COURSE_FEE, each.course), (ProductKind.DROP_IN, each.drop_in))
        if price is not None
    }
    service = Service.objects.create(
        organization=organization,
        kind=ServiceKind.COURSE if each.course is not None else ServiceKind.CLASS,
        title=each.title,
        category=each.category,
        drop_in=fees.get(ProductKind.DROP_IN),
        booking_closes_minutes=JOIN_LATE_MINUTES if each.course is not None else 0,
    )
    schedules = Schedule.objects.bulk_create(
        Schedule(
            organization=organization,
            service=service,
            title=each.title,
            room=room,
            coach=coach,
            weekdays=[weekday],
            starts_on=monday + timedelta(days=weekday),
            ends_on=monday + timedelta(days=weekday, weeks=WEEKS_BEHIND + WEEKS_AHEAD - 1),
            start_time=each.at,
            end_time=_end(each),
            time_zone=organization.time_zone,
            capacity=each.places,
            age_min_months=None if each.ages[0] is None else each.ages[0] * 12,
            age_max_months=None if each.ages[1] is None else each.ages[1] * 12 + 11,
            course_fee=fees.get(ProductKind.COURSE_FEE),
        )
        for weekday in each.days
    )
    Session.objects.bulk_create(session for schedule in schedules for session in _sessions(schedule))


def _end(each: Offer) -> time:
    hours, minutes = divmod(each.at.hour * 60 + each.at.minute + each.minutes, 60)
    return time(hours, minutes)


def _sessions(schedule: Schedule) -> Iterator[Session]:
    for day in weekly_days(schedule.starts_on, schedule.ends_on, set(schedule.weekdays)):
        yield Session(
            organization=schedule.organization,
            service=schedule.service,
            schedule=schedule,
            room=schedule.room,
            coach=schedule.coach,
            starts_at=at_local(day, schedule.start_time, schedule.time_zone),
            ends_at=at_local(day, schedule.end_time, schedule.time_zone),
            capacity=schedule.capacity,
        )
