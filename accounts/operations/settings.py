"""An organisation's own settings: what it is called, how it looks, where it is, and its policies."""

from collections.abc import Mapping
from typing import Any

from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.functional import Promise

from accounts import audit
from accounts.actors import Actor
from accounts.administration import begin
from accounts.errors import ChangedMeanwhile, Refused
from accounts.files import put
from accounts.models import Organization
from accounts.operations import organizations
from accounts.permissions import Permission
from accounts.registries import setting_locks
from accounts.transactions import operation

FIELDS = (
    "name",
    "tagline",
    "hue",
    "time_zone",
    "country",
    "locale",
    "currency",
    "age_of_majority",
    "minimum_purchase_age",
    "coming_of_age_grace_days",
    "hidden_after_months",
    "hold_minutes",
)


class SettingFixed(Refused):
    """What is stored already depends on the setting, so it stays as it is."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason)


@operation
def change(
    *,
    by: Actor,
    organization: Organization,
    values: Mapping[str, Any],
    seen: int,
    logo: "ContentFile[bytes] | None" = None,
    removes_logo: bool = False,
) -> Organization:
    """Set ``values`` of FIELDS, all or none; ``logo`` is a picture made safe (``accounts.pictures``).

    ``seen`` is the version that the page showed. The version grows, so that pages kept in memory are made
    anew. Raises ChangedMeanwhile, SettingFixed (RULES 3.6), NotAllowed, and Refused with what is wrong.
    """
    begin(by=by, organization=organization, needs=Permission.SETTINGS_EDIT)
    current = Organization.objects.get(pk=organization.pk)
    if current.version != seen:
        raise ChangedMeanwhile
    changed = [name for name in FIELDS if name in values and values[name] != getattr(current, name)]
    for field, reason in fixed(current).items() if changed else ():
        if field in changed:
            raise SettingFixed(field, str(reason))
    for name in changed:
        setattr(current, name, values[name])
    organizations.check(current)
    if logo is not None or (removes_logo and current.logo):
        put(current, "logo", logo)
        changed.append("logo")
    if not changed:
        return current
    current.version += 1
    current.save(update_fields=[*changed, "version"])
    transaction.on_commit(lambda: caches["local"].delete(f"organization:{current.slug}"))
    audit.record(
        by=by,
        action="accounts.settings_changed",
        target=current,
        organization=current,
        changes={"fields": sorted(changed)},
    )
    return current


def fixed(organization: Organization) -> dict[str, str | Promise]:
    """The settings that can no longer be changed, each with the reason."""
    return {lock.field: lock.reason for lock in setting_locks if lock.holds(organization)}
