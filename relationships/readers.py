"""Who is told about somebody besides whoever pays: themselves, and whoever a link lets know (RULES 5.1, C05)."""

from collections.abc import Collection

from accounts.actors import Actor
from accounts.models import Member, Organization
from relationships import authority
from relationships.enums import FamilyPermission
from relationships.models import ManagerLink


def readers_about(members: Collection[Member], organization: Organization) -> dict[Member, list[Member]]:
    """By reader, the people of ``members`` of whom they get a copy of messages from ``organization``.

    Who has a login reads of themselves. One query, and one for each link that may count.
    """
    found = {member: [member] for member in members if member.user_id is not None}
    links = ManagerLink.objects.filter(
        dependent__in=members, notify=True, ended_at__isnull=True, manager__user__isnull=False
    )
    pairs = {(link.manager, link.dependent): None for link in links.select_related("manager", "dependent")}
    for reader, member in pairs:
        if authority.may(Actor.of_member(reader), FamilyPermission.NOTIFY, member, organization):
            found.setdefault(reader, []).append(member)
    return found
