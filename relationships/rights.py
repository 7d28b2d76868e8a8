"""Who can do what for whom, and why: the same from both sides, in a fixed number of queries (B04, RULES 2.10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Func, Max, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.calendars import age_in_years
from accounts.models import AccountOwner, AuditEvent, Member
from clients.models import Client
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission, LinkKind
from relationships.models import LENT_FLAGS, MANAGER_FLAGS, SELF_FLAGS, ManagerLink, NoContact

USED_WITHIN = timedelta(days=365)
MOST_ENDED = 50

MAY, HERE, NOT, ASKED = "may", "here", "not", "asked"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Somebody who may act for a person, a row of the matrix.

    ``cells`` are (flag, state): ``may``, ``here`` (at one organisation), ``asked`` (waits for an answer) or
    ``not``. ``begins`` is a day still to come, ``ends`` the last day that counts. ``who`` is empty for another
    guardian, of whom the reader learns nothing (RULES 2.10).
    """

    who: Member | None
    name: str
    role: str
    cells: tuple[tuple[str, str], ...]
    why: str
    begins: date | None = None
    ends: date | None = None
    is_payer_only: bool = False
    last_used: datetime | None = None
    link: ManagerLink | None = None

    @property
    def may(self) -> list[str]:
        """The flags that count, for the sentence on a phone."""
        return [flag for flag, state in self.cells if state in (MAY, HERE)]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One person, and who may act for them. ``seen_by`` are the organisations that know the person."""

    subject: Member
    title: str
    about: str
    holders: tuple[Holder, ...]
    seen_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Loan:
    """What the reader lends to somebody: a link of theirs with a lent or self flag."""

    link: ManagerLink
    on: tuple[str, ...]
    off: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Everything about rights that one reader may read."""

    family: tuple[Card, ...]
    me: Card | None
    others: tuple[Card, ...]
    loans: tuple[Loan, ...]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The rows that the page is made of."""

    reader: Member
    links: tuple[ManagerLink, ...]
    owners: Mapping[int, tuple[Member, ...]]
    barred: frozenset[tuple[int, int]]
    used: Mapping[tuple[int, int], datetime]
    clients: Mapping[int, tuple[str, ...]]
    today: date


def rights_of(actor: Actor, today: date) -> Rights:
    """What the actor's member may read about rights: whole for themselves and for those they run (RULES 2.10),

    their own row for others.
    """
    reader = actor.member
    if reader is None:
        return Rights(family=(), me=None, others=(), loans=())
    near = _near(actor, reader)
    owned = set(authority.accounts(actor, AccountPermission.PEOPLE).values_list("pk", flat=True))
    alone = authority.is_adult(reader)
    own = [m for m in near if m.account_id in owned or (m.pk == reader.pk and alone)]
    others = [member for member in near if member not in own]
    known = _known(reader, near, [member.pk for member in own], today)
    return Rights(
        family=tuple(_whole(known, member) for member in own if member.pk != reader.pk),
        me=next((_whole(known, member) for member in own if member.pk == reader.pk), None),
        others=tuple(_mine_only(known, member) for member in others),
        loans=tuple(_loans(known)),
    )


def ended_links(actor: Actor) -> list[ManagerLink]:
    """The links that ended of the actor's member and of those for whom they decide, newest first."""
    reader = actor.member
    if reader is None:
        return []
    decided = Member.objects.filter(account__in=authority.accounts(actor, AccountPermission.PEOPLE)).exclude(
        Q(user__isnull=False)
        & Q(born_on__lte=authority.adult_if_born_by(None, country=reader.account.country))
    )
    mine = Q(manager=reader) | Q(dependent=reader) | Q(dependent__in=decided)
    over = Q(ended_at__isnull=False) | Q(ends_on__lte=timezone.now().date())
    rows = ManagerLink.objects.filter(mine, over).select_related("manager", "dependent", "organization")
    return list(rows.order_by("-pk")[:MOST_ENDED])


def _near(actor: Actor, reader: Member) -> list[Member]:
    """Whom the reader may see, and themselves: oldest of the own account first."""
    seen = authority.subjects(actor, FamilyPermission.VIEW).select_related("account")
    found = {member.pk: member for member in [*seen, *_at_one_place(reader)]}
    found.setdefault(reader.pk, reader)
    return sorted(
        found.values(),
        key=lambda member: (member.account_id != reader.account_id, member.born_on or date.max, member.pk),
    )


def _at_one_place(reader: Member) -> QuerySet[Member]:
    """Whom a link of one organisation lets the reader see there: the two sides know each other by it."""
    links = ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=timezone.now().date()),
        manager=reader,
        organization__isnull=False,
        view=True,
        ended_at__isnull=True,
    )
    apart = NoContact.objects.active().filter(barred=reader)
    rows = Member.objects.filter(pk__in=links.values("dependent"), erased_at__isnull=True)
    return rows.exclude(pk__in=apart.values("protected")).select_related("account")


def _known(reader: Member, near: list[Member], own_ids: list[int], today: date) -> _Known:
    ids = [member.pk for member in near]
    links = tuple(
        ManagerLink.objects.filter(
            Q(dependent__in=ids) | Q(manager=reader),
            Q(ends_on__isnull=True) | Q(ends_on__gt=today),
            ended_at__isnull=True,
        )
        .select_related("manager", "dependent__account", "organization", "granted_by")
        .order_by("pk")
    )
    owners: dict[int, list[Member]] = {}
    for row in AccountOwner.objects.filter(account__in={member.account_id for member in near}).select_related(
        "member"
    ):
        owners.setdefault(row.account_id, []).append(row.member)
    holders = {link.manager_id for link in links} | {o.pk for found in owners.values() for o in found}
    marks = NoContact.objects.active().filter(protected__in=ids)
    clients: dict[int, list[str]] = {}
    for pk, name in (
        Client.objects.standing().filter(member__in=own_ids).values_list("member", "organization__name")
    ):
        clients.setdefault(pk, []).append(name)
    return _Known(
        reader=reader,
        links=links,
        owners={pk: tuple(sorted(found, key=lambda owner: owner.pk)) for pk, found in owners.items()},
        barred=frozenset(marks.values_list("barred", "protected")),
        used=_last_used(holders, own_ids),
        clients={pk: tuple(sorted(names)) for pk, names in clients.items()},
        today=today,
    )


def _last_used(holders: Iterable[int], subjects: list[int]) -> dict[tuple[int, int], datetime]:
    """When each acted for each within a year, from the audit: one statement."""
    rows = (
        AuditEvent.objects.filter(
            actor_member_id__in=list(holders),
            member_ids__overlap=subjects or [0],
            at__gt=timezone.now() - USED_WITHIN,
        )
        .annotate(subject=Func(F("member_ids"), function="unnest"))
        .values_list("actor_member_id", "subject")
        .annotate(last=Max("at"))
    )
    return {(holder, subject): last for holder, subject, last in rows if holder is not None}


def _whole(known: _Known, member: Member) -> Card:
    """Everybody who may act for somebody of the own account."""
    holders = [*_owner_rows(known, member)]
    holders += [
        _link_row(known, link)
        for link in known.links
        if link.dependent_id == member.pk and (link.view or link.waiting)
    ]
    if member.pk == known.reader.pk:
        title = _("Who may act for you")
    else:
        title = _("Who may act for %(name)s") % {"name": member.short_name}
    return Card(
        subject=member,
        title=title,
        about=_about(known, member),
        holders=tuple(holders),
        seen_by=known.clients.get(member.pk, ()),
    )


def _mine_only(known: _Known, member: Member) -> Card:
    """What the reader may do for somebody they do not run; of other guardians only that there are some.

    A minor reads of themselves which owners act for them.
    """
    is_self = member.pk == known.reader.pk
    mine = [
        _link_row(known, link)
        for link in known.links
        if link.dependent_id == member.pk and link.manager_id == known.reader.pk
    ]
    has_company = any(
        link.dependent_id == member.pk and link.manager_id != known.reader.pk for link in known.links
    ) or (not is_self and bool(known.owners.get(member.account_id)))
    holders = [*(_owner_rows(known, member) if is_self else ()), *mine]
    if has_company:
        unknown = tuple((flag, "") for flag in MANAGER_FLAGS)
        holders.append(
            Holder(
                who=None,
                name=_("Another guardian"),
                role=_("What they may do is theirs to know"),
                cells=unknown,
                why="",
            )
        )
    return Card(
        subject=member,
        title=_("Who may act for you")
        if is_self
        else _("What you may do for %(name)s") % {"name": member.short_name},
        about=_about(known, member),
        holders=tuple(holders),
    )


def _owner_rows(known: _Known, member: Member) -> Iterable[Holder]:
    has_login = member.user_id is not None
    born_by = authority.adult_if_born_by(None, known.today, member.account.country)
    is_adult = member.born_on is not None and member.born_on <= born_by
    rights = authority.owner_rights(is_adult=is_adult, has_login=has_login)
    for owner in known.owners.get(member.account_id, ()):
        if owner.pk == member.pk:
            continue
        granted = frozenset() if (owner.pk, member.pk) in known.barred else rights
        cells = tuple((flag, MAY if FamilyPermission(flag) in granted else NOT) for flag in MANAGER_FLAGS)
        yield Holder(
            who=owner,
            name=_("You") if owner.pk == known.reader.pk else owner.full_name,
            role=_("Owner of this account"),
            cells=cells,
            is_payer_only=not granted,
            why=_("As the account’s owner") if granted else _("An adult with a login decides alone"),
            last_used=known.used.get((owner.pk, member.pk)),
        )


def _link_row(known: _Known, link: ManagerLink) -> Holder:
    is_barred = (link.manager_id, link.dependent_id) in known.barred
    is_over = _is_outlived(known, link)

    def state(flag: str) -> str:
        if is_barred or is_over:
            return NOT
        if getattr(link, flag):
            return HERE if link.organization_id else MAY
        return ASKED if flag in link.waiting else NOT

    return Holder(
        who=link.manager,
        name=_("You") if link.manager_id == known.reader.pk else link.manager.full_name,
        role=_role(link),
        cells=tuple((flag, state(flag)) for flag in MANAGER_FLAGS),
        begins=link.starts_on if link.starts_on > known.today else None,
        ends=link.ends_on - timedelta(days=1) if link.ends_on else None,
        why=_("Ended with the birthday of adulthood") if is_over else _why(known, link),
        last_used=known.used.get((link.manager_id, link.dependent_id)),
        link=link,
    )


def _is_outlived(known: _Known, link: ManagerLink) -> bool:
    """As ``links.outlived``, of what the page has read already: granted by another, over who decides alone now."""
    who = link.dependent
    if link.granted_by_id in (None, who.pk) or who.user_id is None or who.born_on is None:
        return False
    return who.born_on <= authority.adult_if_born_by(None, known.today, who.account.country)


def _role(link: ManagerLink) -> str:
    kind = str(LinkKind(link.kind).label)
    if link.is_legal_guardian:
        return _("%(kind)s, legal guardian") % {"kind": kind}
    return kind


def _why(known: _Known, link: ManagerLink) -> str:
    if link.organization is not None and link.made_by_staff_id:
        return _("Set by the desk of %(organization)s, there only") % {"organization": link.organization.name}
    if link.granted_by is None:
        return ""
    if link.granted_by_id == known.reader.pk:
        return _("You agreed")
    return _("%(name)s agreed") % {"name": link.granted_by.full_name}


def _about(known: _Known, member: Member) -> str:
    parts: list[str | Promise] = []
    if member.born_on is not None and member.account_id == known.reader.account_id:
        parts.append(str(age_in_years(member.born_on, known.today)))
    is_own = member.account_id == known.reader.account_id
    parts.append(_("in your account") if is_own else _("in another account"))
    if is_own and member.user_id is not None and member.pk != known.reader.pk:
        parts.append(_("own login"))
    return ", ".join(str(part) for part in parts)


def _loans(known: _Known) -> Iterable[Loan]:
    for link in known.links:
        if link.manager_id != known.reader.pk:
            continue
        lent = [*LENT_FLAGS, *SELF_FLAGS]
        on = tuple(flag for flag in lent if getattr(link, flag))
        if on:
            yield Loan(link=link, on=on, off=tuple(flag for flag in lent if flag not in on))
