"""``manage.py create_organization``: a new tenant, and its first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actors import Actor
from accounts.emails import check_address
from accounts.errors import Refused
from accounts.models import User
from accounts.operations import organizations


class Command(BaseCommand):
    """Make an organisation with the built-in roles, and let somebody administer it."""

    help = "Make an organisation, and its first administrator, who chooses a password by 'forgotten'."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its name in addresses, as harbour-lane")
        parser.add_argument("name", help='as people know it, as "Harbour Lane Swim Club"')
        parser.add_argument("--time-zone", required=True, help="as America/Toronto")
        parser.add_argument("--currency", required=True, help="as CAD; fixed after the first bill")
        parser.add_argument("--country", required=True, help="as CA")
        parser.add_argument("--locale", default="en_CA", help="how dates and money are written, as en_CA")
        parser.add_argument("--age-of-majority", type=int, default=18)
        parser.add_argument("--administrator", help="the e-mail address of the first administrator")
        parser.add_argument("--administrator-name", default="Administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.of_command("create_organization")
        try:
            with transaction.atomic():
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
                if options["administrator"]:
                    organizations.add_staff(
                        by=by,
                        organization=organization,
                        name=options["administrator_name"],
                        user=_user(options["administrator"]),
                        roles=["administrator"],
                    )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{organization.name} stands at /staff/{organization.slug}/")


def _user(address: str) -> User:
    """The login with this address, made without a password if there is none."""
    email = check_address(address).address
    return User.objects.filter(email=email).first() or User.objects.create_user(email)
