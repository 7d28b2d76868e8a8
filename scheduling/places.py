"""Places: what scheduling sells through the cart, one session or a whole course (RULES 3.1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Organization
from billing.models import CartLine, Product
from billing.selling import Objection, Offer, Wish
from clients.models import Client
from scheduling import checking, wording
from scheduling.errors import NothingToSell
from scheduling.models import Place, Schedule, ServiceRequirement, Session
from scheduling.operations import seats
from waivers.models import Requirement

SESSION_PARTS = (
    "organization",
    "room",
    "coach",
    "schedule__service__drop_in__tax_rate",
    "schedule__course_fee",
)
COURSE_PARTS = ("organization", "room", "coach", "course_fee__tax_rate", "service__drop_in")


class Places:
    """What selling a session and selling a course have in common."""

    key: str
    order: int

    def check(
        self, *, by: Actor, organization: Organization, wishes: Sequence[Wish], at: datetime
    ) -> list[list[Objection]]:
        """Every reason against each wish; as many queries for ten people as for one."""
        return checking.check(by=by, organization=organization, wishes=wishes, at=at)

    def wishes(self, lines: Sequence[CartLine]) -> list[Wish]:
        """The lines as wishes, in their order."""
        places = _places(lines)
        return [
            Wish(member=line.member, target=places[line.pk].session or places[line.pk].schedule, line=line)
            for line in lines
        ]

    def requirements(self, lines: Sequence[CartLine]) -> list[list[Requirement]]:
        """What the services of the lines require, besides what is for everyone."""
        services = [_schedule_of(wish.target).service_id for wish in self.wishes(lines)]
        required = requirements_of(services)
        return [required[service] for service in services]

    def hold(
        self, *, by: Actor, lines: Sequence[CartLine], clients: Mapping[int, Client], until: datetime
    ) -> None:
        """Hold a seat for each line until ``until``."""
        if lines:
            wanted = self._wanted(lines, clients)
            seats.hold(by=by, organization=lines[0].organization, wanted=wanted, until=until)

    def fulfil(self, *, by: Actor, lines: Sequence[CartLine], clients: Mapping[int, Client]) -> None:
        """Book a seat for each line, anew where its hold ran out."""
        if lines:
            wanted = self._wanted(lines, clients)
            seats.take(by=by, organization=lines[0].organization, wanted=wanted)

    def release(self, *, by: Actor, lines: Sequence[CartLine]) -> None:
        """Let the held seats go."""
        if lines:
            seats.release(by=by, lines=lines)

    def reverse(self, *, by: Actor, lines: Sequence[CartLine]) -> None:
        """Cancel what was booked."""
        if lines:
            seats.cancel(by=by, lines=lines)

    def _wanted(self, lines: Sequence[CartLine], clients: Mapping[int, Client]) -> list[seats.Wanted]:
        return [
            seats.Wanted(
                client=clients[line.member_id],
                line=line,
                session=wish.target if isinstance(wish.target, Session) else None,
                schedule=wish.target if isinstance(wish.target, Schedule) else None,
            )
            for line, wish in zip(lines, self.wishes(lines), strict=True)
        ]


class SessionPlaces(Places):
    """A place in one session, at the service's drop-in fee. ``target`` is the Session."""

    key = "session"
    order = 20

    def find(self, organization: Organization, code: str) -> Session:
        """The session with this code that is sold by itself; raises NothingToSell."""
        session = _sessions().filter(organization=organization, code=code, cancelled_at=None).first()
        if session is None or session.schedule.service.drop_in is None:
            raise NothingToSell
        return session

    def offer(self, target: Session) -> Offer:
        """The drop-in fee, under the title of the schedule and the day."""
        return Offer(
            product=_sold(target.schedule.service.drop_in),
            label=target.schedule.title,
            detail=wording.session_detail(target, target.organization),
        )

    def attach(self, line: CartLine, target: Session) -> None:
        """Remember the session of ``line``."""
        Place.objects.create(organization_id=line.organization_id, cart_line=line, session=target)


class CoursePlaces(Places):
    """A place in every session of a schedule still to come, at its course fee. ``target`` is the Schedule."""

    key = "course"
    order = 10

    def find(self, organization: Organization, code: str) -> Schedule:
        """The schedule with this code that is sold whole; raises NothingToSell."""
        schedule = _schedules().filter(organization=organization, code=code).first()
        if schedule is None or schedule.course_fee is None:
            raise NothingToSell
        return schedule

    def offer(self, target: Schedule) -> Offer:
        """The course fee, under the schedule's title, weekdays and dates."""
        return Offer(
            product=_sold(target.course_fee),
            label=target.title,
            detail=wording.course_detail(target, target.organization),
        )

    def attach(self, line: CartLine, target: Schedule) -> None:
        """Remember the course of ``line``."""
        Place.objects.create(organization_id=line.organization_id, cart_line=line, schedule=target)


def requirements_of(services: Iterable[int]) -> dict[int, list[Requirement]]:
    """By service: what whoever comes there must have signed or filled in."""
    required: dict[int, list[Requirement]] = {service: [] for service in services}
    rows = ServiceRequirement.objects.filter(service__in=required, requirement__is_active=True)
    for row in rows.select_related("requirement__document").order_by("pk"):
        required[row.service_id].append(row.requirement)
    return required


def book_url(organization: Organization, target: Session | Schedule) -> str:
    """Where somebody books ``target``."""
    kind = CoursePlaces.key if isinstance(target, Schedule) else SessionPlaces.key
    return reverse("public:book", args=[organization.slug, kind, target.code])


def _sold(product: Product | None) -> Product:
    if product is None or not product.is_active:
        raise NothingToSell(_("This class has no price at the moment. Ask at the desk."))
    return product


def _schedule_of(target: Session | Schedule) -> Schedule:
    return target if isinstance(target, Schedule) else target.schedule


def _sessions() -> QuerySet[Session]:
    return Session.objects.select_related(*SESSION_PARTS)


def _schedules() -> QuerySet[Schedule]:
    return Schedule.objects.select_related(*COURSE_PARTS)


def _places(lines: Sequence[CartLine]) -> dict[int, Place]:
    """By line: its place. A line never changes its place, so it is read once and kept with the line."""
    known = CartLine._meta.get_field("place")
    unread = {line.pk: line for line in lines if not known.is_cached(line)}
    if unread:
        parts = (
            *(f"session__{part}" for part in SESSION_PARTS),
            *(f"schedule__{part}" for part in COURSE_PARTS),
        )
        for row in Place.objects.filter(cart_line__in=unread).select_related(*parts):
            known.set_cached_value(unread[row.cart_line_id], row)
    return {line.pk: line.place for line in lines}
