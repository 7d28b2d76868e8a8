"""Authority against a slow, obvious reading of RULES 2, in random small worlds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account, AccountOwner, Member, Organization, User
from clients.models import Client, Household
from relationships.authority import grantable, in_full, may, may_grant, subjects
from relationships.enums import FamilyPermission
from relationships.models import ManagerLink, NoContact

NOW = datetime(2026, 11, 19, 23, tzinfo=UTC)  # the 20th already where organisation 1 is
ZONES = ("America/Toronto", "Pacific/Kiritimati")
MAJORITIES = (18, 19)
PEOPLE = range(5)
HOMES = (0, 0, 0, 1, 1)  # the account of each
COUNTRIES = ("CA", "TH")  # of the accounts: of age at 18, and at 20
P = FamilyPermission


@dataclass
class Person:
    is_owner: bool
    has_login: bool
    born_on: date | None
    copies: tuple[date | None, date | None]  # what organisations 0 and 1 have written; None: no client


@dataclass
class Link:
    manager: int
    dependent: int
    organization: int | None
    starts_on: date
    ends_on: date | None
    is_ended: bool
    flags: frozenset[str]
    waiting: frozenset[str]  # asked for, which gives nothing
    granted_by: str  # the dependent, "another" of a family, or "nobody" but staff


@dataclass
class World:
    people: list[Person]
    links: list[Link]
    marks: list[tuple[int, int, int, bool]]  # organisation, barred, protected, lifted
    members: list[Member] = field(default_factory=list, repr=False)


# the rules, read slowly


def today_at(organization: int | None) -> date:
    return NOW.astimezone(ZoneInfo("UTC" if organization is None else ZONES[organization])).date()


def is_minor(person: Person, organization: int | None, home_majority: int) -> bool:
    born_on = person.born_on if organization is None else person.copies[organization] or person.born_on
    if born_on is None:
        return True
    today = today_at(organization)
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return years < (home_majority if organization is None else MAJORITIES[organization])


def majority_at_home(person: int) -> int:
    return {"CA": 18, "TH": 20}[COUNTRIES[HOMES[person]]]


def is_live(link: Link, organization: int | None) -> bool:
    today = today_at(organization)
    if link.is_ended or link.starts_on > today or (link.ends_on is not None and link.ends_on <= today):
        return False
    return link.organization is None or link.organization == organization


def is_barred(world: World, me: int, other: int) -> bool:
    return any(
        (barred, protected) == (me, other) and not lifted for _, barred, protected, lifted in world.marks
    )


def owns(world: World, me: int, other: int) -> bool:
    return world.people[me].is_owner and HOMES[me] == HOMES[other]


def decides(world: World, me: int, other: int) -> bool:
    """Who decides who may act for somebody: an adult with a login alone, an owner for everybody else."""
    if is_barred(world, me, other):
        return False
    minor = is_minor(world.people[other], None, majority_at_home(other))
    if me == other and not minor:
        return True
    return owns(world, me, other) and (minor or not world.people[other].has_login)


def has_in_full(world: World, me: int, other: int) -> bool:
    """Oneself; and of one's own account the minors and the adults without a login, but never an owner."""
    if is_barred(world, me, other):
        return False
    minor = is_minor(world.people[other], None, majority_at_home(other))
    others = owns(world, me, other) and (minor or not world.people[other].has_login)
    return me == other or (others and not world.people[other].is_owner)


def model(world: World, me: int, permission: FamilyPermission, other: int, organization: int | None) -> bool:
    for place, barred, protected, is_lifted in world.marks:
        if (barred, protected) == (me, other) and not is_lifted and organization in (None, place):
            return False
    minor = is_minor(world.people[other], organization, majority_at_home(other))
    live = [link for link in world.links if link.dependent == other and is_live(link, organization)]
    owners = [i for i in PEOPLE if world.people[i].is_owner and HOMES[i] == HOMES[other]]
    if me == other:
        if not minor or permission in (P.VIEW, P.NOTIFY, P.FORMS):
            return True
        wanted = {P.BOOK: "may_book_self", P.EDIT_PROFILE: "may_edit_self"}.get(permission, "nothing")
        return any(wanted in link.flags for link in live if link.manager in owners)
    if me in owners:
        if minor:
            return True
        if not world.people[other].has_login and permission is not P.SIGN:
            return True
    mine = [link for link in live if link.manager == me and permission.value in link.flags]
    if minor or permission is P.SIGN:
        return minor and bool(mine)
    return any(link.granted_by != "another" or not world.people[other].has_login for link in mine)


# random worlds


def birth_dates() -> st.SearchStrategy[date | None]:
    """Around both ages of majority, in both places' calendars; clearly young and old; unknown."""
    days = [date(2008, 11, d) for d in (18, 19, 20, 21)] + [date(2007, 11, d) for d in (18, 19, 20, 21)]
    return st.sampled_from([None, date(2019, 2, 28), date(1980, 2, 29), *days])


@st.composite
def persons(draw: st.DrawFn) -> Person:
    copies = (draw(birth_dates()), draw(birth_dates()))
    return Person(draw(st.booleans()), draw(st.booleans()), draw(birth_dates()), copies)


@st.composite
def links(draw: st.DrawFn) -> Link:
    manager = draw(st.sampled_from(PEOPLE))
    dependent = draw(st.sampled_from([i for i in PEOPLE if i != manager]))
    starts_on = date(2026, 11, 19) + timedelta(days=draw(st.integers(-2, 2)))
    lasts = draw(st.none() | st.integers(1, 3))
    flags = draw(st.frozensets(st.sampled_from([*P, "may_book_self", "may_edit_self"]), max_size=5))
    if flags & set(P):
        flags |= {"view"}
    return Link(
        manager=manager,
        dependent=dependent,
        organization=draw(st.sampled_from([None, 0, 1])),
        starts_on=starts_on,
        ends_on=None if lasts is None else starts_on + timedelta(days=lasts),
        is_ended=draw(st.booleans()) and draw(st.booleans()),
        flags=frozenset(str(flag) for flag in flags),
        waiting=draw(st.frozensets(st.sampled_from([str(flag) for flag in P]), max_size=2)),
        granted_by=draw(st.sampled_from(["dependent", "another", "nobody"])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    pairs = st.tuples(
        st.sampled_from([0, 1]), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans()
    )
    marks = draw(st.lists(pairs.filter(lambda m: m[1] != m[2]), max_size=3, unique_by=lambda m: m[:3]))
    return World(
        people=draw(st.lists(persons(), min_size=len(PEOPLE), max_size=len(PEOPLE))),
        links=draw(st.lists(links(), max_size=6)),
        marks=marks,
    )


def build(world: World, organizations: list[Organization]) -> None:
    """Write the world down."""
    homes = Account.objects.bulk_create(
        [Account(name=f"Family {n}", country=country) for n, country in enumerate(COUNTRIES)]
    )
    users = User.objects.bulk_create([User(email=f"{n}@mail.test") for n in PEOPLE])
    world.members = Member.objects.bulk_create(
        [
            Member(
                account=homes[HOMES[n]],
                given_name=f"Person {n}",
                born_on=person.born_on,
                user=users[n] if person.has_login else None,
            )
            for n, person in enumerate(world.people)
        ]
    )
    AccountOwner.objects.bulk_create(
        [
            AccountOwner(account=m.account, member=m)
            for m, person in zip(world.members, world.people, strict=True)
            if person.is_owner
        ]
    )
    Client.objects.bulk_create(client_rows(world, organizations, homes))
    ManagerLink.objects.bulk_create([link_row(world, link, organizations) for link in world.links])
    NoContact.objects.bulk_create(
        [
            NoContact(
                organization=organizations[place],
                barred=world.members[barred],
                protected=world.members[protected],
                reason="Court order",
                lifted_at=NOW if is_lifted else None,
            )
            for place, barred, protected, is_lifted in world.marks
        ]
    )


def client_rows(world: World, organizations: list[Organization], homes: list[Account]) -> Iterator[Client]:
    for place, organization in enumerate(organizations):
        households = Household.objects.bulk_create(
            [Household(organization=organization, account=home, number=n) for n, home in enumerate(homes)]
        )
        for n, person in enumerate(world.people):
            if person.copies[place] is not None:
                yield Client(
                    organization=organization,
                    member=world.members[n],
                    household=households[HOMES[n]],
                    number=n,
                    born_on=person.copies[place],
                )


def link_row(world: World, link: Link, organizations: list[Organization]) -> ManagerLink:
    return ManagerLink(
        manager=world.members[link.manager],
        dependent=world.members[link.dependent],
        organization=None if link.organization is None else organizations[link.organization],
        kind="other",
        starts_on=link.starts_on,
        ends_on=link.ends_on,
        ended_at=NOW if link.is_ended else None,
        is_legal_guardian="sign" in link.flags,
        granted_by={
            "dependent": world.members[link.dependent],
            "another": world.members[link.manager],
            "nobody": None,
        }[link.granted_by],
        waiting=sorted(link.waiting - link.flags),
        **dict.fromkeys(link.flags, True),
    )


def answers(
    world: World, permission: FamilyPermission, organization: Organization | None
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """(who, for whom) of every yes: by ``may``, and by ``subjects``."""
    by_may, by_subjects = set(), set()
    for me, member in enumerate(world.members):
        actor = Actor(kind=ActorKind.PERSON, member=member)
        listed = set(subjects(actor, permission, organization).values_list("pk", flat=True))
        for other, subject in enumerate(world.members):
            if subject.pk in listed:
                by_subjects.add((me, other))
            if may(actor, permission, subject, organization):
                by_may.add((me, other))
    return by_may, by_subjects


def make_organizations() -> list[Organization]:
    return [
        Organization.objects.create(
            slug=f"club-{n}", name="Club", time_zone=ZONES[n], currency="CAD", country="CA",
            age_of_majority=years,
        )
        for n, years in enumerate(MAJORITIES)
    ]  # fmt: skip


in_random_worlds = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.django_db
@in_random_worlds
@given(world=worlds())
@time_machine.travel(NOW, tick=False)
def test_who_decides_and_who_has_somebody_in_full_is_as_the_rules_read(world: World) -> None:
    with transaction.atomic():
        build(world, make_organizations())
        deciding, decided_one_by_one, whole = set(), set(), set()
        for me, member in enumerate(world.members):
            actor = Actor(kind=ActorKind.PERSON, member=member)
            granted = set(grantable(actor).values_list("pk", flat=True))
            full = set(in_full(actor).values_list("pk", flat=True))
            for other, subject in enumerate(world.members):
                deciding |= {(me, other)} if subject.pk in granted else set()
                decided_one_by_one |= {(me, other)} if may_grant(actor, subject) else set()
                whole |= {(me, other)} if subject.pk in full else set()
        transaction.set_rollback(True)

    pairs = [(me, other) for me in PEOPLE for other in PEOPLE]
    assert deciding == decided_one_by_one == {pair for pair in pairs if decides(world, *pair)}
    assert whole == {pair for pair in pairs if has_in_full(world, *pair)}


@pytest.mark.django_db
@in_random_worlds
@given(world=worlds(), permission=st.sampled_from(list(P)), place=st.sampled_from([None, 0, 1]))
@time_machine.travel(NOW, tick=False)
def test_authority_answers_as_the_rules_read(
    world: World, permission: FamilyPermission, place: int | None
) -> None:
    with transaction.atomic():
        organizations = make_organizations()
        build(world, organizations)
        by_may, by_subjects = answers(world, permission, None if place is None else organizations[place])
        transaction.set_rollback(True)

    expected = {
        (me, other) for me in PEOPLE for other in PEOPLE if model(world, me, permission, other, place)
    }
    assert by_may == expected
    assert by_subjects == expected
