"""The live schedule, the roster and checking in, as staff see them."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from clients.models import Client
from scheduling import board
from scheduling.enums import RegistrationState
from scheduling.models import Registration, Session
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db

TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def session(cast: Cast) -> Session:
    opened: Session = make.SessionFactory(
        schedule__service__organization=cast.organization, starts_at=timezone.now() + timedelta(minutes=10)
    )
    return opened


@pytest.fixture
def booked(cast: Cast, session: Session) -> Registration:
    registration: Registration = make.RegistrationFactory(
        session=session, client=cast.client(cast.child), state=RegistrationState.BOOKED
    )
    return registration


def url(name: str, cast: Cast, session: Session, client: Client | None = None) -> str:
    args: list[Any] = [cast.organization.slug, session.code]
    return reverse(f"staff:{name}", args=[*args, client.number] if client else args)


def test_the_open_class_leads_to_the_clients_profile(web: Web, cast: Cast, booked: Registration) -> None:
    page = web.as_(cast.instructor).get(url("session", cast, booked.session))
    profile = reverse("staff:client", args=[cast.organization.slug, booked.client.number])
    assert f'href="{profile}"' in page.text


def test_a_starred_memo_shows_on_the_roster_and_a_plain_one_does_not(
    web: Web, cast: Cast, booked: Registration
) -> None:
    make.MemoFactory(client=booked.client, text="Prefers texts before nine")
    page = web.as_(cast.instructor).get(url("session", cast, booked.session))
    assert cast.memo.text in page.text
    assert "Prefers texts" not in page.text


def test_a_missing_waiver_is_named_until_it_is_signed(web: Web, cast: Cast, booked: Registration) -> None:
    required = make.RequirementFactory(
        document=make.DocumentFactory(organization=cast.organization, title="Pool rules"),
        is_for_everyone=True,
    )
    version = make.DocumentVersionFactory(document=required.document)
    browser = web.as_(cast.instructor)
    before = browser.get(url("session", cast, booked.session)).text
    make.SignatureFactory(version=version, client=booked.client, signer=cast.owner)
    after = browser.get(url("session", cast, booked.session)).text
    assert [("Not signed" in page, "Pool rules" in page) for page in (before, after)] == [
        (True, True),
        (False, False),
    ]


def test_checking_in_twice_counts_once_and_is_in_the_audit(
    web: Web, cast: Cast, booked: Registration
) -> None:
    browser = web.as_(cast.instructor)
    for _ in range(2):
        browser.post(url("check_in", cast, booked.session, booked.client))
    booked.refresh_from_db()
    assert (booked.state, booked.checked_in_by) == (RegistrationState.ATTENDED, cast.instructor)
    assert AuditEvent.objects.filter(target_type="scheduling.registration", target_id=booked.pk).count() == 1


def test_undo_puts_the_client_back_among_those_still_to_come(
    web: Web, cast: Cast, booked: Registration
) -> None:
    browser = web.as_(cast.instructor)
    browser.post(url("check_in", cast, booked.session, booked.client))
    browser.post(url("undo_check_in", cast, booked.session, booked.client))
    booked.refresh_from_db()
    assert (booked.state, booked.checked_in_at) == (RegistrationState.BOOKED, None)


def test_another_organisations_staff_find_no_such_class(web: Web, cast: Cast, booked: Registration) -> None:
    rival = web.as_(cast.rival_administrator)
    across = reverse("staff:session", args=[cast.rival.slug, booked.session.code])
    assert (rival.get(url("session", cast, booked.session)).status, rival.get(across).status) == (404, 404)


def test_an_instructor_sees_no_money_on_the_roster(web: Web, cast: Cast, booked: Registration) -> None:
    place = url("session", cast, booked.session)
    seen = {
        who.name: "Not billed" in web.as_(who).get(place).text for who in (cast.instructor, cast.front_desk)
    }
    assert seen == {cast.instructor.name: False, cast.front_desk.name: True}


@pytest.mark.parametrize("layout", ["room", "time", "coach"])
def test_the_day_shows_in_each_layout(web: Web, cast: Cast, booked: Registration, layout: str) -> None:
    day = booked.session.starts_at.astimezone(TORONTO).date()
    page = web.as_(cast.instructor).get(
        reverse("staff:today", args=[cast.organization.slug]) + f"?day={day}&by={layout}"
    )
    assert booked.session.schedule.title in page.text


def test_a_bigger_roster_costs_no_more_queries(
    web: Web, cast: Cast, session: Session, django_assert_num_queries: Any
) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=60)
    requirement = make.RequirementFactory(
        document=make.DocumentFactory(organization=cast.organization),
        is_for_everyone=True,
    )
    make.DocumentVersionFactory(document=requirement.document)
    browser = web.as_(cast.front_desk)
    browser.get(url("session", cast, session))
    counts = []
    for size in (1, 30):
        for _ in range(size):
            client = make.ClientFactory(organization=cast.organization)
            make.RegistrationFactory(session=session, client=client, state=RegistrationState.BOOKED)
        with django_assert_num_queries(20, exact=False) as seen:
            browser.get(url("session", cast, session))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def lay_out(day: date, *hours: tuple[int, int, int]) -> board.Board:
    """A board of unsaved sessions: (hour, minute, minutes long) each, in one room."""
    organization = make.OrganizationFactory.build()
    schedule = make.ScheduleFactory.build(organization=organization)
    sessions = [
        Session(
            pk=n,
            schedule=schedule,
            starts_at=datetime(day.year, day.month, day.day, hour, minute, tzinfo=TORONTO),
            ends_at=datetime(day.year, day.month, day.day, hour, minute, tzinfo=TORONTO)
            + timedelta(minutes=lasts),
        )
        for n, (hour, minute, lasts) in enumerate(hours, start=1)
    ]
    now = datetime(day.year, day.month, day.day, 9, 20, tzinfo=TORONTO)
    return board.lay_out(sessions, organization=organization, day=day, now=now)


def test_tiles_stand_at_their_quarter_hour_and_share_a_column_when_they_overlap() -> None:
    made = lay_out(date(2026, 11, 19), (9, 10, 45), (9, 30, 45), (10, 30, 60))
    assert [(t.at, t.length, t.lane, t.lanes) for t in made.tiles] == [
        (0, 4, 1, 2),
        (2, 3, 2, 2),
        (6, 4, 1, 1),
    ]
    assert (made.now_at, made.now_minute) == (1, 5)


def test_a_class_in_the_night_the_clocks_go_back_keeps_its_length() -> None:
    made = lay_out(date(2026, 11, 1), (0, 30, 120))
    assert [(t.at, t.length) for t in made.tiles] == [(0, 8)]


def test_a_long_pause_of_the_day_is_folded_to_half_an_hour() -> None:
    made = lay_out(date(2026, 11, 19), (9, 0, 60), (15, 0, 60))
    assert [tile.at for tile in made.tiles] == [0, 6]
    assert [(at, until.hour) for at, until in made.pauses] == [(4, 15)]
    assert [(at, hour.hour, hour.minute) for at, hour in made.hours] == [
        (0, 9, 0),
        (2, 9, 30),
        (6, 15, 0),
        (8, 15, 30),
        (10, 16, 0),
    ]
