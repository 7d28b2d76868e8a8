"""The audit: who did what, for whom, in the transaction that did it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models
from django.utils import timezone

from accounts.actors import Actor
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
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record belongs inside the transaction of what it records")
    organization = organization or by.organization
    AuditEvent.objects.create(
        at=timezone.now(),
        action=action,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        organization_id=organization.pk if organization else None,
        member_ids=sorted({m if isinstance(m, int) else m.pk for m in members}),
        changes=dict(changes or {}),
        **by.audit_columns(),
    )
