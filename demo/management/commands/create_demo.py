"""Fill an empty installation with the demo."""

from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actors import Actor
from accounts.calendars import today_in
from accounts.enums import ActorKind
from accounts.models import Organization, Staff
from accounts.operations import organizations
from accounts.permissions import Permission
from billing.models import TaxRate
from config import demo_logins
from demo import families, history, saved_cards, timetable
from demo.families import Family
from demo.history import Centre
from scheduling.models import Location, Room

SEED = 20261123
CENTRE = "harbour-lane"
ALSO_DANCING = ("Okafor", "Halvorsen", "Khan", "Chen")  # two households each
PROGRAMS = Path(settings.BASE_DIR) / "scheduling" / "demo" / "toronto-registered-programs.csv"


class Command(BaseCommand):
    help = (
        "Fill an empty installation with the demo: a recreation centre and a dance studio, forty families, "
        "three weeks of history. Refused in production and where other data is. Run again, it goes on where it "
        "was stopped."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo's passwords are public: it is not made in production.")
        by = Actor.of_command("create_demo")
        centre = Organization.objects.filter(slug=CENTRE).first()
        if centre is None and Organization.objects.exists():
            raise CommandError("There is data already; the demo is only made in an empty installation.")
        if centre is None:
            with transaction.atomic():
                centre, made = self._centre(by)
                self._studio(by, made)
        call_command(
            "import_programs",
            str(PROGRAMS),
            organization=centre.slug,
            price="96.00",
            capacity=12,
            begin_on=_next_monday(today_in(centre.time_zone)),
            stdout=self.stdout if options["verbosity"] > 1 else StringIO(),
        )
        # The published file leaves the centre's name empty.
        Location.objects.filter(organization=centre, name="Location 7").update(name="East wing")
        Room.objects.filter(organization=centre, name="Location 7").update(name="East wing")
        saved_cards.save()
        self.stdout.write("The demo is ready: a recreation centre, a dance studio, forty families.")

    def _centre(self, by: Actor) -> tuple[Organization, list[Family]]:
        """The recreation centre with its staff, timetable, families and history."""
        centre = organizations.create_organization(
            by=by,
            slug=CENTRE,
            name="Harbour Lane Recreation Centre",
            tagline="Winter programs. Open to everyone.",
            time_zone="America/Toronto",
            currency="CAD",
            country="CA",
            locale="en_CA",
            hue=6,
        )
        hashed = make_password(demo_logins.PASSWORD)
        administrator = _staff(
            by, centre, "Priya Nair", demo_logins.ADMINISTRATOR.email, "administrator", hashed
        )
        _staff(by, centre, "Dana Whitfield", demo_logins.FRONT_DESK.email, "front-desk", hashed)
        _staff(by, centre, "Ilse Brandt", demo_logins.INSTRUCTOR.email, "instructor", hashed)
        tax = TaxRate.objects.create(organization=centre, code="hst", name="HST 13%", millionths=130_000)
        desk = _desk(administrator)
        today, random = today_in(centre.time_zone), Random(SEED)  # noqa: S311  (the same demo each time)
        timetable.offer_all(by=by, organization=centre, tax=tax, offers=timetable.CENTRE, today=today)
        made = families.make(
            by=desk, organization=centre, password=demo_logins.PASSWORD, today=today, random=random
        )
        history.make(Centre(centre, desk, today, random), made)
        return centre, made

    def _studio(self, by: Actor, made: list[Family]) -> None:
        """The dance studio, in another time zone and currency; a few of the families go there too."""
        studio = organizations.create_organization(
            by=by,
            slug="fifth-street",
            name="Fifth Street Dance",
            tagline="Classes for everyone from five.",
            time_zone="Europe/London",
            currency="GBP",
            country="GB",
            locale="en_GB",
            hue=7,
        )
        tax = TaxRate.objects.create(organization=studio, code="vat", name="VAT 20%", millionths=200_000)
        today = today_in(studio.time_zone)
        timetable.offer_all(by=by, organization=studio, tax=tax, offers=timetable.STUDIO, today=today)
        hashed = make_password(demo_logins.PASSWORD)
        administrator = _staff(by, studio, "Imogen Fry", demo_logins.STUDIO.email, "administrator", hashed)
        there = Centre(studio, _desk(administrator), today, Random(SEED))  # noqa: S311
        history.visit(there, [family for family in made if family.name in ALSO_DANCING])


def _staff(by: Actor, organization: Organization, name: str, email: str, role: str, hashed: str) -> Staff:
    user = families.make_user(email, hashed)
    return organizations.add_staff(by=by, organization=organization, name=name, user=user, roles=[role])


def _desk(staff: Staff) -> Actor:
    """Staff who may do everything at their organisation."""
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=staff.organization,
        permissions=frozenset(Permission),
    )


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())
