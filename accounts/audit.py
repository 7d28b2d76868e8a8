"""The audit: who did what, for whom, in the transaction that did it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import AuditEvent, Member, Organization


def record(
    *,
    by: Actor,
    action: str,
    target: models.Model,
    organization: Organization | None = None,
    members: Iterable[Member | int] = (),
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write one AuditEvent.

    ``action`` is ``app.past_tense``. ``changes`` holds names of fields and values that are not personal:
    never names, answers, secrets or health matters. Must run inside the operation's transaction.

    Where a person or staff acts and ``by`` does not say for whom, and ``members`` are one other person, it is
    for that one (B22); several are all named in ``member_ids``.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record belongs inside the transaction of what it records")
    organization = organization or by.organization
    ids = sorted({m if isinstance(m, int) else m.pk for m in members})
    columns = by.audit_columns()
    columns["for_member_id"] = columns["for_member_id"] or _on_behalf_of(by, ids)
    AuditEvent.objects.create(
        at=timezone.now(),
        action=action,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        organization_id=organization.pk if organization else None,
        member_ids=ids,
        changes=dict(changes or {}),
        **columns,
    )


def _on_behalf_of(by: Actor, members: list[int]) -> int | None:
    """The one person it is about, unless that is who acts."""
    if by.kind not in (ActorKind.PERSON, ActorKind.STAFF) or len(members) != 1:
        return None
    return None if by.member is not None and members[0] == by.member.pk else members[0]
