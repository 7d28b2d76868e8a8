"""``manage.py invite_staff``: let somebody work at an organisation."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actors import Actor
from accounts.emails import CheckedAddress, check_address
from accounts.errors import Refused
from accounts.models import Organization, Role, Staff
from accounts.operations import staff_invitations
from accounts.people import clean_text
from accounts.staffing import roles_of

EXAMPLE = """
For example:

  manage.py invite_staff --organization harbour-lane --name "Kofi Mensah" \\
      --role front-desk --role instructor kofi@harbour-lane.ca

They get a mail with a link that works once, for seven days. With it somebody new chooses a password; who has a
login with this address uses that one. --again sends a new link to somebody who was invited; the one before it
stops working.
Exit status: 0 invited, 1 refused and nothing kept, 2 the command was not understood.
"""


class Command(BaseCommand):
    """Invite somebody to the staff of an organisation."""

    help = "Invite somebody to the staff of an organisation by e-mail, with one role or several."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With an example below the options."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="where the invitation goes")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="where they will work")
        parser.add_argument("--name", help="what they are called; not needed with --again")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            metavar="ROLE",
            help="key or name of a role, as front-desk or administrator; may be given several times",
        )
        parser.add_argument("--again", action="store_true", help="send a new link to who was invited already")
        parser.add_argument("--dry-run", action="store_true", help="check all of it, and send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organisation {options['organization']!r}.")
        try:
            address = check_address(options["email"])
            with transaction.atomic():
                staff = _invite(organization, address, options)
                transaction.set_rollback(options["dry_run"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        roles = ", ".join(role.name for role in staff)
        what = "could be invited" if options["dry_run"] else "is invited"
        self.stdout.write(f"{address.address} {what} to {organization.name} as {roles}.")
        if address.suggestion:
            self.stderr.write(f"Did you mean {address.suggestion}?")


def _invite(organization: Organization, address: CheckedAddress, options: dict[str, Any]) -> list[Role]:
    """Invite, or invite again; the roles that the person has."""
    by = Actor.of_command("invite_staff")
    if options["again"]:
        waiting = Staff.objects.filter(organization=organization, user__isnull=True, is_active=True)
        staff = waiting.filter(invitations__email=address.address).order_by("-invitations__id").first()
        if staff is None:
            raise CommandError(f"Nobody at {organization.slug} waits for an invitation to {address.address}.")
        staff_invitations.invite_again(by=by, staff=staff, email=address.address)
        return list(staff.roles.order_by("name"))
    name = clean_text(options["name"] or "")
    if not name or len(name) > 120:
        raise CommandError("Say what they are called, in at most 120 characters: --name NAME")
    roles = _roles(organization, options["role"])
    staff_invitations.invite(by=by, organization=organization, name=name, email=address.address, roles=roles)
    return roles


def _roles(organization: Organization, wanted: list[str]) -> list[Role]:
    """The roles by key or name; each word that is none, and all there are, in one message."""
    known = roles_of(organization)
    found = {
        word: next((role for role in known if word.casefold() in (role.key, role.name.casefold())), None)
        for word in wanted
    }
    missing = [word for word, role in found.items() if role is None]
    if missing or not wanted:
        said = (
            f"There is no role {', '.join(map(repr, missing))}."
            if missing
            else "Say which role: --role ROLE."
        )
        raise CommandError(f"{said} Roles of {organization.slug}: {', '.join(role.key for role in known)}")
    return [role for role in known if role in found.values()]
