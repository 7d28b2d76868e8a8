"""Why somebody can see or do something, for the desk: what ``authority`` answers, each with its row (B04).

Nothing is decided here: every line is a Decision, put into words for staff of one organisation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.calendars import today_in
from accounts.models import AccountOwner, Staff
from accounts.permissions import Permission
from accounts.templatetags.kinroll import local_day
from clients.models import Client
from relationships import authority, desk
from relationships.decisions import Decision, Source
from relationships.enums import AccountPermission, FamilyPermission, LinkKind, Rule, SourceKind
from relationships.models import ManagerLink, NoContact
from relationships.wording import ACCOUNT_RIGHTS, ACCOUNT_RULES, RIGHTS, RULES


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One act: whether it may be done, by which rule, and the row that says so, in words."""

    act: str | Promise
    allowed: bool
    rule: str | Promise
    source: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that one person may do for another, and with their account; ``roles`` they have as staff here."""

    family: tuple[Answer, ...]
    account: tuple[Answer, ...]
    roles: tuple[str, ...]


def why(by: Actor, person: Client, subject: Client) -> Answers:
    """What ``person`` may do for ``subject`` here, and why. A fixed number of queries.

    Both are clients of the organisation of the staff who ask. That a no-contact mark stands between the two
    is told to who reads safety notes; anybody else reads what a stranger's no reads like (RULES 2.1).
    """
    asker, place = Actor.of_member(person.member), person.organization
    family = {each: authority.may(asker, each, subject.member, place) for each in FamilyPermission}
    account = {
        each: authority.may_run(asker, each, subject.member.account, place) for each in AccountPermission
    }
    rows = _Rows(by, person, [*family.values(), *account.values()])
    return Answers(
        family=tuple(rows.answer(RIGHTS[act.value], decision, RULES) for act, decision in family.items()),
        account=tuple(
            rows.answer(ACCOUNT_RIGHTS[act], decision, ACCOUNT_RULES) for act, decision in account.items()
        ),
        roles=_roles(person),
    )


class _Rows:
    """The rows that decisions come from, in words."""

    def __init__(self, by: Actor, person: Client, decisions: Iterable[Decision]) -> None:
        self.by, self.place = by, person.organization
        self.reads_marks = by.has(Permission.SAFETY_READ)
        wanted: dict[SourceKind, set[int]] = {kind: set() for kind in SourceKind}
        for decision in decisions:
            if decision.source is not None:
                wanted[decision.source.kind].add(decision.source.pk)
        here = Client.objects.standing().filter(organization=self.place, member=OuterRef("granted_by"))
        links = ManagerLink.objects.filter(pk__in=wanted[SourceKind.LINK]).annotate(
            granter_given=Subquery(here.values("given_name")[:1]),
            granter_family=Subquery(here.values("family_name")[:1]),
        )
        self.links = {row.pk: row for row in links.select_related("made_by_staff")}
        self.owners = AccountOwner.objects.in_bulk(wanted[SourceKind.OWNERSHIP])
        self.marks = NoContact.objects.in_bulk(wanted[SourceKind.MARK] if self.reads_marks else [])

    def answer(self, act: str | Promise, decision: Decision, words: Mapping[Rule, str | Promise]) -> Answer:
        """One line."""
        rule = Rule(decision.internal_reason)
        if rule is Rule.NO_CONTACT and not self.reads_marks:
            return Answer(act=act, allowed=False, rule=words[Rule.STRANGER], source="")
        return Answer(
            act=act, allowed=decision.allowed, rule=words[rule], source=self._source(decision.source)
        )

    def _source(self, source: Source | None) -> str:
        if source is None:
            return ""
        match source.kind:
            case SourceKind.LINK:
                return self._link(self.links[source.pk])
            case SourceKind.OWNERSHIP:
                since = self._day(self.owners[source.pk].since)
                return _("Owner of the account since %(day)s") % {"day": since}
            case SourceKind.MARK:
                return _("Recorded on %(day)s: %(reason)s") % {
                    "day": self._day(self.marks[source.pk].created_at),
                    "reason": self.marks[source.pk].reason,
                }

    def _link(self, link: Any) -> str:
        """Link K7… (parent), from 1 May 2026, until 4 June 2027, granted by …"""
        facts = {
            "number": link.code,
            "kind": LinkKind(link.kind).label,
            "from": self._day(link.starts_on),
            "until": self._day(link.ends_on - timedelta(days=1)) if link.ends_on else "",
            "by": self._granter(link),
        }
        if facts["until"]:
            return _("Link %(number)s (%(kind)s), from %(from)s until %(until)s, %(by)s") % facts
        return _("Link %(number)s (%(kind)s), from %(from)s, %(by)s") % facts

    def _granter(self, link: Any) -> str:
        """By name only who is known here: whom a family knows elsewhere is none of the desk's business."""
        if link.made_by_staff is not None:
            return _("set up here by %(name)s") % {"name": link.made_by_staff.name}
        if link.granter_given is not None:
            name = f"{link.granter_given} {link.granter_family}".strip()
            return _("granted by %(name)s") % {"name": name}
        return _("granted by the family")

    def _day(self, day: Any) -> str:
        return local_day(day, self.place, "year")


def _roles(person: Client) -> tuple[str, ...]:
    """What the person is as staff here: it gives no family right, and shows what those pages show (RULES 2.7)."""
    if person.member.user_id is None:
        return ()
    working = Staff.objects.filter(
        organization=person.organization, user=person.member.user_id, is_active=True
    )
    return tuple(sorted(name for name in working.values_list("roles__name", flat=True) if name))


def beside(client: Client, most: int) -> list[Client]:
    """Whom one is likely to ask about: the others of the household here, and whom a link joins them with."""
    household = Client.objects.filter(household=client.household_id).values("pk")
    links = desk.standing_links(client.organization_id, today_in(client.organization.time_zone))
    there = Client.objects.filter(organization=client.organization_id)
    linked = there.filter(member__in=links.filter(manager=client.member_id).values("dependent")).values("pk")
    linking = there.filter(member__in=links.filter(dependent=client.member_id).values("manager")).values("pk")
    found = Client.objects.standing().filter(pk__in=household.union(linked, linking)).exclude(pk=client.pk)
    return list(found.select_related("household").by_name()[:most])


def subject_of(client: Client, number: str) -> Client | None:
    """The client of this number at the same organisation; None for anything else."""
    if not (number.isdecimal() and len(number) < 12):
        return None
    rows = Client.objects.standing().filter(organization=client.organization_id, number=int(number))
    return rows.select_related("member__account", "household", "organization").first()
