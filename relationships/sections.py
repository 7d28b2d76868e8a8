"""What relationships show on pages of lower apps."""

from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from accounts.registries import Section
from clients.models import Client
from relationships.models import MoveRequest

MOST = 5


def load_moves(request: HttpRequest, client: Client) -> dict[str, Any]:
    """Moves of the client that this organisation's staff entered, also what waits (RULES 2.6). One query."""
    rows: list[Any] = list(
        MoveRequest.objects.filter(organization=client.organization_id, member=client.member_id)
        .annotate(total=Window(Count("pk")))
        .order_by("-pk")[:MOST]
    )
    return {"rows": rows, "count": rows[0].total if rows else 0}


moves = Section(
    key="moves",
    order=90,
    title=_("Account"),
    template="relationships/staff/sections/moves.html",
    load=load_moves,
    permission=Permission.LINKS_OVERRIDE,
    column="side",
)
