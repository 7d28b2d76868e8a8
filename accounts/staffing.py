"""Who works at an organisation, and what their roles let them do: reads only."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, Func, OuterRef, Q, QuerySet

from accounts.models import Organization, Role, Staff
from accounts.permissions import ADMINISTRATOR, BUILT_IN, Permission

UNNESTED = Func("permissions", function="unnest", output_field=CharField())


def with_permissions(staff: QuerySet[Staff]) -> QuerySet[Staff]:
    """``staff`` with what ``permissions_of`` reads, in the same query."""
    roles = Role.objects.filter(staff=OuterRef("pk"))
    return staff.annotate(
        held=ArraySubquery(roles.values(held=UNNESTED)),
        is_administrator=Exists(roles.filter(key=ADMINISTRATOR)),
    )


def permissions_of(staff: Staff) -> frozenset[Permission]:
    """What somebody's roles hold together; an administrator may do everything, what is new as well."""
    if staff.is_administrator:  # type: ignore[attr-defined]  # with_permissions
        return frozenset(Permission)
    return frozenset(p for p in Permission if p.value in staff.held)  # type: ignore[attr-defined]


def roles_of(organization: Organization) -> list[Role]:
    """Built-in ones in their order, then the organisation's own by name; each with ``people`` who work here."""
    order = list(BUILT_IN)
    people = Count("staff", filter=Q(staff__is_active=True))
    found = Role.objects.filter(organization=organization).annotate(people=people).order_by("name", "pk")
    return sorted(found, key=lambda role: order.index(role.key) if role.key in order else len(order))


def permissions_in(roles: Iterable[Role]) -> frozenset[Permission]:
    """What these roles hold together."""
    return frozenset[Permission]().union(*(role.held for role in roles))
