"""What relationships show on pages of lower apps."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Window
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.access import PortalRequest, StaffRequest
from accounts.calendars import today_in
from accounts.models import AccountOwner, Member
from accounts.permissions import Permission
from accounts.registries import Section
from clients.enums import MemoAudience
from clients.models import Client, Memo
from relationships import authority, safety
from relationships.enums import AgeStage
from relationships.models import AgeNotice, MoveRequest, TakeOver

MOST = 5


def load_moves(request: HttpRequest, client: Client) -> dict[str, Any]:
    """Moves of the client that this organisation's staff entered, also what waits (RULES 2.6). One query."""
    rows: list[Any] = list(
        MoveRequest.objects.filter(organization=client.organization_id, member=client.member_id)
        .annotate(total=Window(Count("pk")))
        .order_by("-pk")[:MOST]
    )
    return {"rows": rows, "count": rows[0].total if rows else 0}


def load_notes(request: HttpRequest, members: Sequence[Member]) -> dict[str, Any]:
    """What organisations noted for the family to read (RULES 5.3), about those of ``members`` whom the reader

    runs in full: a note speaks to the family, and no other household hears it (RULES 2.10). One query.
    """
    reader = cast(PortalRequest, request)
    rows: Any = Memo.objects.filter(
        client__member__in=[member.pk for member in members], audience=MemoAudience.FAMILY
    ).filter(client__member__in=authority.in_full(reader.actor))
    place = getattr(request, "at", None)
    if place is not None:
        rows = rows.filter(organization=place)
    found = list(
        rows.select_related("organization")
        .annotate(total=Window(Count("pk")), about=F("client__member"))
        .order_by("-pk")[:MOST]
    )
    by_id = {member.pk: member for member in members}
    return {
        "rows": [(row, by_id[row.about]) for row in found],
        "count": found[0].total if found else 0,
        "reader": getattr(request, "member", None),
    }


def load_coming_of_age(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What the family was told of the client's coming of age, and where the take-over stands. One query."""
    taken = TakeOver.objects.filter(member=OuterRef("member"))
    told = AgeNotice.objects.filter(member=client.member_id)
    rows: list[Any] = list(
        told.annotate(
            total=Window(Count("pk")),
            has_login=Q(member__user__isnull=False),
            is_owner=Exists(AccountOwner.objects.filter(member=OuterRef("member"))),
            chosen_at=Subquery(taken.values("chosen_at")[:1]),
            done_at=Subquery(taken.values("done_at")[:1]),
        ).order_by("-told_at", "-pk")[:MOST]
    )
    came = any(row.stage == AgeStage.DAY for row in rows)
    is_open = came and rows[0].done_at is None and not (rows[0].is_owner and rows[0].chosen_at is None)
    may_send = cast(StaffRequest, request).actor.has(Permission.ACCOUNTS_CONTRIBUTE)
    return {
        "rows": rows,
        "count": rows[0].total if rows else 0,
        "newest": rows[0] if rows else None,
        "came": came,
        "may_send": is_open and may_send,
    }


notes = Section(
    key="notes",
    order=30,
    title=_("Notes for you"),
    template="relationships/portal/sections/notes.html",
    load=load_notes,
)


def load_stops(request: Any, client: Client) -> dict[str, Any]:
    """To whom the client is never released, today. One query."""
    found = safety.of_client(request.organization, client, today_in(request.organization.time_zone)).stops
    return {"rows": found[:MOST], "count": len(found)}


def load_pick_up(request: Any, client: Client) -> dict[str, Any]:
    """Who may pick the client up, today. One query."""
    found = safety.of_client(request.organization, client, today_in(request.organization.time_zone)).pickers
    return {"rows": found[:MOST], "count": len(found)}


stops = Section(
    key="never_release",
    order=1,
    title=_("Never release"),
    template="relationships/staff/sections/never_release.html",
    load=load_stops,
    permission=Permission.SAFETY_READ,
    column="top",
)

pick_up = Section(
    key="pick_up",
    order=2,
    title=_("Pick-up"),
    template="relationships/staff/sections/pick_up.html",
    load=load_pick_up,
    permission=Permission.SAFETY_READ,
    column="side",
)

moves = Section(
    key="moves",
    order=90,
    title=_("Account"),
    template="relationships/staff/sections/moves.html",
    load=load_moves,
    permission=Permission.LINKS_OVERRIDE,
    column="side",
)
coming_of_age = Section(
    key="coming_of_age",
    order=80,
    title=_("Coming of age"),
    template="relationships/staff/sections/coming_of_age.html",
    load=load_coming_of_age,
    column="side",
)
