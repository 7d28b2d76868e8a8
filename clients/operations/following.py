"""How an organisation's copy follows the family's own fields (RULES 1.1)."""

from typing import Any

from django.db.models import Q

from accounts import audit
from accounts.calendars import born_on_or_before, today_in
from accounts.events import ForgettingUnconfirmed, MemberChanged, OwnerMade, OwnerSteppedDown, SignedUp
from accounts.models import Member
from clients import naming
from clients.enums import ClientStatus
from clients.models import Client, Household
from clients.operations import family_changes, households
from clients.operations.admission import PHOTO, shared_fields


def follow(event: MemberChanged) -> None:
    """Copy what the family changed to each client of that member, save what staff set or is not shared.

    What is shared is marked for staff to see, copied or not.

    A new birth date that makes a minor an adult or the reverse waits for staff (RULES 2.8): both stand.
    Search texts of whole households follow, since a child is found by the parents' names.
    """
    households.lock(Q(account=event.member.account_id))
    clients = (
        Client.objects.select_for_update(of=("self",))
        .filter(member=event.member)
        .exclude(status=ClientStatus.MERGED)
        .select_related("organization")
        .order_by("id")
    )
    for client in clients:
        _copy(client, event)
    if PHOTO in event.fields:  # the file is gone, for tombstones too
        joined = Client.objects.filter(member=event.member, status=ClientStatus.MERGED)
        joined.exclude(staff_set__contains=[PHOTO]).update(photo="")
    _refresh_names(event.member)


def begin_household(event: SignedUp) -> None:
    """A family that signs up on an organisation's page has a household there (RULES 1.2)."""
    if event.organization is not None:
        households.begin(by=event.by, organization=event.organization, account=event.account)


def follow_owners(event: OwnerMade | OwnerSteppedDown) -> None:
    """The billing contact stays one of the owners, and a household is found by its owners' names (RULES 1.7)."""
    households.lock(Q(account=event.account))
    first = event.account.ownerships.order_by("since", "id").first()
    homes = Household.objects.filter(account=event.account).select_related("organization").order_by("id")
    for household in homes:
        if isinstance(event, OwnerSteppedDown) and household.billing_contact_id == event.member.pk and first:
            household.billing_contact_id = first.member_id
            household.save(update_fields=["billing_contact"])
            audit.record(
                by=event.by,
                action="clients.billing_contact_chosen",
                target=household,
                organization=household.organization,
                members=[event.member.pk, first.member_id],
            )
        naming.refresh(household.organization, [household])


def forget_household(event: ForgettingUnconfirmed) -> None:
    """The households of an account that was never confirmed go with it; a client in one keeps it."""
    Household.objects.filter(account=event.account).delete()


def crosses_majority(client: Client, member: Member) -> bool:
    """Whether the family's birth date would make this client an adult, or a minor again."""
    if client.born_on is None or member.born_on is None:
        return False
    today = today_in(client.organization.time_zone)
    born_by = born_on_or_before(today, client.organization.age_of_majority)
    return (client.born_on <= born_by) != (member.born_on <= born_by)


def value_of(member: Member, field: str) -> Any:
    """What the family says, as a client's copy holds it: of a picture, the name of the family's own file."""
    value = getattr(member, field)
    return value.name if field == PHOTO else value


def _copy(client: Client, event: MemberChanged) -> None:
    told = set(event.fields) & shared_fields(client)
    fields = told - set(client.staff_set)
    if "born_on" in fields and crosses_majority(client, event.member):
        fields.discard("born_on")
    for name in fields:
        setattr(client, name, value_of(event.member, name))
    marked = family_changes.mark(client, told, event.by)
    if not fields and not marked:
        return
    client.save(update_fields=[*sorted(fields), *marked])
    if not fields:
        return
    audit.record(
        by=event.by,
        action="clients.followed",
        target=client,
        organization=client.organization,
        members=[client.member_id],
        changes={"fields": sorted(fields)},
    )


def _refresh_names(member: Member) -> None:
    homes = Household.objects.filter(account=member.account_id).select_related("organization").order_by("id")
    for household in homes:
        naming.refresh(household.organization, [household])
