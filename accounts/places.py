"""Where a login leads: the family's portal, and each organisation one works for."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member, Organization, Staff, User
from accounts.permissions import Permission
from accounts.registries import navigation
from accounts.staffing import permissions_of, with_permissions


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
    return _first_page("portal", {}, frozenset()) or "/"


def places_of(user: User) -> list[Place]:
    """The family first, then the organisations by name."""
    found = []
    member = Member.objects.filter(user=user, erased_at__isnull=True).select_related("account").first()
    if member is not None:
        found.append(Place(member.full_name, _("Your family"), family_home(), member, "round"))
    working = Staff.objects.filter(user=user, is_active=True).select_related("organization")
    for staff in with_permissions(working).order_by("organization__name", "pk"):
        organization = staff.organization
        url = staff_home(organization, permissions_of(staff))
        found.append(Place(organization.name, _("Staff"), url, organization, "square"))
    return found


def staff_home(organization: Organization, held: AbstractSet[Permission]) -> str:
    """The first page at ``organization`` that somebody with these permissions may open."""
    kwargs = {"org": organization.slug}
    return _first_page("staff", kwargs, held) or reverse("staff:roles", kwargs=kwargs)


def _first_page(audience: str, kwargs: dict[str, str], held: AbstractSet[Permission]) -> str:
    """The first entry of a shell's navigation; empty where there is none."""
    item = next((item for item in navigation if item.audience == audience and item.is_for(held)), None)
    return reverse(item.url_name, kwargs=kwargs) if item else ""
