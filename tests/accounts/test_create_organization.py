"""``manage.py create_organization``."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization, Staff, User

pytestmark = pytest.mark.django_db

PLACE = {"time_zone": "America/Toronto", "currency": "CAD", "country": "CA"}


def test_the_command_makes_an_organization_and_its_first_administrator() -> None:
    said = StringIO()
    call_command(
        "create_organization",
        "harbour-lane",
        "Harbour Lane",
        administrator="Kofi@Example.ca",
        administrator_name="Kofi Mensah",
        stdout=said,
        **PLACE,
    )
    assert said.getvalue() == "Harbour Lane stands at /staff/harbour-lane/\n"
    staff = Staff.objects.get()
    assert (staff.name, staff.user and staff.user.email, [role.key for role in staff.roles.all()]) == (
        "Kofi Mensah",
        "kofi@example.ca",
        ["administrator"],
    )
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "IANA"),
        ({"currency": "XYZZY"}, "ISO 4217"),
        ({"administrator": "kofi@"}, "not complete"),
    ],
)
def test_the_command_says_what_is_wrong_and_keeps_nothing(changes: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_organization", "harbour-lane", "Harbour Lane", **PLACE | changes)
    assert (Organization.objects.count(), User.objects.count()) == (0, 0)
