"""Links that staff make: they count at their organisation only, and begin with the harmless rights (RULES 2.5)."""

from collections.abc import Sequence
from dataclasses import replace

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.events import emit
from accounts.models import AccountOwner, Organization
from accounts.people import PersonFields
from accounts.permissions import Permission
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from clients.models import Client
from clients.operations import desk
from relationships import authority
from relationships.enums import FamilyPermission
from relationships.errors import GuardianOnly, NothingGiven, SecondPersonNeeded
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
def relate(
    *, by: Actor, client: Client, others: Sequence[Client], forth: Terms | None, back: Terms | None
) -> list[ManagerLink]:
    """Set ``client`` in relation to each of ``others``, each direction by itself (C01, C08, P16).

    ``forth`` is what the client may do for them, ``back`` what they may do for the client; None for nothing.
    All of it or none. Raises NothingGiven, and as ``make``.
    """
    if forth is None and back is None:
        raise NothingGiven
    made = [] if forth is None else make(by=by, manager=client, dependents=others, terms=forth)
    if back is not None:
        for other in sorted(others, key=lambda each: each.member_id):
            made += make(by=by, manager=other, dependents=[client], terms=back)
    return made


@operation
def sign_up(
    *,
    by: Actor,
    manager: Client,
    person: PersonFields,
    participates: bool,
    in_account: bool,
    terms: Terms,
    is_sure: bool = False,
) -> Client:
    """Make a new client whom ``manager`` acts for (P15): in the manager's account, or in one of their own.

    Into the account only where staff keep it (RULES 1.3); an owner then needs no link. Elsewhere the person's
    account is kept by the organisation, with them as owner if they are of age, and a link as ``make`` makes
    it. Raises NotAllowed, RunByFamily, PossibleDuplicate unless ``is_sure``, and as ``make``.
    """
    organization = _here(by, Permission.LINKS_EDIT)
    by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    if manager.organization_id != organization.pk:
        raise NotAllowed
    about = {"by": by, "person": person, "participates": participates, "is_sure": is_sure}
    if in_account:
        made = desk.add_person(household=manager.household, **about)  # type: ignore[arg-type]
        if AccountOwner.objects.filter(account=made.member.account_id, member=manager.member_id).exists():
            return made
    else:
        made = desk.open_own(organization=organization, **about)  # type: ignore[arg-type]
    make(by=by, manager=manager, dependents=[made], terms=terms)
    return made


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
