"""Rights on the birthday: computed when asked, in each organisation's zone and by its age (RULES 2.8, 2.9)."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account, Member, Organization
from relationships.authority import is_adult, may, subjects
from relationships.enums import FamilyPermission as P
from relationships.enums import LinkKind
from relationships.operations import links
from relationships.operations.links import Terms
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db

EVENING_BEFORE = datetime(2026, 11, 20, 4, 59, tzinfo=UTC)  # 19 November, 23:59 in Toronto, 17:59 in Auckland
BIRTHDAY = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def rights(who: Member, over: Member, organization: Organization | None = None) -> set[P]:
    actor = Actor(kind=ActorKind.PERSON, user=who.user, member=who)
    found = {permission for permission in P if may(actor, permission, over, organization)}
    assert {p for p in P if over in subjects(actor, p, organization)} == found
    return found


def young(cast: Cast, born_on: date | None = date(2008, 11, 20), *, has_login: bool = True) -> Member:
    member: Member = make.MemberFactory(
        account=cast.owner.account, born_on=born_on, with_login=has_login, email="young@adult.test"
    )
    return member


@pytest.mark.parametrize("has_login", [True, False])
def test_an_owners_rights_end_with_the_birthday_and_stay_but_signing_over_who_has_no_login(
    cast: Cast, has_login: bool
) -> None:
    member = young(cast, has_login=has_login)
    found = []
    for now in (EVENING_BEFORE, BIRTHDAY):
        with time_machine.travel(now, tick=False):
            found.append(rights(cast.owner, member, cast.organization))

    assert found == [set(P), set() if has_login else set(P) - {P.SIGN}]


def test_the_day_begins_where_each_organisation_is_and_by_its_own_age(cast: Cast) -> None:
    member = young(cast)
    auckland = make.OrganizationFactory(time_zone="Pacific/Auckland", age_of_majority=18)
    older = make.OrganizationFactory(time_zone="Pacific/Auckland", age_of_majority=19)
    places = (cast.organization, auckland, older)
    found = []
    for now in (datetime(2026, 11, 19, 10, 59, tzinfo=UTC), EVENING_BEFORE, BIRTHDAY):
        with time_machine.travel(now, tick=False):
            found.append([P.BOOK in rights(cast.owner, member, place) for place in places])

    assert found == [[True, True, True], [True, False, True], [False, False, True]]


@pytest.mark.parametrize(
    ("now", "adult"),
    [(datetime(2026, 3, 1, 4, 59, tzinfo=UTC), False), (datetime(2026, 3, 1, 5, 0, tzinfo=UTC), True)],
)
def test_29_february_counts_on_1_march_for_every_right(cast: Cast, now: datetime, adult: bool) -> None:
    member = young(cast, date(2008, 2, 29))
    with time_machine.travel(now, tick=False):
        assert rights(cast.owner, member, cast.organization) == (set() if adult else set(P))
        assert (P.SIGN in rights(member, member, cast.organization)) is adult


def test_without_a_birth_date_nobody_comes_of_age_anywhere(cast: Cast) -> None:
    member = young(cast, None)
    places = (cast.organization, cast.rival, None)

    assert [is_adult(member, place) for place in places] == [False] * 3
    assert [rights(cast.owner, member, place) for place in places] == [set(P)] * 3


def test_acts_of_the_account_go_by_its_country_whatever_an_organisation_says(cast: Cast) -> None:
    member = young(cast)
    found = []
    with time_machine.travel(BIRTHDAY, tick=False):
        for country in ("CA", "KR", "SG"):
            Account.objects.filter(pk=member.account_id).update(country=country)
            found.append([rights(cast.owner, member, place) for place in (None, cast.organization)])

    assert found == [[set(), set()], [set(P), set()], [set(P), set()]]


def test_what_an_owner_granted_to_another_guardian_ends_with_minority_and_what_the_adult_grants_counts(
    cast: Cast,
) -> None:
    member = young(cast)
    link = make.ManagerLinkFactory(
        manager=cast.other_guardian, dependent=member, view=True, book=True, granted_by=cast.owner
    )
    found = []
    for now in (EVENING_BEFORE, BIRTHDAY):
        with time_machine.travel(now, tick=False):
            found.append(rights(cast.other_guardian, member, cast.organization))
    with time_machine.travel(BIRTHDAY, tick=False):
        terms = Terms(kind=LinkKind.PARENT, flags=["view"], starts_on=date(2026, 11, 19))
        me = Actor(kind=ActorKind.PERSON, user=member.user, member=member)
        links.establish(by=me, manager=cast.other_guardian, dependent=member, terms=terms)
        found.append(rights(cast.other_guardian, member, cast.organization))

    link.refresh_from_db()
    assert found == [{P.VIEW, P.BOOK}, set(), {P.VIEW}]
    assert link.ended_at is not None
