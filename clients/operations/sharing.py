"""What a family shares with an organisation about one person, and whether they take part (RULES 1.1, 1.2)."""

from collections.abc import Collection

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from accounts.events import emit
from accounts.models import Member
from accounts.people import ADDRESS, CONTACT
from accounts.transactions import operation
from clients import naming
from clients.enums import ClientStatus, Share
from clients.events import LeavingLists
from clients.models import Client
from clients.operations import family_changes, households
from clients.operations.admission import PHOTO
from clients.operations.following import value_of

FIELDS: dict[str, tuple[str, ...]] = {
    Share.CONTACT: CONTACT,
    Share.ADDRESS: ADDRESS,
    Share.PHOTO: (PHOTO,),
}


@operation
def change_shares(
    *, by: Actor, client: Client, on: Collection[str] = (), off: Collection[str] = ()
) -> Client:
    """Share the fields of ``on`` with the organisation from now on, and those of ``off`` no longer.

    What is switched off leaves the organisation's side, what is switched on is copied there again, save what
    its staff set themselves. What is neither stays as it is. Takes the locks of member, household and client.
    """
    current = _locked(client)
    before = set(current.shares)
    after = (before | set(on)) - set(off)
    if after == before:
        return current
    current.shares = [share for share in Share.values if share in after]
    touched = [
        name for share in sorted(after ^ before) for name in FIELDS[share] if name not in current.staff_set
    ]
    for name in touched:
        is_shared = any(name in FIELDS[share] for share in after)
        setattr(current, name, value_of(current.member, name) if is_shared else "")
    marked = family_changes.mark(current, [family_changes.SHARES], by)
    current.save(update_fields=["shares", *touched, *marked])
    naming.refresh(current.organization, [current.household_id])
    _record(
        by, current, "clients.shares_changed", {"on": sorted(after - before), "off": sorted(before - after)}
    )
    return current


@operation
def change_participation(*, by: Actor, client: Client, participates: bool) -> Client:
    """Let somebody take part, or only manage and pay. Raises what an app says that still expects them."""
    current = _locked(client)
    if current.participates == participates:
        return current
    if not participates:
        emit(LeavingLists(client=current, by=by))
    current.participates = participates
    marked = family_changes.mark(current, [family_changes.TAKES_PART], by)
    current.save(update_fields=["participates", *marked])
    _record(by, current, "clients.takes_part" if participates else "clients.takes_no_part", {})
    return current


def _locked(client: Client) -> Client:
    Member.objects.select_for_update().get(pk=client.member_id)
    households.lock(Q(clients=client.pk))
    clients = Client.objects.select_for_update(of=("self",)).exclude(status=ClientStatus.MERGED)
    return clients.select_related("member", "organization").get(pk=client.pk)


def _record(by: Actor, client: Client, action: str, changes: dict[str, list[str]]) -> None:
    audit.record(
        by=by,
        action=action,
        target=client,
        organization=client.organization,
        members=[client.member_id],
        changes=changes,
    )
