"""The roster of one session: who comes, and what needs somebody before class."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.calendars import age_in_years, local_day
from accounts.money import Money
from billing.models import Invoice
from clients.models import Memo
from relationships import safety
from relationships.safety import Safety
from scheduling.enums import RegistrationState
from scheduling.models import Registration, ServiceRequirement, Session
from waivers.requirements import missing

ON_ROSTER = (RegistrationState.BOOKED, RegistrationState.ATTENDED, RegistrationState.NO_SHOW)


@dataclass
class Line:
    """One client on a roster. ``owed`` is None where nothing was billed for this place."""

    registration: Registration
    age: int | None
    has_birthday: bool
    is_first_time: bool
    memos: list[str]
    missing_documents: list[str] = field(default_factory=list)
    owed: Money | None = None
    safety: Safety | None = None


@dataclass
class Roster:
    """A session's people in the order a front desk works: still to come, here, away."""

    session: Session
    to_come: list[Line]
    here: list[Line]
    away: list[Line]
    held: int

    @property
    def booked(self) -> int:
        """Everybody on the roster."""
        return len(self.to_come) + len(self.here) + len(self.away)


def of(
    session: Session, *, at: datetime, with_safety: bool = False, kept_from: Collection[int] = ()
) -> Roster:
    """The roster with ages on the session's day, starred memos, missing waivers and what is owed.

    ``kept_from`` are members of whom the reader must learn nothing (RULES 2.1). ``with_safety``, who may pick each
    up that day and who never (RULES 2.11): for staff with the right. The number of queries does not grow with the
    number of clients.
    """
    registrations = [r for r in _registrations(session) if r.client.member_id not in kept_from]
    seated = [r for r in registrations if r.state in ON_ROSTER]
    unsigned = _missing_documents(session, seated, at)
    safe = _safety(session, seated) if with_safety else {}
    lines = [
        Line(
            registration=r,
            age=_age(r, session),
            has_birthday=_has_birthday(r, session),
            is_first_time=not getattr(r, "came_before", True),
            memos=getattr(r, "starred", []),
            missing_documents=unsigned.get(r.client.member_id, []),
            owed=_owed(r, session),
            safety=safe.get(r.client_id),
        )
        for r in seated
    ]
    return Roster(
        session=session,
        to_come=[line for line in lines if line.registration.state == RegistrationState.BOOKED],
        here=[line for line in lines if line.registration.state == RegistrationState.ATTENDED],
        away=[line for line in lines if line.registration.state == RegistrationState.NO_SHOW],
        held=sum(r.state == RegistrationState.HELD for r in registrations),
    )


def _registrations(session: Session) -> list[Registration]:
    """With ``came_before``, the client's ``starred`` memos, newest first (F17), and ``left_to_pay``. One query."""
    before = Registration.objects.filter(
        client=OuterRef("client"), state=RegistrationState.ATTENDED, session__starts_at__lt=session.starts_at
    )
    starred = Memo.objects.filter(client=OuterRef("client"), is_starred=True).order_by("-id")
    bills: Any = Invoice.objects.filter(
        organization=session.organization_id, cart=OuterRef("cart")
    ).with_paid()
    left = bills.annotate(left=F("total_minor") - F("paid_minor")).values("left")
    return list(
        Registration.objects.filter(session=session, state__in=[*ON_ROSTER, RegistrationState.HELD])
        .select_related("client__member")
        .annotate(
            came_before=Exists(before),
            starred=ArraySubquery(starred.values("text")),
            cart=Coalesce("cart_line__cart", "enrolment__cart_line__cart"),
            left_to_pay=Subquery(left[:1]),
        )
        .order_by("client__sort_name", "id")
    )


def _missing_documents(
    session: Session, registrations: Sequence[Registration], at: datetime
) -> dict[int, list[str]]:
    """Titles of what is not signed, by member."""
    members = [r.client.member for r in registrations]
    named = ServiceRequirement.objects.filter(service=session.service_id).values("requirement")
    wanted = missing(organization=session.organization, members=members, at=at, also=named)
    titles: dict[int, list[str]] = {}
    for want in wanted:
        titles.setdefault(want.member.pk, []).append(want.version.document.title)
    return titles


def _safety(session: Session, registrations: Sequence[Registration]) -> dict[int, Safety]:
    """By client, on the session's day. One query."""
    day = local_day(session.starts_at, session.organization.time_zone)
    return safety.of_clients(session.organization, [r.client for r in registrations], day)


def _owed(registration: Registration, session: Session) -> Money | None:
    """What is still to pay on the bill of this place; None where nothing was billed."""
    left: int | None = getattr(registration, "left_to_pay", None)
    return None if left is None else Money(left, session.organization.currency)


def _age(registration: Registration, session: Session) -> int | None:
    born_on = registration.client.born_on
    return (
        age_in_years(born_on, local_day(session.starts_at, session.schedule.time_zone)) if born_on else None
    )


def _has_birthday(registration: Registration, session: Session) -> bool:
    born_on = registration.client.born_on
    day = local_day(session.starts_at, session.schedule.time_zone)
    return born_on is not None and (born_on.month, born_on.day) == (day.month, day.day)
