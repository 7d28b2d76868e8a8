"""Long work of scheduling, in steps that are each safe to repeat."""

from collections.abc import Iterator
from datetime import date
from itertools import batched
from pathlib import Path

from django.db import Error, connection

from accounts.actors import Actor
from accounts.models import Organization
from scheduling import importing
from scheduling.importing import Outcome, Program, RowUnusable, Skipped
from scheduling.operations import programs
from scheduling.operations.programs import Terms

ROWS_AT_ONCE = 500

type Ended = tuple[Outcome, Program | Skipped]


def import_programs(
    *, by: Actor, organization: Organization, path: Path, terms: Terms, begin_on: date | None = None
) -> Iterator[Ended]:
    """Read a published file of programs; how each row ended, in the file's order.

    Each batch of rows is one transaction; where one fails, its rows are written one by one, so that a bad
    row loses nothing but itself. ``begin_on`` moves the whole file by whole weeks, so that its earliest
    course begins on that day or within the six after it. Raises FileUnusable before anything is written.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an import commits batch by batch: not inside a transaction")
    weeks = 0
    earliest = importing.earliest_start(path) if begin_on else None
    if begin_on and earliest:
        weeks = importing.weeks_to_move(earliest, begin_on)
    with importing.opened(path) as rows:
        for batch in batched(importing.programs(rows), ROWS_AT_ONCE):
            moved = [each.moved(weeks) if isinstance(each, Program) else each for each in batch]
            read = [each for each in moved if isinstance(each, Program)]
            ended = _write(by, organization, read, terms)
            for each in moved:
                yield (Outcome.SKIPPED, each) if isinstance(each, Skipped) else next(ended)


def _write(by: Actor, organization: Organization, batch: list[Program], terms: Terms) -> Iterator[Ended]:
    try:
        outcomes = programs.write(by=by, organization=organization, programs=batch, terms=terms)
    except (Error, RowUnusable):
        return iter([_write_one(by, organization, program, terms) for program in batch])
    return iter(list(zip(outcomes, batch, strict=True)))


def _write_one(by: Actor, organization: Organization, program: Program, terms: Terms) -> Ended:
    try:
        [outcome] = programs.write(by=by, organization=organization, programs=[program], terms=terms)
    except (Error, RowUnusable) as error:
        reason = str(error).strip().splitlines()[0]
        return Outcome.SKIPPED, Skipped(line=program.line, key=program.key, reason=reason)
    return outcome, program
