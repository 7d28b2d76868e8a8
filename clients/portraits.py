"""The picture of a client, where staff see them."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.files import version_of
from clients.households import Person
from clients.models import Client


def for_staff(request: HttpRequest, who: Any) -> str:
    """The address of a client's picture for staff of the page's organisation; empty for anybody else."""
    if getattr(request, "staff", None) is None or not isinstance(who, Client | Person):
        return ""
    organization = request.organization  # type: ignore[attr-defined]  # staff_view sets it with the staff
    url = reverse("staff:client_photo", args=[organization.slug, who.number])
    return f"{url}?v={version_of(who.photo)}"
