"""Registering at the desk: whom somebody may register, what each may do, and every reason why not (C10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from accounts.actors import Actor
from accounts.models import AccountOwner, Organization
from billing.selling import Objection, Wish, sellables
from clients.models import Client
from relationships import authority
from relationships.enums import FamilyPermission, Rule
from relationships.wording import RULES
from scheduling.booking import OF_THE_CLASS
from scheduling.models import Schedule, Session
from scheduling.places import CoursePlaces, SessionPlaces, requirements_of
from waivers import requirements

MOST_PEOPLE = 20
MOST_FOUND = 10
MOST_OFFERS = 25


@dataclass(frozen=True, kw_only=True)
class Registrant:
    """One person, by the organisation's own copy. ``right`` says why whoever asks may register them, or not."""

    client: Client
    right: str | Promise
    has_right: bool
    objections: list[Objection]
    unsigned: list[str] = field(default_factory=list)
    is_chosen: bool = False

    @property
    def can_join(self) -> bool:
        """Nothing of the class speaks against them."""
        return not self.objections


def registrants(
    *, booker: Client, target: Session | Schedule, chosen: Sequence[str], at: datetime
) -> tuple[list[Registrant], list[Objection]]:
    """Who asks, and everybody they may see, with every reason; and what speaks against the class itself, once.

    The same number of queries whatever the number of people, but one for each right.
    """
    organization = booker.organization
    people = people_of(booker)
    kind = CoursePlaces.key if isinstance(target, Schedule) else SessionPlaces.key
    wishes = [Wish(member=client.member, target=target) for client in people]
    desk = Actor.of_job("scheduling.register")  # rights are asked below, of who stands at the desk
    answers = sellables[kind].check(by=desk, organization=organization, wishes=wishes, at=at)
    closed = {each.code: each for answer in answers for each in answer if each.code in OF_THE_CLASS}
    unsigned = _unsigned(organization, target, people, at)
    found = []
    for client, answer in zip(people, answers, strict=True):
        right, has_right = _right(booker, client)
        found.append(
            Registrant(
                client=client,
                right=right,
                has_right=has_right,
                objections=[each for each in answer if each.code not in OF_THE_CLASS],
                unsigned=unsigned.get(client.member_id, []),
                is_chosen=str(client.number) in chosen,
            )
        )
    return found, list(closed.values())


def people_of(booker: Client) -> list[Client]:
    """Who asks, whom they may see, and for an owner everybody of the account: this organisation's clients only.

    Nobody from whom a mark keeps them.
    """
    asker = Actor.of_member(booker.member)
    seen = set(
        authority.subjects(asker, FamilyPermission.VIEW, booker.organization).values_list("pk", flat=True)
    )
    here = booker.organization.clients.standing().select_related("member__account")
    owned = AccountOwner.objects.filter(member=booker.member_id).values("account")
    mine = here.filter(member__account__in=owned) | here.filter(member__in=seen)
    others = list(mine.exclude(pk=booker.pk).order_by("sort_name", "pk")[:MOST_PEOPLE])
    apart = authority.barred_from(asker, [client.member for client in others], booker.organization)
    return [booker, *(client for client in others if client.member_id not in apart)]


def offers_of(organization: Organization, at: datetime, after: str = "") -> list[Session]:
    """The next single meetings, in the order of time, with what can be bought of each."""
    rows = Session.objects.filter(organization=organization, starts_at__gt=at, cancelled_at=None)
    rows = rows.select_related("schedule__service", "room", "coach", "organization")
    begun = rows.filter(code=after).first() if after else None
    if begun is not None:
        rows = rows.filter(starts_at__gte=begun.starts_at).exclude(pk=begun.pk)
    return list(rows.order_by("starts_at", "pk")[: MOST_OFFERS + 1])


def found(organization: Organization, words: str) -> list[Client]:
    """The first few clients that the words fit, by name. One query, by the index of the client list."""
    if not words:
        return []
    rows: Any = organization.clients.standing().matching(words)
    return list(rows.select_related("household").by_name()[:MOST_FOUND])


def _right(booker: Client, client: Client) -> tuple[str | Promise, bool]:
    if client.pk == booker.pk:
        return "", True
    asker = Actor.of_member(booker.member)
    decision = authority.may(asker, FamilyPermission.BOOK, client.member, booker.organization)
    return RULES[Rule(decision.internal_reason)], bool(decision)


def _unsigned(
    organization: Organization, target: Session | Schedule, people: Sequence[Client], at: datetime
) -> dict[int, list[str]]:
    """By member: the titles of what is not signed."""
    schedule = target if isinstance(target, Schedule) else target.schedule
    required = requirements_of([schedule.service_id])[schedule.service_id]
    members = [client.member for client in people]
    missing = requirements.missing(
        organization=organization, members=members, at=at, extra={member.pk: required for member in members}
    )
    titles: dict[int, list[str]] = {}
    for each in missing:
        titles.setdefault(each.member.pk, []).append(each.version.document.title)
    return titles
