"""What waivers shows on pages of lower apps."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from accounts.registries import Section
from clients.models import Client
from waivers.models import Signature

MOST = 5
SECOND = timedelta(seconds=1)  # a signature ends as a day begins; its last day is the one before


def load_signed(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The client's newest signatures and how many there are (F21). One query."""
    rows = list(
        Signature.objects.filter(client=client, organization=client.organization_id)
        .select_related("version__document")
        .annotate(total=Window(Count("pk")))
        .order_by("-signed_at", "-pk")[:MOST]
    )
    return {
        "rows": [
            {"signature": row, "last_moment": row.expires_at and row.expires_at - SECOND} for row in rows
        ],
        "count": rows[0].total if rows else 0,
        "now": timezone.now(),
    }


signed = Section(
    key="waivers",
    order=60,
    title=_("Signed waivers"),
    template="waivers/staff/sections/signed.html",
    load=load_signed,
    permission=Permission.CLIENTS_READ,
)
