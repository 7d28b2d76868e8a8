"""What scheduling knows of a household, for the list of accounts and their pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.permissions import Permission
from accounts.templatetags.kinroll import local_day, local_time
from billing.statements import Booked, MemberPurchases
from clients.models import Client
from clients.staying import ReasonToStay
from scheduling.enums import RegistrationState
from scheduling.models import Registration

COMING = (RegistrationState.HELD, RegistrationState.BOOKED, RegistrationState.WAITLISTED)
CHIPS = {
    RegistrationState.HELD: "info",
    RegistrationState.WAITLISTED: "wait",
    RegistrationState.NO_SHOW: "",
    RegistrationState.CANCELLED: "",
    RegistrationState.LATE_CANCELLED: "",
}
"""How a registration stands, where that is to be said. A hold that ran out is on no list."""


def load_registrations(
    organization: Organization, clients: Sequence[Client], most: int
) -> Mapping[int, tuple[list[Booked], int]]:
    """What each is booked for, or was, or cancelled: the last class first. One query."""
    rows = (
        Registration.objects.filter(client=OuterRef("pk"))
        .exclude(state=RegistrationState.LAPSED)
        .order_by("-session__starts_at", "-pk")
    )
    found = (
        Client.objects.filter(pk__in=[client.pk for client in clients])
        .annotate(
            total=Subquery(rows.order_by().values("client").annotate(n=Count("pk")).values("n")),
            newest=ArraySubquery(
                rows.values(
                    json=JSONObject(
                        title="session__schedule__title",
                        at="session__starts_at",
                        code="session__code",
                        state="state",
                    )
                )[:most]
            ),
        )
        .values_list("pk", "total", "newest")
    )
    return {pk: ([_booked(organization, row) for row in newest], total or 0) for pk, total, newest in found}


def _booked(organization: Organization, row: dict[str, Any]) -> Booked:
    at, state = datetime.fromisoformat(row["at"]), RegistrationState(row["state"])
    is_told = state in CHIPS
    return Booked(
        what=row["title"],
        when=f"{local_day(at, organization, 'year')}, {local_time(at, organization)}",
        url=reverse("staff:session", args=[organization.slug, row["code"]]),
        chip=str(state.label) if is_told else None,
        chip_kind=CHIPS.get(state, ""),
    )


def _is_booked() -> Exists:
    """Somebody of it comes to something, or waits to."""
    return Exists(
        Registration.objects.filter(
            client__household=OuterRef("pk"),
            state__in=COMING,
            session__ends_at__gt=timezone.now(),
            session__cancelled_at__isnull=True,
        )
    )


coming = ReasonToStay(key="coming", order=30, holds=_is_booked)
registrations = MemberPurchases(
    key="registrations",
    order=10,
    title=_("Registered for"),
    load=load_registrations,
    link_permission=Permission.SCHEDULE_READ,
)
