"""Courses and their sessions from a published file of registered programs."""

import argparse
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from accounts.actors import Actor
from accounts.errors import Refused
from accounts.models import Organization
from accounts.money import Money
from scheduling import flows, importing
from scheduling.importing import Outcome, Skipped
from scheduling.operations.programs import Terms


class Command(BaseCommand):
    help = "Import courses as the City of Toronto publishes them. Prints how each row ended, and counts them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--price", help="the fee of a whole course, as 96.00; without it nothing is sold")
        parser.add_argument("--capacity", type=_positive, default=12, help="places in a new course")
        parser.add_argument(
            "--begin-on",
            type=date.fromisoformat,
            metavar="DATE",
            help="move the whole file by whole weeks, so that its earliest course begins then or soon after",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organisation {options['organization']!r}.")
        counts = Counter[Outcome]()
        try:
            price = options["price"] and Money.parse(options["price"], organization.currency, "en")
            ended = flows.import_programs(
                by=Actor.of_command("import_programs"),
                organization=organization,
                path=options["file"],
                terms=Terms(capacity=options["capacity"], price=price or None),
                begin_on=options["begin_on"],
            )
            with self._progress(options["file"]) as (progress, task):
                for outcome, row in ended:
                    counts[outcome] += 1
                    self.stdout.write(_line(outcome, row))
                    progress.advance(task)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome))

    def _progress(self, path: Path) -> Any:
        return _Shown(path)


class _Shown:
    """A bar on the error output where that is a terminal, and nothing elsewhere."""

    def __init__(self, path: Path) -> None:
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("Importing"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.rows = _rows(path) if console.is_terminal else None

    def __enter__(self) -> tuple[Progress, Any]:
        self.progress.start()
        return self.progress, self.progress.add_task("", total=self.rows)

    def __exit__(self, *exc: object) -> None:
        self.progress.stop()


def _rows(path: Path) -> int:
    with importing.opened(path) as rows:
        return sum(1 for _row in rows)


def _line(outcome: Outcome, row: importing.Program | Skipped) -> str:
    if isinstance(row, Skipped):
        return f"line {row.line}: skipped {row.key}: {row.reason}".replace("skipped :", "skipped:")
    return f"line {row.line}: {outcome.value} {row.key} {row.title}"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it is at least 1")
    return number
