"""What an organisation keeps of somebody who moves to another account (RULES 4.3)."""

from django.db.models import Q

from accounts import audit
from accounts.events import MemberMoved
from accounts.models import Account
from clients import naming
from clients.models import Client, Household
from clients.operations import activity, households


def follow_move(event: MemberMoved) -> None:
    """Each client of the member is in the new account's household there from now on, begun where there is none.

    Their registrations, waivers and memos stay with the client, bills with the household they were made for.
    The household they left is billed to another owner, and both are found by the right names.
    """
    organizations = {
        client.organization_id: client.organization
        for client in Client.objects.standing().filter(member=event.member).select_related("organization")
    }
    homes = {
        pk: households.begin(by=event.by, organization=organizations[pk], account=event.to_account)
        for pk in sorted(organizations)
    }
    households.lock(Q(account__in=[event.from_account, event.to_account]))
    clients = Client.objects.select_for_update(of=("self",)).standing().filter(member=event.member)
    for client in clients.order_by("id"):
        home = homes[client.organization_id]
        client.household = home
        client.save(update_fields=["household"])
        audit.record(
            by=event.by,
            action="clients.household_changed",
            target=client,
            organization=home.organization,
            members=[client.member_id],
            changes={"household": home.number},
        )
    activity.touch_where(Q(pk__in=[home.pk for home in homes.values()]))
    _bill_another_owner(event)
    _refresh(event.from_account, event.to_account)


def _bill_another_owner(event: MemberMoved) -> None:
    """Bills of the account that was left go to its first owner, where they went to who left (RULES 1.7)."""
    left = Household.objects.filter(account=event.from_account, billing_contact=event.member)
    first = event.from_account.ownerships.order_by("since", "id").first()
    left.update(billing_contact=first.member_id if first else None)


def _refresh(*accounts: Account) -> None:
    homes = Household.objects.filter(account__in=accounts).select_related("organization").order_by("id")
    for household in homes:
        naming.refresh(household.organization, [household])
