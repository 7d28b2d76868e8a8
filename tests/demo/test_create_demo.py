"""The demo: what a newcomer finds in it, and that making it again adds nothing."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count

from accounts.models import Account, Organization, User
from billing.models import Invoice, LedgerEntry, PaymentMethod
from clients.models import Household, Memo
from config.demo_logins import DEMO_LOGINS
from scheduling.enums import RegistrationState
from scheduling.models import Registration, Schedule
from tests.devstripe import DevStripe
from waivers.models import Signature


def found() -> dict[str, Any]:
    """What there is at each organisation, and altogether."""
    at = {
        place.slug: {
            "money": (place.time_zone, place.currency),
            "households": Household.objects.filter(organization=place).count(),
            "is_billed": Invoice.objects.filter(organization=place).exists(),
            "was_attended": Registration.objects.filter(
                organization=place, state=RegistrationState.ATTENDED
            ).exists(),
        }
        for place in Organization.objects.all()
    }
    return {
        **at,
        "families": Account.objects.count(),
        "with two households": Account.objects.annotate(n=Count("households")).filter(n=2).count(),
        "starred and plain memos": (
            Memo.objects.filter(is_starred=True).count(),
            Memo.objects.filter(is_starred=False).count(),
        ),
        "imported courses": Schedule.objects.exclude(source="").count(),
        "cards": sorted(PaymentMethod.objects.values_list("account__name", "brand", "last4")),
        "logins": set(User.objects.values_list("email", flat=True)) >= {login.email for login in DEMO_LOGINS},
    }


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_two_organisations_forty_families_and_history_and_is_made_once(
    devstripe: DevStripe,
) -> None:
    call_command("create_demo", verbosity=0)
    once = found()
    assert once == {
        "harbour-lane": {
            "money": ("America/Toronto", "CAD"),
            "households": 40,
            "is_billed": True,
            "was_attended": True,
        },
        "fifth-street": {
            "money": ("Europe/London", "GBP"),
            "households": 4,
            "is_billed": True,
            "was_attended": True,
        },
        "families": 40,
        "with two households": 4,
        "starred and plain memos": (4, 4),
        "imported courses": 53,
        "cards": [("Lindqvist family", "mastercard", "4444"), ("Okafor family", "visa", "4242")],
        "logins": True,
    }
    rows = [model.objects.count() for model in (Registration, Invoice, LedgerEntry, Signature)]
    call_command("create_demo", verbosity=0)
    assert found() == once
    assert [model.objects.count() for model in (Registration, Invoice, LedgerEntry, Signature)] == rows
