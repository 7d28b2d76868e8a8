"""Many want the last seats at once, on real connections (RULES 3.2, 3.3, 3.9; G8)."""

import os

import pytest

from scheduling.models import CourseEnrolment, Registration
from scheduling.operations import seats
from scheduling.operations.seats import Wanted
from tests import factories as make
from tests.scheduling import races
from tests.scheduling.races import Outcome

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

ROUNDS = int(os.environ.get("KINROLL_RACE_ROUNDS", "200"))


def test_fifty_want_the_last_five_seats_and_exactly_five_get_one() -> None:
    session = make.SessionFactory(capacity=12)
    for _ in range(7):
        make.RegistrationFactory(session=session)
    outcome = races.race([races.holding(wanted) for wanted in races.wants(session, 50)])
    assert outcome == Outcome(won=5, full=45, by_database=0, others=())
    session.refresh_from_db()
    assert session.seats_taken == 12
    assert races.books_agree()


def test_two_staff_and_a_family_of_three_want_four_seats_at_once() -> None:
    session = make.SessionFactory(capacity=4)
    family = races.wants(session, 1, each=3)[0]
    desks = races.wants(session, 2)
    outcome = races.race([races.holding(family), races.taking(desks[0]), races.taking(desks[1])])
    assert outcome.others == ()
    assert (outcome.won, outcome.full, outcome.by_database) == (2, 1, 0)
    assert races.books_agree()
    family_seats = Registration.objects.filter(cart_line__in=[want.line for want in family]).count()
    assert family_seats in (0, 3)


def test_holds_that_run_out_meanwhile_are_given_out_once() -> None:
    session = make.SessionFactory(capacity=5)
    for wanted in races.wants(session, 5):
        races.holding(wanted, minutes=-1)()
    attempts = [races.holding(wanted) for wanted in races.wants(session, 20)]
    outcome = races.race([*attempts, seats.lapse_all_overdue, seats.lapse_all_overdue])
    assert outcome == Outcome(won=5 + 2, full=15, by_database=0, others=())
    states = sorted(session.registrations.values_list("state", flat=True))
    assert states == ["held"] * 5 + ["lapsed"] * 5
    assert races.books_agree()


def test_late_payments_and_new_buyers_share_the_seats_without_doubling_one() -> None:
    session = make.SessionFactory(capacity=3)
    late = races.wants(session, 3)
    for wanted in late:
        races.holding(wanted, minutes=-1)()
    attempts = [races.taking(wanted) for wanted in late] + [races.holding(w) for w in races.wants(session, 6)]
    outcome = races.race([*attempts, seats.lapse_all_overdue])
    assert (outcome.won, outcome.full, outcome.by_database, outcome.others) == (3 + 1, 6, 0, ())
    assert races.books_agree()


def test_whole_courses_and_single_sessions_do_not_wait_for_each_other_in_a_circle() -> None:
    course = make.course(capacity=6)
    sessions = list(course.sessions.order_by("-pk"))
    attempts = [races.holding(wanted) for wanted in races.wants(course, 8)]
    for session in sessions:
        attempts += [races.taking(wanted) for wanted in races.wants(session, 3)]
    both = races.wants(sessions[0], 1)[0] + races.wants(sessions[-1], 1)[0]
    attempts.append(races.taking(both))
    outcome = races.race([*attempts, seats.lapse_all_overdue])
    assert outcome.others == ()
    assert outcome.by_database == 0
    assert races.books_agree()
    for enrolment in CourseEnrolment.objects.all():
        assert enrolment.registrations.count() == len(sessions)


def test_the_same_child_is_booked_once_by_two_parents_at_once() -> None:
    session = make.SessionFactory(capacity=5)
    [mother], [father] = races.wants(session, 2)
    same = Wanted(client=mother.client, line=father.line, session=session)
    outcome = races.race([races.holding([mother]), races.holding([same])])
    assert (outcome.won, [type(error).__name__ for error in outcome.others]) == (1, ["AlreadyRegistered"])
    assert races.books_agree()


def test_forty_buyers_and_ten_places_in_many_rounds() -> None:
    game = races.FortyForTen()
    for _ in range(ROUNDS):
        assert game.round() == Outcome(won=10, full=30, by_database=0, others=())
        assert races.books_agree()


def test_without_the_lock_the_same_race_is_lost() -> None:
    game = races.FortyForTen()
    with races.without_the_lock():
        outcomes = [game.round() for _ in range(20)]
    kept = outcomes.count(Outcome(won=10, full=30, by_database=0, others=()))
    assert kept <= 1
    assert max(outcome.won for outcome in outcomes) <= 10  # the CHECK still stands behind
