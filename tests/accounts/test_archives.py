"""Writing a copy of what is held: three forms of the same rows, streamed, and safe to open."""

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest

from accounts import archives, spreadsheets
from accounts.activity import device_of
from accounts.exporting import Column, ExportPart, Scope, columns
from accounts.models import Account, Member
from accounts.money import Money
from tests.relationships.copies import unpack

READER = Member(pk=7, given_name="Amara", family_name="Okafor")


def scope() -> Scope:
    return Scope(
        reader=READER,
        account=Account(name="Okafor family"),
        whole=frozenset({7}),
        names={7: "Amara <b>Okafor</b>"},
    )


def part(rows: Any, **more: Any) -> ExportPart:
    shown = (
        Column(key="state", title="State", choices={"open": "Open to all"}),
        *columns(what="What", many="Many"),
    )
    return ExportPart(
        key="things",
        order=1,
        title="Things",
        about="All of them",
        columns=shown,
        rows=rows,
        models=(),
        **more,
    )


def test_the_same_rows_are_read_by_people_and_by_machines() -> None:
    rows = [
        {"state": "open", "what": Money(-4200, "CAD"), "many": [date(2026, 2, 3)]},
        {"state": "shut", "what": datetime(2026, 2, 3, 4, 5, tzinfo=UTC), "many": [True, "<i>"]},
    ]
    out, told = BytesIO(), list[tuple[int, int]]()

    archives.write(scope(), out, [part(lambda _scope: rows)], lambda done, total: told.append((done, total)))

    copy = unpack(out.getvalue())
    assert list(copy.files) == ["csv/things.csv", "data.json", "index.html"]
    assert copy.parts["things"] == [
        {"state": "open", "what": {"amount": "-42.00", "currency": "CAD"}, "many": ["2026-02-03"]},
        {"state": "shut", "what": "2026-02-03T04:05:00+00:00", "many": [True, "<i>"]},
    ]
    assert copy.table("things") == [
        {"state": "open", "what": "-42.00 CAD", "many": "2026-02-03"},
        {"state": "shut", "what": "2026-02-03T04:05:00+00:00", "many": "yes; <i>"},
    ]
    page = copy.files["index.html"].decode()
    shown = (
        "Open to all",
        "−CA$42.00",
        "February 3, 2026",
        "Yes, &lt;i&gt;",
        "Amara &lt;b&gt;Okafor&lt;/b&gt;",
    )
    assert [text for text in shown if text not in page] == []
    assert [text for text in ("<i>", "<b>", "<script", "src=", "url(") if text in page] == []
    assert told == [(1, 2), (2, 2)]


def test_what_there_is_nothing_of_is_said() -> None:
    out = BytesIO()

    archives.write(scope(), out, [part(lambda _scope: [])], lambda done, total: None)

    copy = unpack(out.getvalue())
    assert (copy.parts["things"], copy.table("things")) == ([], [])
    assert "Nothing is held." in copy.files["index.html"].decode()


def test_a_hundred_thousand_rows_go_by_without_being_held() -> None:
    held = 0

    def rows(_scope: Scope) -> Any:
        nonlocal held
        for number in range(100_000):
            held = number
            yield {"state": "open", "what": f"thing {number}", "many": []}

    out = _Counting()
    archives.write(scope(), out, [part(rows)], lambda done, total: None)

    assert held == 99_999
    assert out.largest < 2_000_000  # compressed pieces go out as they come


class _Counting(BytesIO):
    largest = 0

    def write(self, data: Any) -> int:
        self.largest = max(self.largest, len(data))
        return super().write(data)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("+1 (cmd)", "'+1 (cmd)"),
        ("\tx", "'\tx"),
        ("+14165550111", "+14165550111"),
        ("-42.00", "-42.00"),
        ("Zoë", "Zoë"),
        (None, ""),
        (7, "7"),
    ],
)
def test_no_cell_begins_a_formula(value: Any, cell: str) -> None:
    assert spreadsheets.safe_cell(value) == cell


def test_a_device_is_told_by_browser_and_system() -> None:
    agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
        "curl/8.0",
        "",
    ]

    assert [device_of(agent) for agent in agents] == ["Firefox, Windows", "Safari, iPhone", "", ""]
