"""Links between people: making, changing and ending them, each side for what it gives (RULES 2.4, 2.5).

The *dependent's side* (``authority.may_grant``) switches on what the manager may do; the manager switches on
what they lend; either side, and time, switches off. Requests between families are in ``requests``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.events import emit
from accounts.models import Member, Organization
from accounts.transactions import operation
from relationships import authority
from relationships.enums import FamilyPermission, LinkKind
from relationships.errors import (
    GuardianNeedsDesk,
    GuardianOnly,
    KeptApart,
    LinkDatesUnusable,
    LinkOver,
    NothingGiven,
    NotYoursToGive,
)
from relationships.events import LinkEnded, LinkMade, LinkWaits
from relationships.models import LENT_FLAGS, MANAGER_FLAGS, SELF_FLAGS, ManagerLink, NoContact

ALL_FLAGS = (*MANAGER_FLAGS, *LENT_FLAGS, *SELF_FLAGS)
VIEW, SIGN = FamilyPermission.VIEW.value, FamilyPermission.SIGN.value


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a link is to give. ``ends_on`` is the first day on which it gives nothing.

    ``cap_minor``: the most that the dependent may spend in a calendar month, in ``cap_currency``; None is
    no limit.
    """

    kind: LinkKind
    flags: Collection[str]
    starts_on: date
    ends_on: date | None = None
    is_legal_guardian: bool = False
    cap_minor: int | None = None
    cap_currency: str = ""


@operation
def establish(
    *,
    by: Actor,
    manager: Member,
    dependent: Member,
    terms: Terms,
    organization: Organization | None = None,
    waiting: Collection[str] = (),
    asker: Member | None = None,
) -> ManagerLink:
    """Make the link, or let the one that stands between the two at the same place give more.

    For other operations, which have asked whether ``by`` may: each flag must be theirs to give. Two parallel
    links are one: flags add up, the later end counts. Raises KeptApart, GuardianOnly, LinkDatesUnusable,
    NothingGiven. Emits LinkMade.
    """
    flags = _checked(terms, dependent)
    if not flags and not waiting:
        raise NothingGiven
    Member.objects.select_for_update(no_key=True).get(pk=dependent.pk)  # two at once make one link
    refuse_kept_apart(manager, dependent, organization)
    link = _standing(manager, dependent, organization, terms)
    if link is not None and outlived(link):  # what was once given over a minor does not come back to life
        link.ended_at = timezone.now()
        link.save(update_fields=["ended_at"])
        link = None
    gained = flags
    if link is None:
        link = ManagerLink(
            manager=manager,
            dependent=dependent,
            organization=organization,
            granted_by=by.member,
            made_by_staff=by.staff,
        )
        link.starts_on, link.ends_on = terms.starts_on, terms.ends_on
    else:
        gained = {flag for flag in flags if not getattr(link, flag)}
        link.starts_on = min(link.starts_on, terms.starts_on)
        link.ends_on = max(link.ends_on, terms.ends_on) if link.ends_on and terms.ends_on else None
    link.kind = terms.kind
    link.is_legal_guardian = link.is_legal_guardian or terms.is_legal_guardian
    if "dependent_may_pay" in flags:  # else what is lent already keeps its limit
        _lend(link, terms, flags)
    for flag in flags:
        setattr(link, flag, True)
    link.waiting = sorted({*link.waiting, *waiting} - {flag for flag in ALL_FLAGS if getattr(link, flag)})
    link.save()
    record(by, link, "relationships.link_made", {"flags": sorted(flags), "waiting": link.waiting})
    emit(LinkMade(link=link, gained=tuple(sorted(gained)), by=by, asker=asker))
    return link


@operation
def change(
    *,
    by: Actor,
    link: ManagerLink,
    flags: Collection[str],
    ends_on: date | None,
    cap_minor: int | None = None,
    cap_currency: str = "",
) -> ManagerLink:
    """Set which flags are on, as far as ``by`` is the side that gives them, and until when.

    Each side may switch anything off, and bring the end nearer; only the dependent's side puts it off. A flag
    that waits is granted by being switched on. Raises NotAllowed to anybody else, NotYoursToGive,
    GuardianOnly, LinkDatesUnusable, NothingGiven, LinkOver. Emits LinkMade for what it gives more.
    """
    link = _locked(link)
    gives = giveable(by, link)
    wanted = set(flags) & set(ALL_FLAGS)
    if wanted & set(MANAGER_FLAGS):
        wanted.add(VIEW)
    now_on = {flag for flag in ALL_FLAGS if getattr(link, flag)}
    gained, lost = wanted - now_on, now_on - wanted
    if gained - gives:
        raise NotYoursToGive
    terms = Terms(
        kind=LinkKind(link.kind),
        flags=wanted,
        starts_on=link.starts_on,
        ends_on=ends_on,
        is_legal_guardian=link.is_legal_guardian,
        cap_minor=cap_minor,
        cap_currency=cap_currency,
    )
    _checked(terms, link.dependent)
    if not wanted:
        raise NothingGiven
    if _is_later(ends_on, link.ends_on) and not authority.may_grant(by, link.dependent):
        raise NotYoursToGive
    for flag in gained | lost:
        setattr(link, flag, flag in wanted)
    if set(LENT_FLAGS) & gives or "dependent_may_pay" in lost:
        _lend(link, terms, wanted)
    link.ends_on = ends_on
    link.waiting = sorted(set(link.waiting) - wanted)
    if by.member is not None and by.member.pk == link.dependent_id and outlived(link):
        link.granted_by = by.member  # an adult who leaves it on grants it
    link.save()
    changes = {"on": sorted(gained), "off": sorted(lost)}
    record(by, link, "relationships.link_changed", changes)
    if gained:
        emit(LinkMade(link=link, gained=tuple(sorted(gained)), by=by))
    return link


@operation
def ask_for(*, by: Actor, link: ManagerLink, flags: Iterable[str]) -> ManagerLink:
    """The manager asks the dependent's side for more; until it answers the flags wait. Emits LinkWaits."""
    link = _locked(link)
    if by.member is None or by.member.pk != link.manager_id:
        raise NotAllowed
    asked = {flag for flag in flags if flag in MANAGER_FLAGS and not getattr(link, flag)}
    if SIGN in asked and not link.is_legal_guardian:
        raise GuardianOnly
    news = asked - set(link.waiting)
    if news:
        link.waiting = sorted({*link.waiting, *news})
        link.save(update_fields=["waiting"])
        record(by, link, "relationships.link_asked_for", {"flags": sorted(news)})
        emit(LinkWaits(link=link, flags=tuple(sorted(news)), by=by))
    return link


@operation
def refuse_waiting(*, by: Actor, link: ManagerLink) -> ManagerLink:
    """The dependent's side says no to what waits; what the link gives already stays."""
    link = _locked(link)
    if not authority.may_grant(by, link.dependent):
        raise NotAllowed
    if link.waiting:
        record(by, link, "relationships.link_waiting_refused", {"flags": link.waiting})
        link.waiting = []
        link.save(update_fields=["waiting"])
    return link


@operation
def end(*, by: Actor, link: ManagerLink) -> ManagerLink:
    """From now on the link gives nothing (C11). Either side may; a legal guardian goes by themselves or by a

    desk (RULES 2.11). Ending what has ended is done already. Raises NotAllowed, GuardianNeedsDesk.
    """
    link = ManagerLink.objects.select_for_update(of=("self",)).select_related(*SIDES).get(pk=link.pk)
    is_manager = by.member is not None and by.member.pk == link.manager_id
    if not is_manager and not authority.may_grant(by, link.dependent):
        raise NotAllowed
    if link.ended_at is not None:
        return link
    if link.is_legal_guardian and not is_manager and link.made_by_staff_id is None:
        raise GuardianNeedsDesk
    return close(by=by, link=link)


@operation
def close(*, by: Actor, link: ManagerLink) -> ManagerLink:
    """End a locked link, for operations that have asked who may. Emits LinkEnded."""
    link.ended_at = timezone.now()
    link.save(update_fields=["ended_at"])
    record(by, link, "relationships.link_ended", {})
    emit(LinkEnded(link=link, by=by))
    return link


SIDES = ("manager", "dependent__account", "organization")


def giveable(by: Actor, link: ManagerLink) -> set[str]:
    """The flags that this actor's member may switch on; raises NotAllowed for who is neither side."""
    gives: set[str] = set()
    is_manager = by.member is not None and by.member.pk == link.manager_id
    is_grantor = bool(authority.may_grant(by, link.dependent))
    if is_grantor:
        gives |= set(MANAGER_FLAGS)
    if is_manager:
        gives |= set(LENT_FLAGS)
    if is_manager and is_grantor and not authority.is_adult(link.dependent):
        gives |= set(SELF_FLAGS)
    if not is_manager and not is_grantor:
        raise NotAllowed
    return gives


def outlived(link: ManagerLink) -> bool:
    """Granted by another, over somebody who decides alone by now: it gives nothing more (RULES 2.3, 2.9)."""
    return (
        link.granted_by_id is not None
        and link.granted_by_id != link.dependent_id
        and link.dependent.user_id is not None
        and authority.is_adult(link.dependent)
    )


def refuse_kept_apart(manager: Member, dependent: Member, organization: Organization | None) -> None:
    """Raise KeptApart where a mark stands between the two, either way round (RULES 2.1)."""
    marks = NoContact.objects.not_over().filter(
        Q(barred=manager, protected=dependent) | Q(barred=dependent, protected=manager)
    )
    if organization is not None:
        marks = marks.filter(organization=organization)
    if marks.exists():
        raise KeptApart


def _locked(link: ManagerLink) -> ManagerLink:
    current = ManagerLink.objects.select_for_update(of=("self",)).select_related(*SIDES).get(pk=link.pk)
    if current.ended_at is not None:
        raise LinkOver
    return current


def _checked(terms: Terms, dependent: Member) -> set[str]:
    """The flags, ``view`` with them. Raises GuardianOnly and LinkDatesUnusable."""
    flags = set(terms.flags) & set(ALL_FLAGS)
    if flags & set(MANAGER_FLAGS):
        flags.add(VIEW)
    if SIGN in flags and (not terms.is_legal_guardian or authority.is_adult(dependent)):
        raise GuardianOnly
    if terms.ends_on is not None and terms.ends_on <= terms.starts_on:
        raise LinkDatesUnusable
    return flags


def _standing(
    manager: Member, dependent: Member, organization: Organization | None, terms: Terms
) -> ManagerLink | None:
    """A link of the two at the same place whose time touches that of ``terms``."""
    links = ManagerLink.objects.select_for_update(of=("self",)).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=terms.starts_on),
        manager=manager,
        dependent=dependent,
        organization=organization,
        ended_at__isnull=True,
    )
    if terms.ends_on is not None:
        links = links.filter(starts_on__lte=terms.ends_on)
    return links.order_by("pk").first()


def _lend(link: ManagerLink, terms: Terms, flags: Collection[str]) -> None:
    if "dependent_may_pay" not in flags:
        link.dependent_cap_minor, link.dependent_cap_currency = None, ""
        return
    link.dependent_cap_minor = terms.cap_minor
    link.dependent_cap_currency = terms.cap_currency if terms.cap_minor is not None else ""


def _is_later(new: date | None, old: date | None) -> bool:
    return old is not None and (new is None or new > old)


def record(by: Actor, link: ManagerLink, action: str, changes: Mapping[str, object]) -> None:
    """One audit row about both sides of a link."""
    audit.record(
        by=by,
        action=action,
        target=link,
        organization=link.organization,
        members=[link.manager_id, link.dependent_id],
        changes=changes,
    )
