"""Checking in, taking it back, staying away."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent
from accounts.permissions import BUILT_IN, Permission
from clients.models import Client
from scheduling.errors import NotBooked
from scheduling.operations import attendance
from tests import factories as make
from tests.cast import Cast


def actor(staff: Any, role: Any = "front-desk") -> Any:
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=staff.organization,
        permissions=BUILT_IN[role],
    )


@pytest.fixture
def place(cast: Cast) -> Any:
    session = make.session_today(cast.organization)
    return make.RegistrationFactory(session=session, client=cast.client(cast.child))


def test_checking_in_marks_who_is_here_once_and_by_whom(cast: Cast, place: Any) -> None:
    for _ in range(2):
        attendance.check_in(by=actor(cast.front_desk), registration=place)
    place.refresh_from_db()
    assert (place.state, place.checked_in_by) == ("attended", cast.front_desk)
    assert place.checked_in_at is not None
    assert AuditEvent.objects.filter(action="scheduling.marked_attended").count() == 1


def test_a_lead_who_is_checked_in_becomes_a_client(cast: Cast, place: Any) -> None:
    Client.objects.filter(pk=place.client.pk).update(status="lead")
    place.client.refresh_from_db()
    attendance.check_in(by=actor(cast.front_desk), registration=place)
    assert Client.objects.get(pk=place.client.pk).status == "active"


def test_a_check_in_can_be_taken_back_and_somebody_marked_away(cast: Cast, place: Any) -> None:
    by = actor(cast.front_desk)
    attendance.check_in(by=by, registration=place)
    attendance.undo_check_in(by=by, registration=place)
    place.refresh_from_db()
    assert (place.state, place.checked_in_at, place.checked_in_by) == ("booked", None, None)
    attendance.mark_no_show(by=by, registration=place)
    place.refresh_from_db()
    place.session.refresh_from_db()
    assert (place.state, place.session.seats_taken) == ("no_show", 1)


@pytest.mark.parametrize("state", ["lapsed", "cancelled", "late_cancelled", "waitlisted"])
def test_only_a_booked_place_can_be_checked_in(cast: Cast, place: Any, state: Any) -> None:
    type(place).objects.filter(pk=place.pk).update(state=state)
    with pytest.raises(NotBooked):
        attendance.check_in(by=actor(cast.front_desk), registration=place)


def test_it_takes_the_permission_at_this_organization(cast: Cast, place: Any) -> None:
    with pytest.raises(NotAllowed):
        attendance.check_in(by=actor(cast.administrator, "bookkeeper"), registration=place)
    with pytest.raises(NotAllowed):
        attendance.check_in(by=actor(cast.rival_administrator, "administrator"), registration=place)
    place.refresh_from_db()
    assert place.state == "booked"
    assert Permission.ROSTER_CHECK_IN not in BUILT_IN["bookkeeper"]
