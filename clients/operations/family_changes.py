"""What the family changed since staff looked: marked when it comes, cleared when staff have seen it (A11)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.transactions import operation
from clients.models import Client

MARKED = ("family_changed", "family_changed_at")

SHARES, TAKES_PART = "shares", "participates"
"""Marked beside names of personal fields: what the family shares, and whether somebody takes part."""


def mark(client: Client, changed: Iterable[str], by: Actor) -> tuple[str, ...]:
    """Note on a client that the caller saves what the family changed of it; the columns to save.

    What the organisation's own staff did (in an account that they keep) is no news to them.
    """
    is_own_staff = by.kind is ActorKind.STAFF and by.organization == client.organization
    names = set(changed)
    if is_own_staff or not names:
        return ()
    client.family_changed = sorted({*client.family_changed, *names})
    client.family_changed_at = timezone.now()
    return MARKED


@operation
def seen(*, by: Actor, client: Client, until: datetime) -> bool:
    """Clear the mark, if it is still the one of ``until``; whether it was.

    A change that came after the page was opened stays marked: nobody has seen that one.
    """
    cleared = Client.objects.filter(pk=client.pk, family_changed_at=until).update(
        family_changed=[], family_changed_at=None
    )
    if cleared:
        audit.record(
            by=by,
            action="clients.family_change_seen",
            target=client,
            organization=client.organization,
            members=[client.member_id],
            changes={"fields": client.family_changed},
        )
    return bool(cleared)
