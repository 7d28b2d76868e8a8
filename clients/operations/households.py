"""Households: an account as one organisation sees it."""

from django.db.models import F, Q

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, AccountOwner, Member, Organization
from accounts.numbers import next_number, next_numbers
from accounts.permissions import Permission
from accounts.transactions import operation
from clients import naming
from clients.errors import NotAnOwner
from clients.models import Household
from clients.operations import activity


@operation
def begin(*, by: Actor, organization: Organization, account: Account) -> Household:
    """The household of ``account`` at ``organization``, made with the next number if there is none.

    One query when it stands, and the family is active here by asking for it (D09). A household that was
    joined into another is answered by that other. The billing contact is the account's first owner (RULES 1.7).
    """
    household = _standing(organization, account)
    if household is not None:
        activity.touch(household)
        return household
    next_numbers(organization, "household", 0)  # whoever else begins one waits here
    household = _standing(organization, account)
    if household is not None:
        return household
    first_owner = account.ownerships.order_by("since", "id").first()
    household = Household.objects.create(
        organization=organization,
        account=account,
        number=next_number(organization, "household"),
        name=account.name,
        billing_contact_id=first_owner.member_id if first_owner else None,
    )
    naming.refresh(organization, [household])
    audit.record(
        by=by,
        action="clients.household_begun",
        target=household,
        organization=organization,
        changes={"number": household.number},
    )
    return household


@operation
def choose_billing_contact(*, by: Actor, household: Household, member: Member) -> None:
    """Bills and statements go to ``member``, one of the household's owners, from now on (RULES 1.7).

    Takes the household's row lock. Raises NotAllowed, or NotAnOwner.
    """
    by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    lock(Q(pk=household.pk))
    if not AccountOwner.objects.filter(
        account=household.account_id, member=member, member__erased_at__isnull=True
    ).exists():
        raise NotAnOwner
    changed = Household.objects.filter(pk=household.pk).exclude(billing_contact=member)
    if not changed.update(billing_contact=member):
        return
    household.billing_contact = member
    activity.touch(household)
    audit.record(
        by=by,
        action="clients.billing_contact_chosen",
        target=household,
        organization=household.organization,
        members=[member],
    )


def lock(which: Q) -> None:
    """Lock households in ascending id; whoever changes clients of one too does so first (RULES 3.9)."""
    locked = Household.objects.select_for_update(of=("self",), no_key=True)
    list(locked.filter(which).order_by("pk").values_list("pk"))


def _standing(organization: Organization, account: Account) -> Household | None:
    household = (
        Household.objects.filter(organization=organization, account=account)
        .select_related("merged_into")
        .order_by(F("merged_into").asc(nulls_first=True), "pk")
        .first()
    )
    return household and (household.merged_into or household)
