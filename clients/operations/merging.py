"""Joining two records of one person at one organisation (RULES 4.1)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.events import emit
from accounts.guards import Act, refuse_if
from accounts.models import Member
from accounts.people import PersonFields
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from clients import naming
from clients.enums import ClientStatus, MergeReason
from clients.errors import CannotMerge
from clients.events import ClientsMerged
from clients.merging import Joining, merging, move_rows
from clients.models import Client, Merge
from clients.operations import admission, households, photos
from clients.operations.admission import PHOTO

FARTHEST = (ClientStatus.ACTIVE, ClientStatus.INACTIVE, ClientStatus.LEAD)


@operation
def join(*, by: Actor, keep: Client, drop: Client, because: MergeReason) -> Merge:
    """Make one of two clients of one organisation, and return what it did: ``keep`` stays, with all rows of both.

    ``drop`` becomes a tombstone, by which every look-up of its member finds ``keep``. What ``keep`` does not
    know it takes over; its household, and all rights, stay as they are: a merge joins records, never people.
    Locks households, then clients. Emits ClientsMerged. Raises CannotMerge, SelfDealing, or what a guard says
    (KeptApart).
    """
    _lock_members(keep.member_id, drop.member_id)
    households.lock(Q(clients__in=[keep, drop]))
    keep, drop = _lock(keep, drop)
    refuse_if(act=Act.MERGE, subjects=[keep.member, drop.member], organization=keep.organization, by=by)
    refuse_self_dealing(by=by, members=[keep.member, drop.member])
    joining = _begin(by, keep, drop, drop.member, keep.member, because)
    with _named(joining.merge):
        for rule in merging:
            if rule.settle is not None:
                rule.settle(joining)
            move_rows(joining, rule)
    _close(joining, drop)
    _fill_in(joining, drop)
    naming.refresh(keep.organization, {keep.household_id, drop.household_id})
    audit.record(
        by=by,
        action="clients.merged",
        target=keep,
        organization=keep.organization,
        members=[keep.member_id, drop.member_id],
        changes={"merge": joining.merge.pk, "dropped": drop.number, "because": because.value},
    )
    emit(ClientsMerged(merge=joining.merge, keep=keep, drop=drop, by=by))
    return joining.merge


@operation
def stand_for(*, by: Actor, client: Client, member: Member, because: MergeReason) -> Merge:
    """Let ``client`` stand for ``member``, who has no record there, in place of whom it stood for.

    It comes into the household of the member's account. What staff entered and the family says otherwise
    stays staff's, marked (RULES 1.1). Raises CannotMerge, or what a guard says.
    """
    home = households.begin(by=by, organization=client.organization, account=member.account)
    households.lock(Q(pk__in=[home.pk, client.household_id]))
    client = _locked([client.pk])[client.pk]
    former, left = client.member, client.household_id
    if (
        client.status == ClientStatus.MERGED
        or Client.objects.filter(organization=client.organization_id, member=member).exists()
    ):
        raise CannotMerge
    refuse_if(act=Act.MERGE, subjects=[former, member], organization=client.organization, by=by)
    joining = _begin(by, client, None, former, member, because)
    for rule in merging:
        if rule.settle is not None:
            rule.settle(joining)
    itself = Client.objects.filter(pk=client.pk)
    joining.change(itself, member_id=member.pk, household_id=home.pk)
    client.member, client.household = member, home
    client.staff_set = sorted({*client.staff_set, *PersonFields.of(client).differences(member)})
    _keep_picture(joining, client)
    client.save(update_fields=["staff_set"])
    naming.refresh(client.organization, {left, home.pk})
    audit.record(
        by=by,
        action="clients.stands_for",
        target=client,
        organization=client.organization,
        members=[former, member],
        changes={"merge": joining.merge.pk, "because": because.value},
    )
    return joining.merge


def _lock_members(*members: int) -> None:
    """Before the households (RULES 3.9): who is being erased is erased first, and then cannot be joined."""
    rows = Member.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=members)
    list(rows.order_by("pk").values_list("pk"))


def _lock(keep: Client, drop: Client) -> tuple[Client, Client]:
    """Both, locked in ascending id. Raises CannotMerge unless they are two standing ones of one organisation."""
    locked = _locked([keep.pk, drop.pk])
    if len(locked) != 2:
        raise CannotMerge
    keep, drop = locked[keep.pk], locked[drop.pk]
    both = (keep, drop)
    is_standing = all(each.status in FARTHEST and each.member.erased_at is None for each in both)
    if keep.organization_id != drop.organization_id or not is_standing:
        raise CannotMerge
    return keep, drop


def _locked(ids: list[int]) -> dict[int, Client]:
    rows = Client.objects.select_for_update(of=("self",)).select_related("member", "organization")
    return {client.pk: client for client in rows.filter(pk__in=ids).order_by("pk")}


def _begin(
    by: Actor,
    keep: Client,
    drop: Client | None,
    from_member: Member,
    to_member: Member,
    because: MergeReason,
) -> Joining:
    now = timezone.now()
    merge = Merge.objects.create(
        organization=keep.organization,
        keep=keep,
        drop=drop,
        because=because,
        by_staff=by.staff,
        by_member=by.member if by.staff is None else None,
        merged_at=now,
    )
    return Joining(
        by=by, merge=merge, keep=keep, drop=drop, from_member=from_member, to_member=to_member, at=now
    )


def _close(joining: Joining, drop: Client) -> None:
    """The tombstone; and the kept one is as far as either was."""
    keep = joining.keep
    joining.change(Client.objects.filter(merged_into=drop), merged_into_id=keep.pk)
    tombstone = Client.objects.filter(pk=drop.pk)
    status = min((keep.status, drop.status), key=lambda each: FARTHEST.index(ClientStatus(each)))
    participates = keep.participates or drop.participates
    joining.change(tombstone, status=ClientStatus.MERGED, merged_into_id=keep.pk)
    if (status, participates) != (keep.status, keep.participates):
        joining.change(Client.objects.filter(pk=keep.pk), status=status, participates=participates)
    keep.status, keep.participates = status, participates


def _fill_in(joining: Joining, drop: Client) -> None:
    """What ``keep`` does not know and ``drop`` does is staff's word from now on."""
    keep = joining.keep
    known = PersonFields.of(drop).values()
    missing = [name for name, value in known.items() if value and not getattr(keep, name)]
    if drop.photo and not keep.photo and PHOTO not in keep.staff_set:  # a file of its own: the other may go
        known[PHOTO] = photos.copied(drop.photo)
        missing += [PHOTO] if known[PHOTO] else []
    if missing:
        joining.change(Client.objects.filter(pk=keep.pk), **{name: known[name] for name in missing})
        for name in missing:
            setattr(keep, name, known[name])
        keep.staff_set = sorted({*keep.staff_set, *missing})
        keep.save(update_fields=["staff_set"])


def _keep_picture(joining: Joining, client: Client) -> None:
    """The picture that staff had of whom ``client`` stood for stays staff's; without one, the family's is shown."""
    if PHOTO in client.staff_set:
        return
    own = photos.copied(client.photo)
    shared = (client.member.photo.name or "") if PHOTO in admission.shared_fields(client) else ""
    joining.change(Client.objects.filter(pk=client.pk), photo=own or shared)
    client.photo = own or shared
    if own:
        client.staff_set = sorted({*client.staff_set, PHOTO})


@contextmanager
def _named(merge: Merge) -> Iterator[None]:
    """Name the merge to the database: append-only rows of the dropped client may go to the kept one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('kinroll.merge', %s, true)", [str(merge.pk)])
        yield
        cursor.execute("SELECT set_config('kinroll.merge', '', true)")
