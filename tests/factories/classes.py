"""Rows of scheduling."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import models as accounts
from accounts.calendars import at_local, weekly_days
from scheduling import models as scheduling
from scheduling.enums import RegistrationState
from tests.factories.families import (
    ClientFactory,
    OrganizationFactory,
)
from tests.factories.money import ProductFactory


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = scheduling.Location

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Location {n}")


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = scheduling.Room

    location = factory.SubFactory(LocationFactory)
    organization = factory.SelfAttribute("location.organization")
    name = factory.Sequence(lambda n: f"Room {n}")


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = scheduling.Service

    organization = factory.SubFactory(OrganizationFactory)
    title = factory.Sequence(lambda n: f"Service {n}")


class ScheduleFactory(DjangoModelFactory):
    """A weekly course of ten places at 16:15 to 17:00, four weeks from next week; it has no sessions yet."""

    class Meta:
        model = scheduling.Schedule

    service = factory.SubFactory(ServiceFactory)
    organization = factory.SelfAttribute("service.organization")
    title = factory.SelfAttribute("service.title")
    starts_on = factory.LazyFunction(lambda: timezone.now().date() + timedelta(days=7))
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + timedelta(days=21))
    weekdays = factory.LazyAttribute(lambda o: [o.starts_on.weekday()])
    start_time = time(16, 15)
    end_time = time(17, 0)
    time_zone = factory.SelfAttribute("organization.time_zone")
    capacity = 10
    course_fee = factory.SubFactory(ProductFactory, organization=factory.SelfAttribute("..organization"))


class SessionFactory(DjangoModelFactory):
    """One meeting of ``schedule``, on its first day unless ``starts_at`` is given."""

    class Meta:
        model = scheduling.Session

    schedule = factory.SubFactory(ScheduleFactory)
    service = factory.SelfAttribute("schedule.service")
    organization = factory.SelfAttribute("schedule.organization")
    room = factory.SelfAttribute("schedule.room")
    coach = factory.SelfAttribute("schedule.coach")
    capacity = factory.SelfAttribute("schedule.capacity")
    starts_at = factory.LazyAttribute(
        lambda o: at_local(o.schedule.starts_on, o.schedule.start_time, o.schedule.time_zone)
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=45))


def course(**schedule: Any) -> scheduling.Schedule:
    """A schedule with all its sessions (``schedule.sessions``)."""
    made: scheduling.Schedule = ScheduleFactory(**schedule)
    for day in weekly_days(made.starts_on, made.ends_on, set(made.weekdays)):
        SessionFactory(schedule=made, starts_at=at_local(day, made.start_time, made.time_zone))
    return made


def session_today(organization: accounts.Organization, at: time = time(16, 15), **schedule: Any) -> Any:
    """A course whose one session is today at a wall time of the organisation, and that session."""
    today: date = datetime.now(ZoneInfo(organization.time_zone)).date()
    made = ScheduleFactory(
        service__organization=organization, starts_on=today, ends_on=today, start_time=at, **schedule
    )
    return SessionFactory(schedule=made)


class CourseEnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = scheduling.CourseEnrolment

    schedule = factory.SubFactory(ScheduleFactory)
    organization = factory.SelfAttribute("schedule.organization")
    client = factory.SubFactory(ClientFactory, organization=factory.SelfAttribute("..organization"))
    state = "booked"


class RegistrationFactory(DjangoModelFactory):
    class Meta:
        model = scheduling.Registration

    session = factory.SubFactory(SessionFactory)
    organization = factory.SelfAttribute("session.organization")
    client = factory.SubFactory(ClientFactory, organization=factory.SelfAttribute("..organization"))
    state = RegistrationState.BOOKED
