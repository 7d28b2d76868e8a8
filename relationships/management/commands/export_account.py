"""``manage.py export_account``: a copy of everything held about an account or one of its people."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import translation

from accounts import archives
from accounts.actors import Actor
from accounts.commands import TaughtCommand, progress_bar
from accounts.enums import ActorKind
from accounts.errors import Refused
from accounts.exporting import Scope, export_parts
from accounts.models import Account, Member
from relationships import exporting
from relationships.flows import language_of
from relationships.operations import exporting as operations


class Command(TaughtCommand):
    """Write what a family would get on its page, for who asked by letter or has no login."""

    help = (
        "Write a ZIP with everything held about an account, or about one person of it: a page to read and print, JSON, "
        "CSVs and the pictures. It holds what its reader wrote, paid or may see, and nothing of other families."
    )
    example = """
For example:

  manage.py export_account 7KX2M9QRTB                                    the account, for its first owner
  manage.py export_account 7KX2M9QRTB --for 3HN8W2PZ5C                   the same, for another owner
  manage.py export_account 7KX2M9QRTB --member 9QT4V7BKXM                one person: for themselves where they
                                                                         have a login, else for the first owner
  manage.py export_account 7KX2M9QRTB --output /srv/okafor.zip --dry-run say what would be written, write nothing

Codes are found with find_account. The file is readable by you alone: it holds personal data, so give it to nobody
but its reader. Exit status: 0 written, 1 not found, refused or not written, 2 the command was not understood.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", metavar="CODE", help="the account's code")
        parser.add_argument("--member", metavar="CODE", help="of this person only")
        parser.add_argument(
            "--for", metavar="CODE", dest="reader", help="who gets it: what they may see goes in"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="export-CODE.zip, unless told")
        parser.add_argument("--force", action="store_true", help="write over a file that is there")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would be about, and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(code__iexact=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}. find_account looks for one.")
        member = _member(account, options["member"])
        reader = _member(account, options["reader"]) or _reader(account, member)
        by = Actor(kind=ActorKind.PERSON, user=reader.user, member=reader)
        try:
            scope = exporting.scope_of(by, account, member)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        about = ", ".join(sorted(scope.name_of(pk) for pk in scope.whole))
        path: Path = options["output"] or Path(f"export-{(member or account).code}.zip")
        if options["dry_run"]:
            self.stdout.write(
                f"It would hold {len(list(export_parts))} parts about {about}, for {reader}, in {path}."
            )
            return
        self._write(scope, path, is_forced=options["force"])
        operations.written(by=Actor.of_command("export_account"), account=account, member=member)
        size = path.stat().st_size / 1_000_000
        self.stdout.write(f"{path} holds everything about {about}, for {reader} ({size:.1f} MB).")

    def _write(self, scope: Scope, path: Path, *, is_forced: bool) -> None:
        """To a file beside it first: what is there under the name is whole."""
        if path.exists() and not is_forced:
            raise CommandError(f"{path} is there already. Choose another --output, or --force.")
        part = path.with_name(f"{path.name}.part")
        try:
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, progress_bar("Exporting") as shown:
                task = shown.add_task("", total=None)
                tell = lambda done, total: shown.update(task, completed=done, total=total)  # noqa: E731
                with translation.override(language_of(scope.reader)):
                    archives.write(scope, out, export_parts, tell)
            part.replace(path)
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)


def _member(account: Account, code: str | None) -> Member | None:
    if code is None:
        return None
    found = (
        account.members.filter(code__iexact=code, erased_at__isnull=True)
        .select_related("user", "account")
        .first()
    )
    if found is None:
        raise CommandError(
            f"Nobody with the code {code!r} is in this account. find_account lists its people."
        )
    return found


def _reader(account: Account, member: Member | None) -> Member:
    """Who gets it unless told: whoever it is about and has a login, else the first owner."""
    if member is not None and member.user_id is not None:
        return member
    first = (
        account.ownerships.select_related("member__user", "member__account").order_by("since", "pk").first()
    )
    if first is None:
        raise CommandError("Nobody owns this account any more: there is nobody to give it to.")
    return first.member
