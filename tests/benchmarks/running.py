"""One run: everything in turn, round by round, so that ratios compare like with like."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks import bookings, server, startup
from tests.benchmarks.data import Made
from tests.benchmarks.load import Load, Result, find_wrk
from tests.benchmarks.pages import (
    YARDSTICKS,
    Page,
    browser,
    counted,
    pages,
    request_for,
    request_of_yardstick,
)
from tests.benchmarks.report import Row

LOOKED_INTO = 40  # bookings of each kind in this process, to count their SQL and time their locks
BOOKING_SHARE = {"spread": 35, "one": 25}  # at least R divided by this
BOOKING_SQL = 20
LOCK_MS = 5.0
TAIL = 3.0
BUSY = 0.5  # of each processor
MEMORY_MB = 150.0
MIGRATE_SECONDS, START_SECONDS = 30.0, 60.0

type Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What shall be measured: all of it, or what has one of these words in its title."""

    words: Sequence[str] = ()

    def __contains__(self, title: str) -> bool:
        return not self.words or any(word.lower() in title.lower() for word in self.words)


@dataclass
class Run:
    """What is measured where, and how often."""

    where: server.Place
    made: Made
    rounds: int
    seconds: float
    batch: int
    load_before: float
    only: Wanted = field(default_factory=Wanted)
    load: Load = field(init=False)
    memory: list[tuple[float, float]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.load = Load(self.where.port, find_wrk())

    def measure(self, groups: Sequence[bookings.Group], say: Say) -> list[Row]:
        """Pages and bookings, against a server of this run."""
        asked = [page for page in pages(self.made) if f"{page.goal} {page.title}" in self.only]
        wanted = [page for page in asked if page.path() is not None]
        self.missing = [page.title for page in asked if page.path() is None]
        requests = {name: request_of_yardstick(name) for name in YARDSTICKS}
        requests |= {page.title: request_for(page) for page in wanted}
        with server.serving(self.where) as web:
            say("warming up")
            for request in requests.values():
                self.load.page(request, 1)
            found: dict[str, list[Result]] = {name: [] for name in requests}
            for number in range(self.rounds):
                say(f"pages, round {number + 1} of {self.rounds}")
                for name, request in requests.items():
                    found[name].append(self.load.page(request, self.seconds))
            rows = [_yardstick(name, found[name]) for name in YARDSTICKS]
            rows += [_page(page, found[page.title], found[page.yardstick]) for page in wanted]
            if groups:
                rows += self._book(groups, say)
            self.memory = server.worker_memory(web)
        return rows

    def _book(self, groups: Sequence[bookings.Group], say: Say) -> list[Row]:
        logins = bookings.log_in()
        inside = {group: bookings.looked_into(group, 0, LOOKED_INTO) for group in groups}
        booked: dict[bookings.Group, list[Result]] = {group: [] for group in groups}
        raw: dict[str, list[float]] = {where: [] for where in bookings.WHERE}
        for number in range(self.rounds + 1):  # the first one warms up
            say(f"bookings, round {number} of {self.rounds}" if number else "bookings, warming up")
            for where, rates in raw.items():
                into_one = where == "one"
                rates.append(
                    bookings.raw(self.where, number, self.seconds, self.made.rows, into_one=into_one)
                )
            for group, results in booked.items():
                batch = group.requests(LOOKED_INTO + number * self.batch, self.batch, logins)
                results.append(self.load.each(batch, expected=(group.status,)))
        rows = [
            Row(goal="R", work=f"raw booking, {_words(where)}", measured=f"{median(rates[1:]):.0f} /s")
            for where, rates in raw.items()
        ]
        rows += [
            _booking(group, results[1:], raw[group.where][1:], inside[group])
            for group, results in booked.items()
        ]
        calls = sum(each.calls_in_transaction for each in inside.values())
        rows.append(_most("G7", "calls to the network while a transaction is open", calls, 0, "", digits=0))
        return rows

    def start(self, migrated: float, data: Path | None, say: Say) -> list[Row]:
        """G14: memory after the load, and the times of starting."""
        pss = max((pss for pss, _rss in self.memory), default=0.0)
        rss = max((rss for _pss, rss in self.memory), default=0.0)
        rows = [
            _most("G14", f"memory of a worker (PSS; RSS {rss:.0f} MB)", pss, MEMORY_MB, " MB", digits=0),
            _most("G14", "migrate from empty", migrated, MIGRATE_SECONDS, " s"),
        ]
        if data is not None:
            say("starting make run on an empty folder")
            took = startup.first_page(data)
            rows.append(_most("G14", "make run to its first page", took, START_SECONDS, " s"))
        return rows

    def notes(self) -> list[str]:
        """What the reader of the table must know."""
        notes = [
            f"Load by {self.load.name}, bookings by the benchmark's own client, on 8 connections.",
            f"{server.WEB_WORKERS} workers; {self.rounds} rounds in turn; {self.made.rows} clients.",
            "Ratios are medians of the rounds' own ratios; only they compare between machines.",
            "SQL leaves out BEGIN and COMMIT; sp are savepoints and their release.",
        ]
        if self.load_before > BUSY * (os.cpu_count() or 1):
            notes.append(
                f"The machine was busy before this began (load {self.load_before:.1f}): other work takes more"
                " from slow pages than from quick ones, so their ratios come out too low."
            )
        if self.missing:
            notes.append(f"No such page yet: {', '.join(self.missing)}.")
        return notes


def _yardstick(name: str, results: Sequence[Result]) -> Row:
    work = {
        "H": "empty view",
        "Q": "one row, no template",
        "B": "twenty rows, two dates each",
        "S": "the same for staff, in the frame of their pages",
    }[name]
    return Row(goal=name, work=work, measured=_rate(results), latency=_latency(results))


def _page(page: Page, results: Sequence[Result], against: Sequence[Result]) -> Row:
    ratio = median(mine.rate / theirs.rate for mine, theirs in zip(results, against, strict=True))
    path = page.path()
    assert path is not None
    count = counted(browser(page.user), path)
    is_few = count.statements == page.queries if page.exactly else count.statements <= page.queries
    return Row(
        goal=page.goal,
        work=page.title,
        measured=_rate(results),
        latency=_latency(results),
        yardstick=f"{page.yardstick} {_rate(against)}",
        ratio=f"{ratio:.2f}",
        wanted=f"≥ {page.share} {page.yardstick}",
        is_kept=ratio >= page.share,
        sql=f"{count} ({'=' if page.exactly else '≤'} {page.queries})",
        sql_kept=is_few,
    )


def _booking(
    group: bookings.Group, results: Sequence[Result], raw: Sequence[float], inside: bookings.Inside
) -> Row:
    share = BOOKING_SHARE[group.where]
    ratio = median(theirs / mine.rate for mine, theirs in zip(results, raw, strict=True))
    return Row(
        goal="G7",
        work=f"{group.kind} booking, {_words(group.where)} (lock p95 {inside.lock_p95:.1f} of {LOCK_MS:.0f} ms)",
        measured=_rate(results),
        latency=_latency(results),
        yardstick=f"R {median(raw):.0f} /s",
        ratio=f"R / {ratio:.0f}",
        wanted=f"≥ R / {share}",
        is_kept=ratio <= share and inside.lock_p95 <= LOCK_MS,
        sql=f"{inside.count} (≤ {BOOKING_SQL})",
        sql_kept=inside.count.statements <= BOOKING_SQL,
    )


def _most(goal: str, work: str, value: float, limit: float, unit: str, *, digits: int = 1) -> Row:
    """A figure that must not pass a limit."""
    return Row(
        goal=goal,
        work=work,
        measured=f"{value:.{digits}f}{unit}",
        wanted=f"≤ {limit:.0f}{unit}",
        is_kept=value <= limit,
    )


def _rate(results: Sequence[Result]) -> str:
    return f"{median(result.rate for result in results):.0f} /s"


def _latency(results: Sequence[Result]) -> str:
    """p50, p99 and their ratio, which G15 holds to 3."""
    middle, tail = median(each.p50 for each in results), median(each.p99 for each in results)
    return f"{middle:.0f} / {tail:.0f}" + (" tail!" if tail > TAIL * middle else "")


def _words(where: str) -> str:
    return "spread over sessions" if where == "spread" else "into one session"
