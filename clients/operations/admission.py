"""Who becomes a client, and how far they have come (RULES 1.2)."""

from collections.abc import Iterable, Mapping, Sequence

from accounts import audit
from accounts.actors import Actor
from accounts.models import Member, Organization
from accounts.numbers import next_numbers
from accounts.people import ADDRESS, CONTACT, PersonFields
from accounts.transactions import operation
from clients import naming
from clients.enums import ClientStatus, Share
from clients.models import Client, Household
from clients.operations import households
from clients.searching import sort_name

PHOTO = "photo"


@operation
def admit(
    *,
    by: Actor,
    organization: Organization,
    members: Sequence[Member],
    participates: bool = True,
    payer: Member | None = None,
) -> list[Client]:
    """The clients that ``members`` are here, in the order given; made as leads where they were none.

    One query when all stand. A client that was merged is answered by the one it was merged into. With
    ``participates``, a payer who took no part so far does from now on. ``payer`` becomes one who takes no
    part, where they are no client yet and not among ``members``.
    """
    everybody = [*members, payer] if payer else members
    found = _standing(organization, everybody)
    missing = list({m.pk: m for m in everybody if m.pk not in found}.values())
    if missing:
        accounts = {member.account_id: member.account for member in missing}
        homes = {  # before the counter of clients, as everybody does (RULES 3.9)
            pk: households.begin(by=by, organization=organization, account=account)
            for pk, account in accounts.items()
        }
        next_numbers(organization, "client", 0)  # whoever else admits waits here
        found |= _standing(organization, missing)
        missing = [member for member in missing if member.pk not in found]
        takers = {member.pk for member in members} if participates else set()
        found |= _make(by, organization, missing, homes, takers)
    clients = [found[member.pk] for member in members]
    if participates:
        _let_take_part(by, organization, clients)
    return clients


@operation
def activate(*, by: Actor, clients: Iterable[Client]) -> None:
    """Turn leads into active clients: by the first fulfilled line, check-in or staff's own entry."""
    leads = [client for client in clients if client.status == ClientStatus.LEAD]
    if not leads:
        return
    moved = Client.objects.filter(pk__in=[client.pk for client in leads], status=ClientStatus.LEAD)
    moved.update(status=ClientStatus.ACTIVE)
    for client in leads:
        client.status = ClientStatus.ACTIVE
        audit.record(
            by=by,
            action="clients.activated",
            target=client,
            organization=client.organization,
            members=[client.member_id],
        )


def standing(client: Client) -> Client:
    """``client``, or the one it was joined into, locked so that it is joined into none meanwhile."""
    while True:
        rows = Client.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
        current = rows.get(pk=client.pk)
        if current.merged_into is None:
            return current
        client = current.merged_into


def shared_fields(client: Client) -> set[str]:
    """The personal fields that the family shares with the organisation (RULES 1.1)."""
    fields = {*PersonFields.__dataclass_fields__, PHOTO}
    if Share.CONTACT not in client.shares:
        fields -= set(CONTACT)
    if Share.ADDRESS not in client.shares:
        fields -= set(ADDRESS)
    if Share.PHOTO not in client.shares:
        fields.discard(PHOTO)
    return fields


def _standing(organization: Organization, members: Iterable[Member]) -> dict[int, Client]:
    """By member: their client here, tombstones resolved. One query."""
    rows = Client.objects.filter(
        organization=organization, member__in={member.pk for member in members}
    ).select_related("household", "merged_into__household")
    found = {}
    for row in rows:
        client = row
        while client.merged_into is not None:
            client = client.merged_into
        found[row.member_id] = client
    return found


def _make(
    by: Actor,
    organization: Organization,
    members: Sequence[Member],
    homes: Mapping[int, Household],
    takers: set[int],
) -> dict[int, Client]:
    """New leads, by member; those in ``takers`` take part."""
    if not members:
        return {}
    numbers = next_numbers(organization, "client", len(members))
    made = [
        Client(
            organization=organization,
            member=member,
            household=homes[member.account_id],
            number=number,
            participates=member.pk in takers,
            photo=member.photo.name,
            **PersonFields.of(member).values(),
        )
        for member, number in zip(members, numbers, strict=True)
    ]
    for client in made:
        client.sort_name = sort_name(client.given_name, client.family_name)
    Client.objects.bulk_create(made)
    naming.refresh(organization, {client.household_id for client in made})
    for client in made:
        audit.record(
            by=by,
            action="clients.admitted",
            target=client,
            organization=organization,
            members=[client.member_id],
            changes={"number": client.number, "participates": client.participates},
        )
    return {client.member_id: client for client in made}


def _let_take_part(by: Actor, organization: Organization, clients: Iterable[Client]) -> None:
    payers = [client for client in clients if not client.participates]
    for client in payers:
        client.participates = True
        client.save(update_fields=["participates"])
        audit.record(
            by=by,
            action="clients.takes_part",
            target=client,
            organization=organization,
            members=[client.member_id],
        )
