"""Seats: held, booked, prolonged, lapsed and given back (RULES 3.2, 3.3)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from scheduling.errors import AlreadyRegistered, BookingClosed, SessionIsFull
from scheduling.models import CourseEnrolment, Registration
from scheduling.operations import seats
from scheduling.operations.seats import Wanted
from tests import factories as make

pytestmark = pytest.mark.django_db
DESK = Actor.of_command("test")


def in_minutes(minutes: Any) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


def want(client: Any, session: Any = None, schedule: Any = None, line: Any = None) -> Any:
    return Wanted(
        client=client,
        session=session,
        schedule=schedule,
        line=line or make.CartLineFactory(cart__organization=client.organization),
    )


def hold(*wanted: Any, minutes: Any = 15) -> None:
    organization = wanted[0].client.organization
    seats.hold(by=DESK, organization=organization, wanted=wanted, until=in_minutes(minutes))


def take(*wanted: Any) -> None:
    seats.take(by=DESK, organization=wanted[0].client.organization, wanted=wanted)


def states(session: Any) -> Any:
    return sorted(session.registrations.values_list("state", flat=True))


def taken(session: Any) -> Any:
    session.refresh_from_db()
    return session.seats_taken


@pytest.fixture
def session() -> Any:
    return make.SessionFactory(capacity=2)


@pytest.fixture
def course() -> Any:
    return make.course(capacity=2)


def a_client(thing: Any) -> Any:
    return make.ClientFactory(organization=thing.organization)


def test_a_hold_takes_a_seat_and_a_booking_keeps_it(session: Any) -> None:
    wanted = want(a_client(session), session)
    hold(wanted)
    assert (states(session), taken(session)) == (["held"], 1)
    take(wanted)
    assert (states(session), taken(session)) == (["booked"], 1)


def test_holding_again_prolongs_the_same_hold(session: Any) -> None:
    wanted = want(a_client(session), session)
    hold(wanted, minutes=5)
    hold(wanted, minutes=20)
    row = Registration.objects.get()
    assert row.state == "held"
    assert row.held_until > in_minutes(19)


def test_booking_twice_is_booking_once(course: Any) -> None:
    wanted = want(a_client(course), schedule=course)
    take(wanted)
    take(wanted)
    assert [states(session) for session in course.sessions.all()] == [["booked"]] * 4
    assert CourseEnrolment.objects.count() == 1


def test_two_children_get_two_seats_or_none(session: Any) -> None:
    children = [want(a_client(session), session) for _ in range(2)]
    hold(want(a_client(session), session))
    with pytest.raises(SessionIsFull) as refusal:
        hold(*children)
    assert (refusal.value.left, refusal.value.wanted) == (1, 2)
    assert str(refusal.value) == (
        f"{session.schedule.title} has 1 place left, and you want 2. Nothing was booked."
    )
    assert taken(session) == 1


def test_a_course_takes_every_session_or_none(course: Any) -> None:
    last = course.sessions.order_by("starts_at").last()
    take(want(a_client(course), last), want(a_client(course), last))
    with pytest.raises(SessionIsFull):
        hold(want(a_client(course), schedule=course))
    assert [taken(session) for session in course.sessions.order_by("starts_at")] == [0, 0, 0, 2]
    assert not CourseEnrolment.objects.exists()


def test_a_course_that_has_begun_takes_what_is_still_to_come(course: Any) -> None:
    first = course.sessions.order_by("starts_at").first()
    first.starts_at = timezone.now() - timedelta(hours=1)
    first.save(update_fields=["starts_at"])
    take(want(a_client(course), schedule=course))
    assert [taken(session) for session in course.sessions.order_by("starts_at")] == [0, 1, 1, 1]


def test_four_children_cost_as_many_statements_as_one() -> None:
    course, other = make.course(capacity=9), make.course(capacity=9)
    child = want(a_client(course), schedule=course)
    family = [want(a_client(other), schedule=other) for _ in range(4)]
    with CaptureQueriesContext(connection) as one:
        hold(child)
    with CaptureQueriesContext(connection) as four:
        hold(*family)
    assert len(one) == len(four) == 9


def test_an_overdue_hold_gives_its_seat_to_the_next_who_wants_it(session: Any) -> None:
    hold(want(a_client(session), session), want(a_client(session), session), minutes=-1)
    assert taken(session) == 2
    hold(want(a_client(session), session))
    assert (states(session), taken(session)) == (["held", "lapsed", "lapsed"], 1)


def test_an_overdue_hold_of_a_course_lapses_whole(course: Any) -> None:
    late = want(a_client(course), schedule=course)
    hold(late, minutes=-1)
    take(want(a_client(course), course.sessions.first()))
    assert CourseEnrolment.objects.get().state == "lapsed"
    assert seats.lapse_all_overdue() == 3
    assert [states(s) for s in course.sessions.order_by("pk")] == [["booked", "lapsed"], *[["lapsed"]] * 3]


def test_a_payment_after_the_hold_ran_out_takes_the_seat_anew_where_one_is_free(
    session: Any, course: Any
) -> None:
    single, whole = want(a_client(session), session), want(a_client(course), schedule=course)
    hold(single, minutes=-1)
    hold(whole, minutes=-1)
    assert seats.lapse_all_overdue() == 5
    take(single)
    take(whole)
    assert states(session) == ["booked", "lapsed"]
    assert [states(s) for s in course.sessions.all()] == [["booked", "lapsed"]] * 4
    assert sorted(CourseEnrolment.objects.values_list("state", flat=True)) == ["booked", "lapsed"]


def test_a_payment_after_the_hold_ran_out_is_refused_where_the_class_is_full(session: Any) -> None:
    late = want(a_client(session), session)
    hold(late, minutes=-1)
    take(want(a_client(session), session), want(a_client(session), session))
    with pytest.raises(SessionIsFull):
        take(late)
    assert (states(session), taken(session)) == (["booked", "booked", "lapsed"], 2)


def test_an_overdue_hold_that_nobody_wanted_is_still_booked_by_its_payment(session: Any) -> None:
    late = want(a_client(session), session)
    hold(late, minutes=-1)
    take(late)
    assert (states(session), taken(session)) == (["booked"], 1)


def test_nobody_has_two_places_in_one_session(session: Any, course: Any) -> None:
    someone, other = a_client(session), a_client(course)
    hold(want(someone, session))
    with pytest.raises(AlreadyRegistered) as refusal:
        hold(want(someone, session))
    assert str(refusal.value) == f"{someone.short_name} already has a place in {session.schedule.title}."
    hold(want(other, schedule=course))
    with pytest.raises(AlreadyRegistered):
        hold(want(other, schedule=course))


def test_a_course_leaves_a_single_place_of_the_same_child_as_it_is(course: Any) -> None:
    child, first = a_client(course), course.sessions.order_by("pk").first()
    take(want(child, first))
    take(want(child, schedule=course))
    assert [taken(session) for session in course.sessions.order_by("pk")] == [1, 1, 1, 1]


def test_a_cancelled_session_cannot_be_booked(session: Any) -> None:
    session.cancelled_at = timezone.now()
    session.save(update_fields=["cancelled_at"])
    with pytest.raises(BookingClosed):
        hold(want(a_client(session), session))


def test_released_and_cancelled_seats_are_free_again(session: Any, course: Any) -> None:
    held, booked = want(a_client(session), session), want(a_client(course), schedule=course)
    hold(held)
    take(booked)
    seats.release(by=DESK, lines=[held.line, booked.line])
    assert (states(session), taken(session)) == (["lapsed"], 0)
    assert [taken(s) for s in course.sessions.all()] == [1, 1, 1, 1]
    seats.cancel(by=DESK, lines=[held.line, booked.line])
    assert [(states(s), taken(s)) for s in course.sessions.all()] == [(["cancelled"], 0)] * 4
    assert CourseEnrolment.objects.get().state == "cancelled"


def test_extra_seats_count(session: Any) -> None:
    session.extra_seats = 1
    session.save(update_fields=["extra_seats"])
    take(*[want(a_client(session), session) for _ in range(3)])
    assert taken(session) == 3


def test_the_database_itself_refuses_one_too_many_and_a_second_active_place(session: Any) -> None:
    someone = a_client(session)
    make.RegistrationFactory(session=session, client=someone)
    with pytest.raises(IntegrityError, match="registration_active_once"), transaction.atomic():
        make.RegistrationFactory(session=session, client=someone)
    make.RegistrationFactory(session=session)
    with pytest.raises(IntegrityError, match="session_not_overfull"), transaction.atomic():
        make.RegistrationFactory(session=session)
    session.seats_taken = 0
    with pytest.raises(IntegrityError, match="never written"), transaction.atomic():
        session.save(update_fields=["seats_taken"])
