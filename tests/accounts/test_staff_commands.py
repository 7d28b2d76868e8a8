"""``manage.py create_organization`` and ``invite_staff``."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.management.commands.invite_staff import Command as InviteStaff
from accounts.models import AuditEvent, Organization, Staff, StaffInvitation, User
from messaging.models import Message
from tests.accounts.staffing import club, keys_of

pytestmark = pytest.mark.django_db

PLACE = {"time_zone": "America/Toronto", "currency": "CAD", "country": "CA"}


def create(**options: Any) -> str:
    said = StringIO()
    call_command("create_organization", "harbour-lane", "Harbour Lane", stdout=said, **PLACE | options)
    return said.getvalue()


def invite(*args: str, **options: Any) -> str:
    said = StringIO()
    call_command("invite_staff", *args, stdout=said, stderr=said, **options)
    return said.getvalue()


def counts() -> tuple[int, int, int, int, int, int]:
    models = (Organization, User, Staff, StaffInvitation, Message, AuditEvent)
    return tuple(model._default_manager.count() for model in models)  # type: ignore[return-value]


def test_an_organization_is_made_and_its_first_administrator_invited() -> None:
    assert create(administrator="Kofi@Example.ca", administrator_name="Kofi Mensah") == (
        "Harbour Lane stands at /staff/harbour-lane/\n"
        "Invitation sent to kofi@example.ca: the link works once, for seven days.\n"
    )
    staff = Staff.objects.get()
    assert (staff.name, staff.user, keys_of(staff)) == ("Kofi Mensah", None, ["administrator"])
    assert Message.objects.get().address == "kofi@example.ca"
    assert User.objects.count() == 0


def test_without_an_administrator_the_command_says_how_to_invite_one() -> None:
    said = create()
    assert "manage.py invite_staff --organization harbour-lane --role administrator" in said


def test_a_dry_run_says_what_would_be_made_and_keeps_nothing() -> None:
    assert create(administrator="kofi@example.ca", dry_run=True) == (
        "Harbour Lane can be made. Nothing was kept.\n"
    )
    assert counts() == (0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "IANA"),
        ({"currency": "XYZZY"}, "ISO 4217"),
        ({"age_of_majority": 3}, "greater than or equal to 14"),
        ({"administrator": "kofi@"}, "not complete"),
    ],
)
def test_the_command_says_what_is_wrong_and_keeps_nothing(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        create(**changes)
    assert counts() == (0, 0, 0, 0, 0, 0)


def test_an_address_that_is_taken_is_refused_and_the_one_who_has_it_stays() -> None:
    create()
    with pytest.raises(CommandError, match="already exists"):
        create(administrator="kofi@example.ca")
    assert (Organization.objects.count(), Staff.objects.count()) == (1, 0)


def test_somebody_is_invited_with_several_roles_by_key_or_name() -> None:
    club()
    said = invite("kofi@example.ca", organization="riverside", name="Kofi", role=["front-desk", "INSTRUCTOR"])
    assert said == "kofi@example.ca is invited to Riverside Recreation as Front desk, Instructor.\n"
    assert keys_of(Staff.objects.get()) == ["front-desk", "instructor"]
    event = AuditEvent.objects.get(action="accounts.staff_invited")
    assert (event.actor_kind, event.actor_name) == ("command", "invite_staff")


def test_a_dry_run_of_an_invitation_sends_nothing() -> None:
    club()
    before = counts()
    said = invite("kofi@gmial.com", organization="riverside", name="Kofi", role=["bookkeeper"], dry_run=True)
    assert "could be invited" in said
    assert "Did you mean kofi@gmail.com?" in said
    assert counts() == before


def test_an_invitation_is_sent_again() -> None:
    club()
    invite("kofi@example.ca", organization="riverside", name="Kofi", role=["bookkeeper"])
    with pytest.raises(CommandError, match="invited at this address already"):
        invite("kofi@example.ca", organization="riverside", name="Kofi", role=["bookkeeper"])
    with pytest.raises(CommandError, match="sent a mail a moment ago"):
        invite("kofi@example.ca", organization="riverside", again=True)
    StaffInvitation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert "is invited to Riverside Recreation as Bookkeeper" in invite(
        "kofi@example.ca", organization="riverside", again=True
    )
    assert [each.revoked_at is None for each in StaffInvitation.objects.order_by("id")] == [False, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"organization": "nowhere"}, "no organisation 'nowhere'"),
        ({"role": ["czar"]}, "There is no role 'czar'. Roles of riverside: administrator, supervisor,"),
        ({"role": []}, "Say which role"),
        ({"name": "\u200b "}, "Say what they are called"),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"again": True}, "Nobody at riverside waits"),
    ],
)
def test_the_invitation_says_what_is_wrong_and_keeps_nothing(options: dict[str, Any], words: str) -> None:
    club()
    before = counts()
    with pytest.raises(CommandError, match=words):
        invite(
            "kofi@example.ca",
            **{"organization": "riverside", "name": "Kofi", "role": ["bookkeeper"]} | options,
        )
    assert counts() == before


def test_the_help_teaches_by_an_example() -> None:
    shown = InviteStaff().create_parser("manage.py", "invite_staff").format_help()
    assert "manage.py invite_staff --organization harbour-lane" in shown
    assert "Exit status: 0 invited, 1 refused" in shown
