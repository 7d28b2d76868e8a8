"""What is printed: a table of goals, each beside its yardstick."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

KEPT, MISSED, UNKNOWN = "kept", "missed", "-"
COLUMNS = ("goal", "work", "measured", "p50 / p99 ms", "yardstick", "ratio", "wanted", "", "SQL", "")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line. ``is_kept`` is None where there is no goal; ``sql_kept`` likewise for the queries."""

    goal: str
    work: str
    measured: str = ""
    latency: str = ""
    yardstick: str = ""
    ratio: str = ""
    wanted: str = ""
    is_kept: bool | None = None
    sql: str = ""
    sql_kept: bool | None = None

    @property
    def is_missed(self) -> bool:
        """Whether something that was wanted was not reached."""
        return self.is_kept is False or self.sql_kept is False


def show(rows: Sequence[Row], notes: Sequence[str]) -> None:
    """Print the table and the notes under it."""
    table = Table(*COLUMNS, title="Speed beside its yardsticks", title_justify="left")
    for row in rows:
        table.add_row(
            *(row.goal, row.work, row.measured, row.latency, row.yardstick, row.ratio, row.wanted),
            *(_verdict(row.is_kept), row.sql, _verdict(row.sql_kept)),
        )
    console = Console(width=150)
    console.print(table)
    for note in notes:
        console.print(note, highlight=False)


def _verdict(is_kept: bool | None) -> str:
    if is_kept is None:
        return ""
    return KEPT if is_kept else f"[bold red]{MISSED}[/]"
