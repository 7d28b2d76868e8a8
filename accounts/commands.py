"""What operators' commands share: help that teaches by example, and progress where somebody watches."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class TaughtCommand(BaseCommand):
    """A command whose ``--help`` ends with ``example``: commands as they are typed, and the exit status."""

    example = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With the example below the options."""
        parser = super().create_parser(prog_name, subcommand, epilog=self.example, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser


def progress_bar(words: str) -> Progress:
    """A bar on the error output where that is a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    return Progress(
        TextColumn(words), BarColumn(), MofNCompleteColumn(), console=console, disable=not console.is_terminal
    )
