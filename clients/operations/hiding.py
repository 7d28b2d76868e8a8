"""Hiding: a household without activity leaves the lists, and comes back with the next one (D09).

Nothing is deleted or archived: a hidden household is found by a search that asks for hidden ones, and sells,
signs and checks in as any other.
"""

from datetime import time

from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.calendars import at_local, months_before, today_in
from accounts.models import AuditEvent, Organization
from accounts.permissions import Permission
from accounts.transactions import operation
from clients.models import Household
from clients.operations import activity
from clients.querysets import HouseholdQuerySet
from clients.staying import staying

BATCH = 500


def inactive(organization: Organization) -> HouseholdQuerySet:
    """What is due to be hidden: no activity for the organisation's months, and no reason to stay."""
    since = months_before(today_in(organization.time_zone), organization.hidden_after_months)
    idle = Household.objects.filter(
        organization=organization, last_activity_at__lt=at_local(since, time.min, organization.time_zone)
    ).shown()
    for reason in staying:
        idle = idle.filter(~reason.holds())
    return idle


def hide_inactive(*, by: Actor, organization: Organization) -> int:
    """Hide all that is due; returns how many. Safe to run twice, late, or beside a sale.

    In batches, a transaction each. One that is being locked by somebody is active: it is passed over.
    """
    hidden = 0
    while count := _hide_some(by, organization):
        hidden += count
    return hidden


@operation
def show_again(*, by: Actor, household: Household) -> None:
    """Staff bring a hidden household back; it stays for another whole period. Raises NotAllowed."""
    by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    if household.hidden_at is None:
        return
    activity.touch(household)
    audit.record(
        by=by, action="clients.household_shown", target=household, organization=household.organization
    )


@operation
def _hide_some(by: Actor, organization: Organization) -> int:
    locked = inactive(organization).select_for_update(of=("self",), skip_locked=True, no_key=True)
    ids = list(locked.order_by("last_activity_at").values_list("pk", flat=True)[:BATCH])
    now = timezone.now()
    Household.objects.filter(pk__in=ids).update(hidden_at=now)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=now,
            action="clients.household_hidden",
            target_type=Household._meta.label_lower,
            target_id=pk,
            organization_id=organization.pk,
            **by.audit_columns(),
        )
        for pk in ids
    )
    return len(ids)
