"""The frame around every page of an account: who it is, who runs it, what is owed, and its tabs (A01, A04)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.access import StaffRequest
from accounts.models import Member
from accounts.operations import erasure
from accounts.people import format_phone
from accounts.permissions import Permission
from clients.account_list import NOTHING, columns_for
from clients.households import open_invitations
from clients.models import Client, Household
from clients.sections import household_tabs


@dataclass(frozen=True)
class Contact:
    """Where bills go: the organisation's own copy of the person, else what they gave."""

    name: str
    email: str
    phone: str


def find(request: StaffRequest, number: int) -> Household:
    """The household of this number, hidden or not, with what its pages need; 404 for any other."""
    newest = open_invitations(request.organization).filter(account=OuterRef("account")).order_by("-pk")
    households = request.organization.households.select_related("account", "billing_contact", "merged_into")
    found: Household = get_object_or_404(
        households.annotate(invited_until=Subquery(newest.values("expires_at")[:1])), number=number
    )
    return found


def frame_of(request: StaffRequest, household: Household, tab: str) -> dict[str, Any]:
    """What ``clients/staff/account_page.html`` shows around the tab ``tab``. Two queries.

    Of an erased account number and books are left, and nothing is done with it any more (D10).
    """
    columns = columns_for(request.actor)
    is_erased = household.account.erased_at is not None
    loaded = [(column, column.load(request.organization, [household])) for column in columns]
    return {
        "household": household,
        "is_kept": household.account.kept_by_id == request.organization.pk and not is_erased,
        "is_being_erased": is_erased and erasure.open_ones().filter(account=household.account_id).exists(),
        "facts": [(column, cells.get(household.pk, NOTHING)) for column, cells in loaded],
        "contact": _contact(request, household),
        "tabs": [
            {
                "title": each.title,
                "url": reverse(each.url_name, args=[request.organization.slug, household.number]),
                "is_current": each.key == tab,
            }
            for each in household_tabs
            if request.actor.has(each.permission)
        ],
        "is_erased": is_erased,
        "may_contribute": request.actor.has(Permission.ACCOUNTS_CONTRIBUTE) and not is_erased,
        "now": timezone.now(),
    }


def _contact(request: StaffRequest, household: Household) -> Contact | None:
    member = household.billing_contact
    if member is None or member.erased_at is not None:
        return None
    here = Client.objects.filter(organization=request.organization, member=member).first()
    who: Client | Member = here or member
    phone = format_phone(who.phone, request.organization.country) if who.phone else ""
    return Contact(name=who.full_name, email=who.email, phone=phone)
