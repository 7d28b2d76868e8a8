"""Marks of staff for the safety of people: to whom a child is never released, who must be kept apart (RULES 2.1, 2.11).

Nobody of the family is told of any of them, neither by a page nor by a mail, and no event is emitted for that. The
audit keeps who and when, and the row why.
"""

from dataclasses import dataclass
from datetime import date

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import today_in
from accounts.errors import NotAllowed
from accounts.models import Member, Organization
from accounts.permissions import Permission
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from clients.models import Client
from relationships.errors import (
    LinkDatesUnusable,
    MarkLifted,
    MarkStands,
    MarkWithOneself,
    ReasonMissing,
)
from relationships.models import NeverRelease, NoContact

type Picture = ContentFile[bytes]


@dataclass(frozen=True, kw_only=True)
class Named:
    """Who never takes a child: by name, and ``person`` where they are a client here. ``call`` is whom to call."""

    name: str
    person: Client | None = None
    description: str = ""
    call: str = ""


@operation
def never_release(
    *,
    by: Actor,
    client: Client,
    named: Named,
    reason: str,
    ends_on: date | None = None,
    photo: Picture | None = None,
) -> NeverRelease:
    """Record that ``client`` is never released to somebody, at this organisation.

    Raises NotAllowed, SelfDealing, ReasonMissing, MarkWithOneself, LinkDatesUnusable, and MarkStands where a known
    person is marked already.
    """
    here = _desk(by, client)
    person = named.person
    _check(by, reason, [client] if person is None else [client, person])
    if ends_on is not None and ends_on <= today_in(here.time_zone):
        raise LinkDatesUnusable
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=client.member_id)
    if person is not None:
        standing = NeverRelease.objects.active(today_in(here.time_zone))
        if standing.filter(client=client, person=person.member_id).exists():
            raise MarkStands
    mark = NeverRelease.objects.create(
        organization=here,
        client=client,
        person=person.member if person else None,
        name=(named.name or (person.full_name if person else "")).strip()[:120],
        description=named.description.strip()[:300],
        call=named.call.strip()[:120],
        reason=reason.strip()[:300],
        ends_on=ends_on,
        photo=photo or "",
        recorded_by=by.staff,
    )
    _record(by, "relationships.never_release_recorded", mark, [client.member_id])
    return mark


@operation
def lift_never_release(*, by: Actor, mark: NeverRelease, reason: str) -> NeverRelease:
    """The mark does not hold from now on; it is kept, with who lifted it and why.

    Raises NotAllowed, SelfDealing, ReasonMissing, MarkLifted.
    """
    current = NeverRelease.objects.select_for_update(of=("self",)).select_related("client__member", "person")
    found = current.get(pk=mark.pk)
    _desk(by, found.client)
    people = [found.client.member, *([found.person] if found.person else [])]
    refuse_self_dealing(by=by, members=people)
    _lift(by, found, reason)
    _record(by, "relationships.never_release_lifted", found, [found.client.member_id])
    return found


@operation
def no_contact(
    *,
    by: Actor,
    protected: Client,
    barred: Client,
    reason: str,
    starts_on: date,
    ends_on: date | None = None,
    document: Picture | None = None,
) -> NoContact:
    """From ``starts_on`` on ``barred`` learns nothing of ``protected`` at this organisation, whatever gives a right.

    A mark that is over makes room for a new one. Raises NotAllowed, SelfDealing, ReasonMissing, MarkWithOneself,
    LinkDatesUnusable, MarkStands.
    """
    here = _desk(by, protected)
    _check(by, reason, [protected, barred])
    if barred.organization_id != here.pk:
        raise NotAllowed
    if ends_on is not None and (ends_on <= starts_on or ends_on <= today_in(here.time_zone)):
        raise LinkDatesUnusable
    pair = [protected.member_id, barred.member_id]
    list(Member.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pair).order_by("pk"))
    standing = NoContact.objects.unlifted().filter(
        organization=here, barred=barred.member_id, protected=protected.member_id
    )
    if standing.not_over().exists():
        raise MarkStands
    standing.update(lifted_at=timezone.now())
    mark = NoContact.objects.create(
        organization=here,
        barred=barred.member,
        protected=protected.member,
        reason=reason.strip()[:300],
        document=document or "",
        starts_on=starts_on,
        ends_on=ends_on,
        recorded_by=by.staff,
    )
    _record(by, "relationships.no_contact_recorded", mark, pair)
    return mark


@operation
def lift_no_contact(*, by: Actor, mark: NoContact, reason: str) -> NoContact:
    """What gave a right before gives it again at once. Raises NotAllowed, SelfDealing, ReasonMissing, MarkLifted."""
    rows = NoContact.objects.select_for_update(of=("self",)).select_related("barred", "protected")
    found = rows.get(pk=mark.pk)
    by.needs(Permission.SAFETY_EDIT)
    if by.organization is None or found.organization_id != by.organization.pk:
        raise NotAllowed
    refuse_self_dealing(by=by, members=[found.barred, found.protected])
    _lift(by, found, reason)
    _record(by, "relationships.no_contact_lifted", found, [found.protected_id, found.barred_id])
    return found


@operation
def document_read(*, by: Actor, mark: NoContact) -> None:
    """Write down who opened the paper of a mark."""
    by.needs(Permission.SAFETY_EDIT)
    _record(by, "relationships.no_contact_document_read", mark, [mark.protected_id, mark.barred_id])


def _desk(by: Actor, client: Client) -> Organization:
    """The organisation whose staff act, which is the client's."""
    by.needs(Permission.SAFETY_EDIT)
    if by.organization is None or by.staff is None or client.organization_id != by.organization.pk:
        raise NotAllowed
    return by.organization


def _check(by: Actor, reason: str, clients: list[Client]) -> None:
    if not reason.strip():
        raise ReasonMissing
    if len({client.member_id for client in clients}) != len(clients):
        raise MarkWithOneself
    if len({client.organization_id for client in clients}) != 1:
        raise NotAllowed
    refuse_self_dealing(by=by, members=[client.member for client in clients])


def _lift(by: Actor, mark: NeverRelease | NoContact, reason: str) -> None:
    if mark.lifted_at is not None:
        raise MarkLifted
    if not reason.strip():
        raise ReasonMissing
    mark.lifted_at, mark.lifted_by, mark.lift_reason = timezone.now(), by.staff, reason.strip()[:300]
    mark.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])


def _record(by: Actor, action: str, mark: NeverRelease | NoContact, members: list[int]) -> None:
    audit.record(by=by, action=action, target=mark, organization=mark.organization, members=members)
