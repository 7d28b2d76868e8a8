"""Links that staff make: they count at their organisation only, and begin with the harmless rights (RULES 2.5)."""

from collections.abc import Sequence
from dataclasses import replace

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.events import emit
from accounts.models import Organization
from accounts.permissions import Permission
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from clients.models import Client
from relationships import authority
from relationships.enums import FamilyPermission
from relationships.errors import GuardianOnly, SecondPersonNeeded
from relationships.events import LinkMade
from relationships.models import MANAGER_FLAGS, ManagerLink
from relationships.operations import links
from relationships.operations.links import SIGN, Terms

AT_ONCE = frozenset({FamilyPermission.VIEW.value, FamilyPermission.BOOK.value, FamilyPermission.NOTIFY.value})
"""What a staff-made link gives at once; the rest waits for the dependent's side or a second staff member."""


@operation
def make(*, by: Actor, manager: Client, dependents: Sequence[Client], terms: Terms) -> list[ManagerLink]:
    """Link ``manager`` to each of ``dependents`` at the organisation of the staff who act (C01, P15, P16).

    Staff choose among manager-side flags; nothing is lent by them. Raises NotAllowed, and what
    ``links.establish`` does. Emits LinkMade for each, from which owners are told.
    """
    organization = _here(by, Permission.LINKS_EDIT)
    if any(client.organization_id != organization.pk for client in (manager, *dependents)):
        raise NotAllowed
    refuse_self_dealing(by=by, members=[manager.member, *(each.member for each in dependents)])
    wanted = set(terms.flags) & set(MANAGER_FLAGS)
    if SIGN in wanted and not terms.is_legal_guardian:
        raise GuardianOnly
    at_once = replace(terms, flags=wanted & AT_ONCE | {FamilyPermission.VIEW.value}, is_legal_guardian=False)
    return [
        links.establish(
            by=by,
            manager=manager.member,
            dependent=dependent.member,
            terms=at_once,
            organization=organization,
            waiting=wanted - AT_ONCE,
        )
        for dependent in sorted(dependents, key=lambda client: client.member_id)
    ]


@operation
def confirm(*, by: Actor, link: ManagerLink) -> ManagerLink:
    """A second staff member lets what waits count (RULES 2.5). Raises NotAllowed, SecondPersonNeeded.

    ``sign`` counts only once guardianship is declared or attested: raises GuardianOnly.
    """
    organization = _here(by, Permission.LINKS_OVERRIDE)
    link = _locked(link, organization)
    if by.staff is None or by.staff.pk == link.made_by_staff_id:
        raise SecondPersonNeeded
    refuse_self_dealing(by=by, members=[link.manager, link.dependent])
    gained = tuple(link.waiting)
    if SIGN in gained and (not link.is_legal_guardian or authority.is_adult(link.dependent, organization)):
        raise GuardianOnly
    for flag in gained:
        setattr(link, flag, True)
    link.waiting = []
    link.save(update_fields=["waiting", *gained])
    links.record(by, link, "relationships.link_confirmed", {"flags": sorted(gained)})
    if gained:
        emit(LinkMade(link=link, gained=gained, by=by))
    return link


@operation
def attest_guardian(*, by: Actor, link: ManagerLink, reason: str) -> ManagerLink:
    """Staff have seen that the manager is a legal guardian; ``reason`` says what they saw (RULES 2.4)."""
    organization = _here(by, Permission.LINKS_OVERRIDE)
    link = _locked(link, organization)
    refuse_self_dealing(by=by, members=[link.manager, link.dependent])
    link.is_legal_guardian = True
    link.guardian_attested_by, link.guardian_reason = by.staff, reason.strip()[:200]
    link.save(update_fields=["is_legal_guardian", "guardian_attested_by", "guardian_reason"])
    links.record(by, link, "relationships.guardian_attested", {})
    return link


@operation
def end(*, by: Actor, link: ManagerLink) -> ManagerLink:
    """Staff end a link of their organisation; a second time is done already. Raises NotAllowed."""
    organization = _here(by, Permission.LINKS_EDIT)
    current = _locked(link, organization)
    return current if current.ended_at is not None else links.close(by=by, link=current)


def _here(by: Actor, permission: Permission) -> Organization:
    by.needs(permission)
    if by.organization is None:
        raise NotAllowed
    return by.organization


def _locked(link: ManagerLink, organization: Organization) -> ManagerLink:
    """A link of this organisation; those of families and of others are not staff's to change."""
    rows = ManagerLink.objects.select_for_update(of=("self",)).select_related(*links.SIDES)
    current = rows.filter(pk=link.pk, organization=organization).first()
    if current is None:
        raise NotAllowed
    return current
