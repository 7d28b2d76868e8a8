"""Marks of safety as who may set them reads them: with their reasons, also those that were lifted."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from accounts.calendars import today_in
from accounts.models import Member, Organization
from clients.models import Client
from relationships.models import NeverRelease, NoContact
from relationships.models.no_contact import begun_by, over_by

MOST = 50
PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A no-contact mark with both people by this organisation's own copy, as far as they are clients here."""

    mark: NoContact
    barred: Client | Member
    protected: Client | Member

    @property
    def last_day(self) -> date | None:
        """The last on which it holds."""
        return last_day(self.mark)

    @property
    def state(self) -> str:
        """``holds``, ``waits`` for its first day, ``over`` or ``lifted``."""
        mark = self.mark
        if mark.lifted_at is not None:
            return "lifted"
        if mark.ends_on is not None and mark.ends_on <= over_by():
            return "over"
        return "waits" if mark.starts_on > begun_by() else "holds"

    @property
    def are_in_one_account(self) -> bool:
        """Then the mark binds this organisation's data until the account is split (RULES 2.1)."""
        return self.mark.barred.account_id == self.mark.protected.account_id


@dataclass(frozen=True, kw_only=True)
class ApartPage:
    """A page of marks; ``older`` leads to the next one."""

    rows: list[Apart]
    older: int | None


def never_releases(client: Client) -> list[NeverRelease]:
    """Of a client, those that hold first, then the newest."""
    rows = NeverRelease.objects.filter(client=client).select_related("recorded_by", "lifted_by")
    found = list(rows.order_by("-pk")[:MOST])
    return sorted(found, key=lambda mark: not holds(mark))


def holds(mark: NeverRelease) -> bool:
    """Neither lifted nor over, today there."""
    today = today_in(mark.organization.time_zone)
    return mark.lifted_at is None and (mark.ends_on is None or mark.ends_on > today)


def no_contacts_of(organization: Organization, client: Client) -> list[Apart]:
    """Marks of the organisation that protect the client, or bar them; the newest first."""
    either = Q(protected=client.member_id) | Q(barred=client.member_id)
    rows = _rows(organization).filter(either)
    return _with_clients(organization, list(rows.order_by("-pk")[:MOST]))


def page_of(organization: Organization, before: str) -> ApartPage:
    """What nobody lifted, newest first. Two queries."""
    rows = _rows(organization).unlifted()
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return ApartPage(
        rows=_with_clients(organization, shown), older=shown[-1].pk if len(found) > PAGE else None
    )


def about(mark: NoContact) -> dict[str, Any]:
    """What the page of one mark shows."""
    (apart,) = _with_clients(mark.organization, [mark])
    return {"apart": apart, "mark": mark}


def last_day(mark: NoContact | NeverRelease) -> date | None:
    """The last on which a mark holds."""
    return mark.ends_on - timedelta(days=1) if mark.ends_on else None


def _rows(organization: Organization) -> Any:
    rows = NoContact.objects.filter(organization=organization).exclude(protected__in=organization.kept_from)
    return rows.select_related("barred", "protected", "recorded_by", "lifted_by")


def _with_clients(organization: Organization, found: list[NoContact]) -> list[Apart]:
    people = {pk for mark in found for pk in (mark.barred_id, mark.protected_id)}
    here = Client.objects.standing().filter(organization=organization, member__in=people)
    clients = {client.member_id: client for client in here}
    return [
        Apart(
            mark=mark,
            barred=clients.get(mark.barred_id, mark.barred),
            protected=clients.get(mark.protected_id, mark.protected),
        )
        for mark in found
    ]
