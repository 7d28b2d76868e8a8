"""The picture of a member, where their family sees them."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.files import version_of
from accounts.models import Member


def for_family(request: HttpRequest, who: Any) -> str:
    """The address of a member's picture for a member of a family; the view asks whether they may see it.

    On a page of an organisation it is asked there: a link may hold at one place only (RULES 2.4).
    """
    if getattr(request, "member", None) is None or not isinstance(who, Member):
        return ""
    url = f"{reverse('portal:person_picture', args=[who.code])}?v={version_of(who.photo)}"
    organization = getattr(request, "organization", None)
    return f"{url}&at={organization.slug}" if organization is not None else url
