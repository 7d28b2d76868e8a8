"""``make bench``: measure every goal beside its yardstick and print the table (docs/performance.md)."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.benchmarks import server


def main() -> None:
    """Prepare a place of its own, measure, print, and clear it away."""
    options = _options()
    data = Path(tempfile.mkdtemp(prefix="kinroll-bench-"))
    (data / "demo-created").touch()  # the benchmarks make their own data
    try:
        with server.place(data) as where:
            os.environ.update(where.environment)
            missed = _measure(options, where)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    sys.exit(1 if missed and options.strict else 0)


def _measure(options: argparse.Namespace, where: server.Place) -> bool:
    began, load_before = time.monotonic(), os.getloadavg()[0]
    _say("preparing an empty database")
    migrated = server.command(where, "manage.py", "migrate", "--verbosity", "0")
    server.command(where, "-m", "config.prepare")
    django.setup()
    from tests.benchmarks import bookings, data, report, rights, running

    _say(f"making {options.rows} clients and what they book, and {options.accounts} accounts elsewhere")
    made = data.make(options.rows, options.accounts)
    wanted = running.Wanted(options.only)
    groups = []
    if "bookings" in wanted:
        groups = bookings.make(options.bookings * (options.rounds + 1) + running.LOOKED_INTO)
    data.tidy()
    run = running.Run(where, made, options.rounds, options.seconds, options.bookings, load_before, wanted)
    rows = run.measure(groups, _say)
    if "rights" in wanted:
        rows += rights.measure()
    if "start" in wanted:
        rows += run.start(migrated, None if options.no_start else where.data / "start", _say)
    report.show(rows, [*run.notes(), f"All of it took {time.monotonic() - began:.0f} s."])
    return any(row.is_missed for row in rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="clients to measure with (10000)")
    parser.add_argument(
        "--accounts", type=int, default=100_000, help="accounts of the larger of two lists (100000)"
    )
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 9), help="rounds in turn (5)")
    parser.add_argument("--seconds", type=float, default=3, help="load on each page in each round (3)")
    parser.add_argument("--bookings", type=int, default=80, help="bookings of each kind in each round (80)")
    parser.add_argument("--no-start", action="store_true", help="leave out how long make run takes to start")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="WORD",
        help="pages of these titles or goals, and bookings, rights or start where named (everything)",
    )
    parser.add_argument("--strict", action="store_true", help="fail when a goal is missed")
    options = parser.parse_args()
    options.rows = max(5_000, options.rows // 100 * 100)
    return options


def _say(text: str) -> None:
    print(f"bench | {text}", flush=True)  # noqa: T201  (a command)


if __name__ == "__main__":
    main()
