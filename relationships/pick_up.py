"""Who may pick a child up, as one member of a family may read it (RULES 2.10, 2.11)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.files import version_of
from accounts.models import AccountOwner, Member
from accounts.people import format_phone
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission, LinkKind
from relationships.models import ManagerLink, NoContact, PickUpPerson

MOST = 20
"""People at one time, beside owners and links."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Somebody who may pick up. ``about`` is who they are, ``named`` the row of a person whom a family named."""

    name: str
    about: str
    who: Member | None = None
    named: PickUpPerson | None = None
    phone: str = ""
    has_photo: bool = False
    photo_version: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    is_ours: bool = False
    may_end: bool = False

    @property
    def may_edit(self) -> bool:
        """Nobody rewrites what another household named."""
        return self.may_end and self.is_ours

    @property
    def last_day(self) -> date | None:
        """The last on which it counts."""
        return self.ends_on - timedelta(days=1) if self.ends_on else None


@dataclass(frozen=True, kw_only=True)
class PickUpList:
    """What one reader may know of it; ``hidden`` is how many more there are, of another guardian."""

    entries: tuple[Entry, ...]
    hidden: int
    may_add: bool


def list_of(actor: Actor, member: Member, today: date) -> PickUpList:
    """Who may pick ``member`` up, whole for their family, else the reader's own entries. Seven queries at most.

    Of whom another household named, an owner reads that there is somebody, and from when until when; another
    guardian only how many there are. What staff marked is in no part of it.
    """
    reader = actor.member
    if reader is None:
        return PickUpList(entries=(), hidden=0, may_add=False)
    may_add = bool(authority.may(actor, FamilyPermission.PICK_UP, member))
    is_whole = member.pk == reader.pk or runs(actor, member)
    apart = NoContact.objects.active().filter(protected=member).values("barred")
    found = [*_owners(member, apart, reader), *_linked(member, apart, today, reader)]
    found += [_named(row, reader, may_add, is_whole) for row in _people(member, reader, today)]
    shown = tuple(each for each in found if is_whole or each.is_ours)
    return PickUpList(entries=shown, hidden=len(found) - len(shown), may_add=may_add)


def runs(actor: Actor, member: Member) -> bool:
    """Whether the actor's member is an owner of the account that ``member`` is in."""
    return bool(authority.may_run(actor, AccountPermission.PEOPLE, member.account))


def ours(reader: Member) -> Q:
    """What somebody of the reader's own account named: theirs to see whole, and to change."""
    return Q(added_by__account=reader.account_id) | Q(added_by=reader)


def shown_to(actor: Actor, member: Member) -> QuerySet[PickUpPerson]:
    """The rows that the actor's member may change, where they may act at all."""
    if actor.member is None or not authority.may(actor, FamilyPermission.PICK_UP, member):
        return PickUpPerson.objects.none()
    rows = PickUpPerson.objects.filter(member=member, ended_at__isnull=True)
    if runs(actor, member):
        return rows  # whoever runs the account ends what another guardian named, and does not rewrite it
    return rows.filter(ours(actor.member))


def _people(member: Member, reader: Member, today: date) -> QuerySet[Any]:
    rows = PickUpPerson.objects.standing(today).filter(member=member)
    return rows.annotate(is_ours=Case(When(ours(reader), then=Value(True)), default=Value(False))).order_by(
        "pk"
    )[: MOST * 2]


def _owners(member: Member, apart: Any, reader: Member) -> list[Entry]:
    if member.user_id is not None and authority.is_adult(member):
        return []
    owners = AccountOwner.objects.filter(account=member.account_id, member__erased_at__isnull=True)
    rows = owners.exclude(member=member).exclude(member__in=apart).select_related("member")
    return [
        Entry(
            name=_("You") if row.member_id == reader.pk else row.member.full_name,
            about=_("Owner of the account"),
            who=row.member,
            is_ours=row.member_id == reader.pk,
        )
        for row in rows.order_by("since", "pk")[:MOST]
    ]


def _linked(member: Member, apart: Any, today: date, reader: Member) -> list[Entry]:
    links = ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today),
        dependent=member,
        pick_up=True,
        ended_at__isnull=True,
        manager__erased_at__isnull=True,
    )
    rows = links.exclude(manager__in=apart).select_related("manager").order_by("pk")[: MOST * 2]
    return [
        Entry(
            name=_("You") if row.manager_id == reader.pk else row.manager.full_name,
            about=str(LinkKind(row.kind).label),
            who=row.manager,
            is_ours=row.manager_id == reader.pk,
            starts_on=row.starts_on if row.starts_on > today else None,
            ends_on=row.ends_on,
        )
        for row in rows
    ]


def _named(row: Any, reader: Member, may_add: bool, is_whole: bool) -> Entry:
    return Entry(
        name=row.name if row.is_ours else _("Somebody another guardian named"),
        about=row.relation if row.is_ours else _("The desk knows who"),
        named=row,
        phone=format_phone(row.phone, reader.account.country) if row.phone and row.is_ours else "",
        has_photo=bool(row.photo) and row.is_ours,
        photo_version=version_of(row.photo) if row.photo else "",
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        is_ours=row.is_ours,
        may_end=may_add and (row.is_ours or is_whole),
    )
