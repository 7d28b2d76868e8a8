"""``manage.py create_organization``: a new tenant, and its first administrator."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actors import Actor
from accounts.emails import check_address
from accounts.errors import Refused
from accounts.models import Organization
from accounts.operations import organizations, staff_invitations

EXAMPLE = """
For example:

  manage.py create_organization harbour-lane "Harbour Lane Swim Club" --time-zone America/Toronto \\
      --currency CAD --country CA --administrator kofi@harbour-lane.ca --administrator-name "Kofi Mensah"

Everything but the slug can be changed afterwards under Settings; the currency until the first payment.
Exit status: 0 made, 1 refused and nothing kept, 2 the command was not understood.
"""


class Command(BaseCommand):
    """Make an organisation with the built-in roles, and invite somebody to administer it."""

    help = (
        "Make an organisation with the built-in roles, and invite its first administrator: they get a mail with a "
        "link that works once, for seven days. All of it is made, or nothing."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With an example below the options."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its name in addresses, as harbour-lane: it stays")
        parser.add_argument("name", help='as people know it, as "Harbour Lane Swim Club"')
        parser.add_argument("--time-zone", required=True, metavar="ZONE", help="as America/Toronto")
        parser.add_argument("--currency", required=True, help="as CAD; fixed after the first payment")
        parser.add_argument("--country", required=True, help="as CA: how phone numbers are read")
        parser.add_argument("--locale", default="en_CA", help="how dates and money are written (%(default)s)")
        parser.add_argument(
            "--age-of-majority", type=int, default=18, metavar="YEARS", help="adult from (%(default)s)"
        )
        parser.add_argument("--administrator", metavar="EMAIL", help="whom to invite as first administrator")
        parser.add_argument(
            "--administrator-name", metavar="NAME", default="Administrator", help="their name (%(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check all of it, and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                organization, invited = _make(options)
                transaction.set_rollback(options["dry_run"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["dry_run"]:
            self.stdout.write(f"{organization.name} can be made. Nothing was kept.")
            return
        self.stdout.write(f"{organization.name} stands at /staff/{organization.slug}/")
        if invited:
            self.stdout.write(f"Invitation sent to {invited}: the link works once, for seven days.")
        else:
            self.stdout.write(
                f"Nobody can log in yet. Invite an administrator: manage.py invite_staff "
                f"--organization {organization.slug} --role administrator --name NAME EMAIL"
            )


def _make(options: dict[str, Any]) -> tuple[Organization, str]:
    """The organisation, and the address that was invited, if one was."""
    by = Actor.of_command("create_organization")
    organization = organizations.create_organization(
        by=by,
        slug=options["slug"],
        name=options["name"],
        time_zone=options["time_zone"],
        currency=options["currency"],
        country=options["country"],
        locale=options["locale"],
        age_of_majority=options["age_of_majority"],
    )
    if not options["administrator"]:
        return organization, ""
    invitation = staff_invitations.invite(
        by=by,
        organization=organization,
        name=options["administrator_name"],
        email=check_address(options["administrator"]).address,
        roles=list(organization.roles.filter(key="administrator")),
    )
    return organization, invitation.email
