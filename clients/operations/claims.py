"""What becomes of a household and its clients when a family claims a staff-made account (RULES 1.4)."""

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from accounts.events import AccountJoined, AccountJoining, MemberRecognised, emit
from accounts.models import Member, Organization
from accounts.numbers import next_numbers
from clients import naming
from clients.enums import MergeReason
from clients.events import HouseholdJoins
from clients.models import Client, Household
from clients.operations import activity, households, merging


def take_household(event: AccountJoining) -> None:
    """The staff-made household becomes the family's, or is joined into the one the family has here.

    Number, bills and balance go with it. Whoever stays behind has a household of their own from now on.
    """
    if not event.takes_household:
        return
    if event.staying:
        next_numbers(event.organization, "household", 0)  # before any household is locked (RULES 3.9)
    here = Household.objects.filter(organization=event.organization, merged_into__isnull=True)
    households.lock(Q(pk__in=here.filter(account__in=[event.account, event.into]).values("pk")))
    household = here.filter(account=event.account).first()
    if household is None:
        return
    own = here.filter(account=event.into).first()
    if own is None:
        household.account, household.billing_contact = event.into, event.member
        household.save(update_fields=["account", "billing_contact"])
    else:
        _join(event.by, household, own)
    _stay_behind(event, household, own or household)
    naming.refresh(event.organization, [own or household])
    audit.record(
        by=event.by,
        action="clients.household_taken",
        target=own or household,
        organization=event.organization,
        members=[event.member],
        changes={"number": household.number, "into": own.number if own else None},
    )


def recognise(event: MemberRecognised) -> None:
    """What is kept of the staff-made person is joined with what is kept of the family's, or becomes it."""
    theirs = _client_of(event.staff_made, event.organization)
    if theirs is None:
        return
    mine = _client_of(event.member, event.organization)
    if mine is None:
        merging.stand_for(by=event.by, client=theirs, member=event.member, because=MergeReason.CLAIM)
    elif mine != theirs:
        merging.join(by=event.by, keep=mine, drop=theirs, because=MergeReason.CLAIM)


def settle_names(event: AccountJoined) -> None:
    """Bills of who stays go to who runs their account, if anybody; both families are found by their names."""
    homes = Household.objects.filter(organization=event.organization, merged_into__isnull=True)
    first = event.left.ownerships.order_by("since", "id").first()
    homes.filter(account=event.left).update(billing_contact=first.member_id if first else None)
    naming.refresh(event.organization, homes.filter(account__in=[event.left, event.account]))
    activity.touch_where(Q(organization=event.organization, account=event.account))


def _join(by: Actor, household: Household, own: Household) -> None:
    """Mark ``household`` as joined into ``own``, with its clients and whatever was joined into it before."""
    emit(HouseholdJoins(household=household, into=own, by=by))
    household.account, household.merged_into = own.account, own
    household.save(update_fields=["account", "merged_into"])
    Household.objects.filter(merged_into=household).update(merged_into=own, account=own.account)
    Client.objects.filter(household=household).update(household=own)


def _stay_behind(event: AccountJoining, household: Household, home: Household) -> None:
    if not event.staying:
        return
    fresh = households.begin(by=event.by, organization=event.organization, account=event.account)
    Household.objects.filter(pk=fresh.pk).update(name=household.name)
    clients = Client.objects.filter(household=home, member__in=[member.pk for member in event.staying])
    clients.update(household=fresh)
    naming.refresh(event.organization, [fresh])


def _client_of(member: Member, organization: Organization) -> Client | None:
    """The client that answers for ``member`` here."""
    client = Client.objects.filter(organization=organization, member=member).first()
    while client is not None and client.merged_into is not None:
        client = client.merged_into
    return client
