"""``manage.py hide_inactive_accounts``: what the nightly job does, now, or what it would do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.models import Organization
from clients.operations import hiding

SHOWN = 20


class Command(BaseCommand):
    """Take households without activity off the lists, as each night does by itself."""

    help = (
        "Hide the accounts of families that did nothing for an organisation's period of inactivity. Who is booked, "
        "owes money, has credit or is checking out stays. Nothing is deleted, and any activity brings an account "
        "back. Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="this one only; otherwise all of them")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be hidden, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("slug")
        if slug := options["organization"]:
            organizations = organizations.filter(slug=slug)
            if not organizations:
                raise CommandError(f"There is no organisation {slug!r}.")
        by = Actor.of_command("hide_inactive_accounts")
        for organization in organizations:
            if options["dry_run"]:
                self._say(organization)
            else:
                count = hiding.hide_inactive(by=by, organization=organization)
                self.stdout.write(f"{organization.slug}: {count} hidden")

    def _say(self, organization: Organization) -> None:
        due = hiding.inactive(organization)
        numbers = [str(number) for number in due.order_by("number").values_list("number", flat=True)[:SHOWN]]
        count = due.count()
        rest = f" and {count - len(numbers)} more" if count > len(numbers) else ""
        which = f": accounts {', '.join(numbers)}{rest}" if numbers else ""
        self.stdout.write(f"{organization.slug}: {count} would be hidden{which}")
