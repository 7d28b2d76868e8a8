"""``manage.py import_programs``: a published file becomes courses and sessions (issue: Parts to name)."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import Product
from scheduling.enums import Bookable
from scheduling.models import Location, Room, Schedule, Service, Session
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLE = Path("scheduling/demo/toronto-registered-programs.csv")
HEADER = SAMPLE.read_text().splitlines()[0]


def row(
    key: Any,
    title: Any = "Painting",
    days: Any = "Mon",
    period: Any = "Apr-13-2026 to Jun-15-2026",
    **other: Any,
) -> Any:
    cells = {
        "_id": "1",
        "Course_ID": str(key),
        "Location ID": "7",
        "Location Name": "",
        "Section": "Arts",
        "Activity Title": f"{title} - Child",
        "Course Title": title,
        "Days of The Week": f'"{days}"',
        "From To": period,
        "Start Hour": "9",
        "Start Min": "45",
        "End Hour": "11",
        "End Min": "15",
        "Min Age": "72",
        "Max Age": "None",
        "Program Category": "Arts",
        "Registration Date": "2026-03-02",
        "Status / Information": "This course has started",
    } | {name.replace("_", " "): value for name, value in other.items()}
    return ",".join(cells[name] for name in HEADER.split(","))


@pytest.fixture
def organization() -> Any:
    return make.OrganizationFactory(slug="centre", time_zone="America/Toronto")


@pytest.fixture
def load(organization: Any, tmp_path: Any, capsys: Any) -> Any:
    """Import rows (or a whole file) and return the printed lines."""

    def run(
        *rows: Any,
        text: Any = None,
        encoding: Any = "utf-8",
        end: Any = "\n",
        path: Any = None,
        **options: Any,
    ) -> Any:
        if path is None:
            path = tmp_path / "programs.csv"
            body = text if text is not None else end.join([HEADER, *rows, ""])
            path.write_bytes(body.encode(encoding))
        call_command("import_programs", path, organization="centre", **options)
        return capsys.readouterr().out.splitlines()

    return run


def test_the_published_file_becomes_courses_and_a_second_run_changes_nothing(
    load: Any, organization: Any
) -> None:
    first = load(path=SAMPLE, price="96.00", capacity=9)
    assert first[0] == "line 2: created 129515 Painting"
    assert first[-1] == "53 created, 0 updated, 0 unchanged, 0 skipped"
    assert len(first) == 54
    before = list(Session.objects.order_by("pk").values_list("pk", "starts_at", "version"))
    second = load(path=SAMPLE, price="96.00", capacity=9)
    assert second[-1] == "0 created, 0 updated, 53 unchanged, 0 skipped"
    assert before == list(Session.objects.order_by("pk").values_list("pk", "starts_at", "version"))
    painting = Schedule.objects.get(source_key="129515")
    assert (painting.title, painting.weekdays, painting.capacity) == ("Painting", [0], 9)
    assert (painting.starts_on, painting.ends_on) == (date(2026, 4, 13), date(2026, 6, 15))
    assert (painting.start_time, painting.end_time) == (time(9, 45), time(11, 15))
    assert (painting.age_min_months, painting.age_max_months) == (720, None)
    assert painting.booking_opens_at == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert painting.sessions.count() == 10
    assert painting.service.title == "Painting - Older Adult"
    assert painting.course_fee is not None
    assert painting.room is not None
    assert (painting.course_fee.price_minor, Product.objects.count()) == (9600, 1)
    assert painting.room.location.name == "Location 7"
    assert (Location.objects.count(), Room.objects.count()) == (1, 1)


def test_a_course_that_is_not_presently_available_is_created_and_not_bookable(load: Any) -> None:
    load(
        row(
            1, **{"Status_/_Information": "This course is not presently available for Internet Registration."}
        ),
        row(2),
    )
    states = dict(Schedule.objects.values_list("source_key", "bookable"))
    assert states == {"1": Bookable.CLOSED, "2": Bookable.OPEN}


def test_several_weekdays_make_a_session_each(load: Any) -> None:
    load(row(1, days="Mon,Tue,Wed,Thu,Fri", period="Jul-06-2026 to Jul-10-2026"))
    days = [at.date() for at in Session.objects.order_by("starts_at").values_list("starts_at", flat=True)]
    assert days == [date(2026, 7, day) for day in range(6, 11)]


def test_sessions_keep_their_wall_time_when_the_clocks_change(load: Any) -> None:
    load(
        row(1, "Spring", days="Sun", period="Mar-01-2026 to Mar-15-2026"),
        row(2, "Autumn", days="Sun", period="Oct-25-2026 to Nov-08-2026"),
        row(3, "In the hour that is skipped", days="Sun", period="Mar-08-2026 to Mar-08-2026", **EARLY),
        row(4, "In the hour that comes twice", days="Sun", period="Nov-01-2026 to Nov-01-2026", **NIGHT),
    )
    starts = {
        title: [f"{at:%d %H:%M}" for at in _starts(title)]
        for title in Schedule.objects.values_list("title", flat=True)
    }
    assert starts == {
        "Spring": ["01 14:45", "08 13:45", "15 13:45"],
        "Autumn": ["25 13:45", "01 14:45", "08 14:45"],
        "In the hour that is skipped": ["08 07:30"],  # 3:30 am, summer time
        "In the hour that comes twice": ["01 05:30"],  # the first of the two
    }


EARLY = {"Start_Hour": "2", "Start_Min": "30", "End_Hour": "4", "End_Min": "0"}
NIGHT = {"Start_Hour": "1", "Start_Min": "30", "End_Hour": "4", "End_Min": "0"}


def _starts(title: Any) -> Any:
    return (
        Session.objects.filter(schedule__title=title)
        .order_by("starts_at")
        .values_list("starts_at", flat=True)
    )


def test_begin_on_moves_the_whole_file_by_whole_weeks(load: Any) -> None:
    load(
        row(1, period="Apr-13-2026 to Jun-15-2026"),
        row(2, days="Wed", period="Apr-22-2026 to May-27-2026"),
        begin_on=date(2026, 11, 24),
    )
    assert dict(Schedule.objects.values_list("source_key", "starts_on")) == {
        "1": date(2026, 11, 30),
        "2": date(2026, 12, 9),
    }
    moved = Schedule.objects.get(source_key="1")
    assert moved.ends_on == date(2026, 6, 15) + timedelta(weeks=33)
    assert moved.booking_opens_at == datetime(2026, 10, 19, 4, tzinfo=UTC)
    assert load(row(1), row(2, days="Wed", period="Apr-22-2026 to May-27-2026"), begin_on=date(2026, 11, 24))[
        -1
    ] == ("0 created, 0 updated, 2 unchanged, 0 skipped")


def test_bad_rows_are_skipped_with_line_and_reason_and_the_others_stand(load: Any) -> None:
    lines = load(
        row(1),
        row(2, days="Someday"),
        row(3, period="Apr-31-2026 to Jun-15-2026"),
        row(4, period="Jun-15-2026 to Apr-13-2026"),
        row(5, period="2026-04-13"),
        row(6, Start_Hour="25"),
        row(7, End_Hour="9", End_Min="30"),
        row(8, Min_Age="six"),
        row(9, Min_Age="72", Max_Age="60"),
        row(10, title=""),
        row(1, title="Again"),
        "too,few,cells",
        row(11, days="Tue", period="Apr-13-2026 to Apr-13-2026"),
        row(12, Registration_Date="soon"),
        "",
        row(13),
    )
    assert lines == [
        "line 2: created 1 Painting",
        "line 3: skipped 2: Days of The Week 'Someday' is not like 'Mon,Wed'",
        "line 4: skipped 3: From To 'Apr-31-2026 to Jun-15-2026' names a day that does not exist",
        "line 5: skipped 4: From To 'Jun-15-2026 to Apr-13-2026' ends before it starts",
        "line 6: skipped 5: From To '2026-04-13' is not like 'Apr-13-2026 to Jun-15-2026'",
        "line 7: skipped 6: Start 25:45 is not a time of day",
        "line 8: skipped 7: it ends at 09:30, before it starts at 09:45",
        "line 9: skipped 8: Min Age 'six' is not a number of months",
        "line 10: skipped 9: Max Age 60 is less than Min Age 72",
        "line 11: skipped 10: Course Title is empty",
        "line 12: skipped 1: Course_ID 1 stands already on line 2",
        "line 13: skipped: it has 3 cells, and the first line names 18",
        "line 14: skipped 11: no Tue lies in Apr-13-2026 to Apr-13-2026",
        "line 15: skipped 12: Registration Date 'soon' is not like '2026-03-02'",
        "line 17: created 13 Painting",
        "2 created, 0 updated, 0 unchanged, 13 skipped",
    ]
    assert sorted(Schedule.objects.values_list("source_key", flat=True)) == ["1", "13"]


def test_a_changed_row_moves_its_sessions_and_grows_the_version(load: Any) -> None:
    load(row(1), row(2))
    kept = Schedule.objects.get(source_key="1").sessions.order_by("starts_at").earliest("starts_at")
    lines = load(row(1, title="Oils", period="Apr-13-2026 to Jun-22-2026"), row(2))
    assert lines == [
        "line 2: updated 1 Oils",
        "line 3: unchanged 2 Painting",
        "0 created, 1 updated, 1 unchanged, 0 skipped",
    ]
    changed = Schedule.objects.get(source_key="1")
    assert (changed.version, changed.sessions.count()) == (2, 11)
    assert changed.sessions.get(pk=kept.pk).version == 2
    assert Service.objects.count() == 2


def test_a_booked_session_is_never_moved_by_an_import(load: Any) -> None:
    load(row(1), row(2))
    booked = Schedule.objects.get(source_key="1").sessions.earliest("starts_at")
    make.RegistrationFactory(session=booked)
    lines = load(row(1, Start_Hour="10"), row(2, Start_Hour="10"))
    assert lines == [
        "line 2: skipped 1: 1 of its sessions moved or went, and have bookings: change them by hand",
        "line 3: updated 2 Painting",
        "0 created, 1 updated, 0 unchanged, 1 skipped",
    ]
    booked.refresh_from_db()
    assert Schedule.objects.get(source_key="1").start_time == time(9, 45)
    assert booked.starts_at == datetime(2026, 4, 13, 13, 45, tzinfo=UTC)


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("latin-1", "\r\n")])
def test_marks_line_ends_and_latin_1_are_read(load: Any, encoding: Any, end: Any) -> None:
    lines = load(row(1, title="Café"), row(2), encoding=encoding, end=end)
    assert lines == [
        "line 2: created 1 Café",
        "line 3: created 2 Painting",
        "2 created, 0 updated, 0 unchanged, 0 skipped",
    ]


def test_a_file_without_a_column_or_an_unknown_organization_is_refused_before_anything_is_written(
    load: Any,
) -> None:
    with pytest.raises(CommandError, match=r"The file has no column 'Min Age', 'Max Age'\. Its first line"):
        load(text=HEADER.replace("Min Age,Max Age,", "") + "\n")
    with pytest.raises(CommandError, match="The file has no column 'Course_ID'"):
        load(text="")
    with pytest.raises(CommandError, match="No such file"):
        load(path=Path("nowhere.csv"))
    with pytest.raises(CommandError, match="There is no organisation 'nobody'"):
        call_command("import_programs", SAMPLE, organization="nobody")
    assert not Schedule.objects.exists()


def test_the_same_course_id_at_two_organizations_is_two_courses(load: Any) -> None:
    load(row(1))
    make.OrganizationFactory(slug="other")
    call_command("import_programs", SAMPLE, organization="other")
    assert Schedule.objects.count() == 54


def test_a_file_of_many_batches_is_read_to_its_end(load: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scheduling.flows.ROWS_AT_ONCE", 2)
    lines = load(*[row(n) for n in range(1, 8)], row(8, days="x"), row(9))
    assert lines[-1] == "8 created, 0 updated, 0 unchanged, 1 skipped"
    assert [line.split()[1] for line in lines[:-1]] == [f"{n}:" for n in range(2, 11)]
