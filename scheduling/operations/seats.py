"""Seats: the one locked path by which anybody gets or gives back a seat (RULES 3.2, 3.3, 3.9).

Every operation locks the sessions it wants in ascending id, lets the overdue holds of those sessions lapse
under the lock, counts, and only then writes. The database's own counter and CHECK stand behind it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Actor
from accounts.models import Organization
from accounts.transactions import operation
from billing.models import CartLine
from clients.models import Client
from scheduling.enums import ACTIVE_STATES, EnrolmentState, RegistrationState
from scheduling.errors import AlreadyRegistered, BookingClosed, SessionIsFull
from scheduling.models import CourseEnrolment, Registration, Schedule, Session

SESSIONS_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A place for ``client``, bought by ``line``: in one session, or in all that is left of a schedule."""

    client: Client
    line: CartLine
    session: Session | None = None
    schedule: Schedule | None = None

    @property
    def title(self) -> str:
        """What the place is in."""
        schedule = self.schedule or (self.session.schedule if self.session else None)
        return schedule.title if schedule else ""


@dataclass(kw_only=True)
class _Plan:
    """What is to be written once everything was counted."""

    prolong: list[Registration] = field(default_factory=list)
    insert: list[Registration] = field(default_factory=list)
    enrol: list[CourseEnrolment] = field(default_factory=list)
    enrolled: list[CourseEnrolment] = field(default_factory=list)
    needed: Counter[int] = field(default_factory=Counter)


@operation
def hold(*, by: Actor, organization: Organization, wanted: Sequence[Wanted], until: datetime) -> None:
    """Hold every place until ``until``, or none; lines that hold already are prolonged.

    Locks the sessions. Raises SessionIsFull, AlreadyRegistered or BookingClosed.
    """
    _occupy(by=by, organization=organization, wanted=wanted, until=until)


@operation
def take(*, by: Actor, organization: Organization, wanted: Sequence[Wanted]) -> None:
    """Book every place, or none: turns the lines' own holds into bookings, and takes what lapsed anew.

    Safe to repeat. Locks the sessions. Raises SessionIsFull, AlreadyRegistered or BookingClosed.
    """
    _occupy(by=by, organization=organization, wanted=wanted, until=None)


@operation
def release(*, by: Actor, lines: Sequence[CartLine]) -> None:
    """Let the lines' holds go; harmless where nothing is held."""
    _give_back(
        by=by,
        lines=lines,
        was=(RegistrationState.HELD, EnrolmentState.HELD),
        now=(RegistrationState.LAPSED, EnrolmentState.LAPSED),
        action="scheduling.released",
    )


@operation
def cancel(*, by: Actor, lines: Sequence[CartLine]) -> None:
    """Cancel the lines' bookings; whoever was there stays as having been there."""
    _give_back(
        by=by,
        lines=lines,
        was=(RegistrationState.BOOKED, EnrolmentState.BOOKED),
        now=(RegistrationState.CANCELLED, EnrolmentState.CANCELLED),
        action="scheduling.cancelled",
    )


def lapse_all_overdue() -> int:
    """Turn every overdue hold to ``lapsed``; return how many. The job of each minute, safe to repeat."""
    overdue = Registration.objects.filter(state=RegistrationState.HELD, held_until__lte=timezone.now())
    ids = sorted(set(overdue.values_list("session_id", flat=True)))
    lapsed = 0
    for batch in batched(ids, SESSIONS_AT_ONCE):
        with transaction.atomic():
            sessions = lock(Q(pk__in=batch))
            lapsed += sum(lapse_overdue(sessions, timezone.now()).values())
    return lapsed


def lock(which: Q) -> dict[int, Session]:
    """Lock sessions in ascending id, the order of all (RULES 3.9); by id, with their schedules."""
    locked = Session.objects.select_for_update(of=("self",)).select_related("schedule")
    return {session.pk: session for session in locked.filter(which).order_by("pk")}


def lapse_overdue(
    sessions: dict[int, Session], at: datetime, *, but: Iterable[CartLine] = ()
) -> Counter[int]:
    """Let overdue holds of locked sessions lapse, save those of the lines ``but``; seats freed by session.

    The enrolment of a lapsed place in a course lapses with it; its places in sessions that are not locked
    follow with the next operation there, or the job.
    """
    own = [line.pk for line in but]
    overdue = Q(state=RegistrationState.HELD, held_until__lte=at) & ~Q(cart_line__in=own)
    rows = list(
        Registration.objects.filter(overdue, session__in=list(sessions)).values_list("pk", "session_id")
    )
    if rows:
        Registration.objects.filter(pk__in=[pk for pk, _session in rows]).update(
            state=RegistrationState.LAPSED
        )
        schedules = {session.schedule_id for session in sessions.values()}
        late = Q(state=EnrolmentState.HELD, held_until__lte=at) & ~Q(cart_line__in=own)
        CourseEnrolment.objects.filter(late, schedule__in=schedules).update(state=EnrolmentState.LAPSED)
    return Counter(session for _pk, session in rows)


def _occupy(
    *, by: Actor, organization: Organization, wanted: Sequence[Wanted], until: datetime | None
) -> None:
    """Hold until ``until``, or book where it is None."""
    now = timezone.now()
    lines = [want.line for want in wanted]
    sessions = lock(_sessions_of(organization, wanted, now))
    freed = lapse_overdue(sessions, now, but=lines)
    plan = _plan(organization, wanted, sessions, now, by=by, until=until)
    for pk in sorted(plan.needed):
        left = sessions[pk].seats_left + freed[pk]
        if plan.needed[pk] > left:
            raise SessionIsFull(sessions[pk].schedule.title, left=left, wanted=plan.needed[pk])
    try:
        _write(plan, until)
    except IntegrityError as error:
        raise _named(error, wanted) from error
    audit.record(
        by=by,
        action="scheduling.held" if until else "scheduling.booked",
        target=lines[0],
        organization=organization,
        members=[want.client.member_id for want in wanted],
        changes={"lines": [line.pk for line in lines], "sessions": sorted(sessions)},
    )


def _sessions_of(organization: Organization, wanted: Sequence[Wanted], now: datetime) -> Q:
    """The sessions named, those of the courses that did not begin yet, and those the lines hold already."""
    courses = [want.schedule for want in wanted if want.schedule is not None]
    named = Q(pk__in=[want.session.pk for want in wanted if want.session is not None])
    coming = Q(schedule__in=courses, starts_at__gt=now, cancelled_at__isnull=True)
    held = Registration.objects.filter(cart_line__in=[want.line for want in wanted]).values("session")
    return Q(organization=organization) & (named | coming | Q(pk__in=held))


def _plan(
    organization: Organization,
    wanted: Sequence[Wanted],
    sessions: dict[int, Session],
    now: datetime,
    *,
    by: Actor,
    until: datetime | None,
) -> _Plan:
    """What to write for each want. Raises AlreadyRegistered or BookingClosed."""
    clients = [want.client for want in wanted]
    standing = {
        (row.session_id, row.client_id): row
        for row in Registration.objects.filter(
            session__in=list(sessions), client__in=clients, state__in=ACTIVE_STATES
        )
    }
    enrolled = _enrolled(wanted)
    plan = _Plan()
    for want in wanted:
        enrolment = _enrolment(organization, want, enrolled, plan, by=by, until=until)
        for session in _of(want, sessions, standing, now):
            row = standing.get((session.pk, want.client.pk))
            if row is None:
                plan.needed[session.pk] += 1
                plan.insert.append(_registration(organization, want, session, enrolment, by=by, until=until))
            elif row.cart_line_id == want.line.pk:
                if row.state == RegistrationState.HELD:
                    row.enrolment = enrolment
                    plan.prolong.append(row)
            elif want.schedule is None:
                raise AlreadyRegistered(want.client.short_name, want.title)
    return plan


def _enrolled(wanted: Sequence[Wanted]) -> dict[tuple[int, int], CourseEnrolment]:
    """The standing enrolments of the wanted courses and clients; none are read where no course is wanted."""
    courses = [want.schedule for want in wanted if want.schedule is not None]
    if not courses:
        return {}
    return {
        (row.schedule_id, row.client_id): row
        for row in CourseEnrolment.objects.filter(
            schedule__in=courses,
            client__in=[want.client for want in wanted],
            state__in=(EnrolmentState.HELD, EnrolmentState.BOOKED),
        )
    }


def _enrolment(
    organization: Organization,
    want: Wanted,
    enrolled: dict[tuple[int, int], CourseEnrolment],
    plan: _Plan,
    *,
    by: Actor,
    until: datetime | None,
) -> CourseEnrolment | None:
    """The line's enrolment, its own or a new one (not saved yet); None for a single session."""
    if want.schedule is None:
        return None
    row = enrolled.get((want.schedule.pk, want.client.pk))
    if row is None:
        row = CourseEnrolment(
            organization=organization,
            schedule=want.schedule,
            client=want.client,
            cart_line=want.line,
            booked_by=by.member,
        )
        plan.enrol.append(row)
    elif row.cart_line_id != want.line.pk:
        raise AlreadyRegistered(want.client.short_name, want.title)
    else:
        plan.enrolled.append(row)
    if row.state != EnrolmentState.BOOKED:
        row.state = EnrolmentState.HELD if until else EnrolmentState.BOOKED
        row.held_until = until
    return row


def _of(
    want: Wanted,
    sessions: dict[int, Session],
    standing: dict[tuple[int, int], Registration],
    now: datetime,
) -> list[Session]:
    """The locked sessions of one want: its session, or what is to come of its course and what it holds."""
    if want.session is not None:
        session = sessions.get(want.session.pk)
        if session is None or session.cancelled_at is not None:
            raise BookingClosed(_("%(title)s was cancelled. Nothing was booked.") % {"title": want.title})
        return [session]
    course = want.schedule.pk if want.schedule else 0
    own = {pk for (pk, client), row in standing.items() if row.cart_line_id == want.line.pk}
    chosen = [
        session
        for session in sessions.values()
        if session.schedule_id == course
        and (session.pk in own or (session.starts_at > now and session.cancelled_at is None))
    ]
    if not chosen:
        raise BookingClosed(_("%(title)s is over. Nothing was booked.") % {"title": want.title})
    return chosen


def _registration(
    organization: Organization,
    want: Wanted,
    session: Session,
    enrolment: CourseEnrolment | None,
    *,
    by: Actor,
    until: datetime | None,
) -> Registration:
    return Registration(
        organization=organization,
        session=session,
        client=want.client,
        enrolment=enrolment,
        cart_line=want.line,
        booked_by=by.member,
        state=RegistrationState.HELD if until else RegistrationState.BOOKED,
        held_until=until,
    )


def _write(plan: _Plan, until: datetime | None) -> None:
    """Enrolments first, then the lines' own rows, then new rows in ascending session id in one statement."""
    CourseEnrolment.objects.bulk_create(plan.enrol)
    if plan.enrolled:
        CourseEnrolment.objects.bulk_update(plan.enrolled, ("state", "held_until"))
    for row in plan.prolong:
        row.enrolment = row.enrolment  # takes the key that saving gave
        row.state = RegistrationState.HELD if until else RegistrationState.BOOKED
        row.held_until = until
    if plan.prolong:
        Registration.objects.bulk_update(plan.prolong, ("state", "held_until", "enrolment"))
    for row in plan.insert:
        row.enrolment = row.enrolment
    Registration.objects.bulk_create(sorted(plan.insert, key=lambda row: row.session_id))


def _named(error: IntegrityError, wanted: Sequence[Wanted]) -> Exception:
    """What the database refused, by the name of its constraint; anything else stays as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint == "session_not_overfull":
        return SessionIsFull(wanted[0].title, left=0, wanted=len(wanted))
    if constraint in ("registration_active_once", "enrolment_once"):
        return AlreadyRegistered(wanted[0].client.short_name, wanted[0].title)
    return error


def _give_back(
    *,
    by: Actor,
    lines: Sequence[CartLine],
    was: tuple[RegistrationState, EnrolmentState],
    now: tuple[RegistrationState, EnrolmentState],
    action: str,
) -> None:
    """Move the lines' registrations and enrolments from one pair of states to another, under the locks."""
    own = Registration.objects.filter(cart_line__in=lines, state=was[0])
    sessions = lock(Q(pk__in=own.values("session")))
    moved = own.update(state=now[0])
    moved += CourseEnrolment.objects.filter(cart_line__in=lines, state=was[1]).update(state=now[1])
    if moved:
        audit.record(
            by=by,
            action=action,
            target=lines[0],
            members=[line.member_id for line in lines],
            changes={"lines": [line.pk for line in lines], "sessions": sorted(sessions)},
        )
