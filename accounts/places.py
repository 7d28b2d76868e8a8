"""Where a login leads: the family's portal, and each organisation one works for."""

from dataclasses import dataclass
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member, Organization, Staff, User
from accounts.registries import navigation


@dataclass(frozen=True)
class Place:
    """One way in. ``who`` draws the sign beside it."""

    name: str
    about: str
    url: str
    who: Member | Organization
    shape: Literal["round", "square"]


def family_home() -> str:
    """The first page of the portal, whichever app offers it; "/" where none does."""
    return _first_page("portal", {})


def places_of(user: User) -> list[Place]:
    """The family first, then the organisations by name."""
    found = []
    member = Member.objects.filter(user=user, erased_at__isnull=True).select_related("account").first()
    if member is not None:
        found.append(Place(member.full_name, _("Your family"), family_home(), member, "round"))
    working = Staff.objects.filter(user=user, is_active=True).select_related("organization")
    for staff in working.order_by("organization__name", "pk"):
        organization = staff.organization
        url = _first_page("staff", {"org": organization.slug})
        found.append(Place(organization.name, _("Staff"), url, organization, "square"))
    return found


def _first_page(audience: str, kwargs: dict[str, str]) -> str:
    item = next((item for item in navigation if item.audience == audience), None)
    return reverse(item.url_name, kwargs=kwargs) if item else "/"
