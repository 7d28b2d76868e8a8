"""``manage.py find_account``: which account is meant."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from accounts.commands import TaughtCommand
from clients import finding
from clients.finding import Found

WIDE = 200


class Command(TaughtCommand):
    """Find accounts by what somebody says of them."""

    help = (
        "Find accounts over all organisations: by the code of an account or member, the number of a household or "
        "client, an e-mail address, or a name (every word must be part of it). It changes nothing."
    )
    example = """
For example:

  manage.py find_account amara.okafor@mail.test      by e-mail, of a member or a login
  manage.py find_account "amara okafor"              by name, of a member or the account
  manage.py find_account 1042                        by number, at any organisation
  manage.py find_account 7KX2M9QRTB --json           by code, as JSON

The code in the first column is what export_account and other commands take. Exit status: 0 found, 1 nothing fits,
2 the command was not understood.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help="a code, number, e-mail address or name")
        parser.add_argument("--limit", type=_limit, default=20, help="at most so many (20)")
        parser.add_argument("--json", action="store_true", help="a JSON list instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        found, has_more = finding.accounts(options["text"], limit=options["limit"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
        if not found:
            raise CommandError(f"No account fits {options['text']!r}.")
        if not options["json"]:
            self._table(found)
        if has_more:
            self.stderr.write(f"There are more. Say more of it, or --limit {options['limit'] * 5}.")

    def _table(self, found: list[Found]) -> None:
        out: Any = self.stdout
        console = Console(file=out, highlight=False, markup=False)
        if not console.is_terminal:
            console = Console(file=out, highlight=False, markup=False, width=WIDE)
        table = Table("Account", "Name", "Owners", "People", "At", "State", box=None, pad_edge=False)
        for each in found:
            several = ("\n".join(texts) for texts in (each.owners, each.members, each.numbers))
            table.add_row(each.code, each.name, *several, each.state)
        console.print(table)


def _limit(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError("it is 1 to 1000")
    return number
