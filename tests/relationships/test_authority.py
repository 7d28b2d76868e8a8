"""Who may do what for whom: RULES 2, a sentence a rule."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.guards import Act, refuse_if
from accounts.models import Account, Member, Organization
from relationships.authority import accounts, is_adult, may, may_run, subjects
from relationships.decisions import Decision
from relationships.enums import AccountPermission, FamilyPermission
from relationships.errors import KeptApart
from tests import factories as make
from tests.cast import Cast

P = FamilyPermission
EVERYTHING = set(FamilyPermission)


def actor(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def rights(me: Member, member: Member, organization: Organization | None = None) -> set[FamilyPermission]:
    """Everything ``me`` may do for ``member``."""
    return {permission for permission in P if may(actor(me), permission, member, organization)}


# 2.1 no-contact first


def test_no_contact_beats_ownership(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)

    assert rights(cast.co_owner, cast.child, cast.organization) == set()
    assert rights(cast.co_owner, cast.sibling, cast.organization) == EVERYTHING


def test_no_contact_beats_a_link(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.other_guardian, protected=cast.child)

    assert rights(cast.other_guardian, cast.child, cast.organization) == set()


def test_no_contact_binds_the_organisation_that_recorded_it_and_every_view_over_all(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)

    assert rights(cast.co_owner, cast.child, cast.rival) == EVERYTHING
    assert rights(cast.co_owner, cast.child) == set()


def test_a_lifted_mark_bars_nobody(cast: Cast) -> None:
    make.NoContactFactory(
        organization=cast.organization,
        barred=cast.co_owner,
        protected=cast.child,
        lifted_at=timezone.now(),
    )

    assert rights(cast.co_owner, cast.child, cast.organization) == EVERYTHING


def test_the_barred_person_is_told_what_a_stranger_is_told(cast: Cast) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)

    def answer(me: Member) -> Decision:
        return may(actor(me), P.VIEW, cast.child, cast.organization)

    barred, stranger = answer(cast.co_owner), answer(cast.stranger)
    assert (barred.allowed, barred.reason) == (stranger.allowed, stranger.reason)
    assert (barred.internal_reason, stranger.internal_reason) == ("no-contact", "no relation")


@pytest.mark.parametrize("act", list(Act))
def test_no_contact_guards_claim_move_merge_erase_and_export(cast: Cast, act: Act) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)

    with pytest.raises(KeptApart):
        refuse_if(act=act, subjects=[cast.child], organization=cast.organization, by=actor(cast.co_owner))
    with pytest.raises(KeptApart):
        refuse_if(
            act=act,
            subjects=[cast.child, cast.co_owner],
            organization=None,
            by=Actor.of_command("test"),
        )
    refuse_if(act=act, subjects=[cast.child], organization=cast.organization, by=actor(cast.owner))


# 2.2 self


def test_an_adult_does_everything_for_themselves(cast: Cast) -> None:
    assert rights(cast.stranger, cast.stranger, cast.organization) == EVERYTHING


def test_a_minor_sees_and_fills_in_but_books_and_edits_only_as_an_owner_allows(cast: Cast) -> None:
    assert rights(cast.teenager, cast.teenager, cast.organization) == {P.VIEW, P.NOTIFY, P.FORMS}

    make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.teenager, may_book_self=True, may_edit_self=True
    )

    assert rights(cast.teenager, cast.teenager, cast.organization) == {
        P.VIEW,
        P.NOTIFY,
        P.FORMS,
        P.BOOK,
        P.EDIT_PROFILE,
    }


def test_only_an_owner_of_the_minors_own_account_can_allow_it(cast: Cast) -> None:
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.teenager, may_book_self=True)

    assert not may(actor(cast.teenager), P.BOOK, cast.teenager, cast.organization)


# 2.3 owner


def test_an_owner_does_everything_for_minors_of_the_account(cast: Cast) -> None:
    assert rights(cast.owner, cast.child, cast.organization) == EVERYTHING
    assert rights(cast.owner, cast.teenager, cast.organization) == EVERYTHING


def test_an_owner_may_nothing_for_an_adult_with_a_login(cast: Cast) -> None:
    assert rights(cast.owner, cast.co_owner, cast.organization) == set()


def test_an_owner_does_all_but_sign_for_an_adult_without_a_login(cast: Cast) -> None:
    grandmother = make.MemberFactory(account=cast.owner.account, born_on=make.years_ago(70))

    assert rights(cast.owner, grandmother, cast.organization) == EVERYTHING - {P.SIGN}


def test_a_child_may_nothing_for_their_parents_or_siblings(cast: Cast) -> None:
    assert [rights(cast.teenager, other) for other in (cast.owner, cast.child)] == [set(), set()]


# 2.4 links


def test_a_link_gives_its_flags_and_no_more(cast: Cast) -> None:
    assert rights(cast.other_guardian, cast.child, cast.organization) == {P.VIEW, P.BOOK, P.NOTIFY}


def test_nobody_signs_for_an_adult_by_a_link(cast: Cast) -> None:
    make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.co_owner, sign=True, book=True, is_legal_guardian=True
    )

    assert rights(cast.owner, cast.co_owner, cast.organization) == {P.VIEW, P.BOOK}


# 2.7 no chains, no ended, future or foreign links


def test_rights_do_not_travel_along_chains(cast: Cast) -> None:
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.other_guardian, book=True)

    assert rights(cast.stranger, cast.other_guardian) == {P.VIEW, P.BOOK}
    assert rights(cast.stranger, cast.child) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_on": date(2026, 11, 20)},
        {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 19)},
        {"starts_on": date(2026, 11, 1), "ended_at": datetime(2026, 11, 18, tzinfo=UTC)},
    ],
    ids=["future", "expired", "ended"],
)
def test_future_expired_and_ended_links_give_nothing(cast: Cast, fields: dict[str, Any]) -> None:
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, book=True, **fields)

    with time_machine.travel(datetime(2026, 11, 19, 15, tzinfo=UTC)):
        assert rights(cast.stranger, cast.child, cast.organization) == set()


def test_a_link_at_one_organisation_gives_nothing_at_another_nor_over_all(cast: Cast) -> None:
    make.ManagerLinkFactory(
        manager=cast.stranger, dependent=cast.child, organization=cast.organization, book=True
    )

    assert [rights(cast.stranger, cast.child, place) for place in (cast.organization, cast.rival, None)] == [
        {P.VIEW, P.BOOK},
        set(),
        set(),
    ]


def test_a_link_begins_and_ends_with_the_day_of_the_organisation(cast: Cast) -> None:
    make.ManagerLinkFactory(manager=cast.stranger, dependent=cast.child, starts_on=date(2026, 11, 20))

    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC)):  # still the 19th in Toronto
        assert [
            bool(rights(cast.stranger, cast.child, place)) for place in (cast.organization, cast.rival)
        ] == [False, True]


# 2.8 adulthood


def test_who_has_no_birth_date_is_an_adult_for_nothing(cast: Cast) -> None:
    unknown = make.MemberFactory(account=cast.owner.account, born_on=None, with_login=True)

    assert not is_adult(unknown, cast.organization)
    assert rights(cast.owner, unknown, cast.organization) == EVERYTHING
    assert P.SIGN not in rights(unknown, unknown, cast.organization)


def test_the_organisations_copy_of_the_birth_date_counts_there(cast: Cast) -> None:
    client = cast.client(cast.teenager)
    client.born_on = make.years_ago(40)
    client.save(update_fields=["born_on"])

    assert rights(cast.owner, cast.teenager, cast.organization) == set()
    assert rights(cast.owner, cast.teenager, cast.rival) == EVERYTHING


@pytest.mark.parametrize(
    ("majority", "now", "adult"),
    [
        (18, datetime(2026, 11, 20, 4, 59, tzinfo=UTC), False),  # 19 November, 23:59 in Toronto
        (18, datetime(2026, 11, 20, 5, 0, tzinfo=UTC), True),
        (19, datetime(2026, 11, 20, 5, 0, tzinfo=UTC), False),
    ],
)
def test_one_comes_of_age_as_the_birthday_begins_where_the_organisation_is(
    cast: Cast, majority: int, now: datetime, adult: bool
) -> None:
    cast.organization.age_of_majority = majority
    cast.organization.save(update_fields=["age_of_majority"])
    member = make.MemberFactory(born_on=date(2008, 11, 20))

    with time_machine.travel(now):
        assert is_adult(member, cast.organization) is adult


def test_who_was_born_on_29_february_comes_of_age_on_1_march(cast: Cast) -> None:
    member = make.MemberFactory(born_on=date(2008, 2, 29))
    club = cast.organization

    assert [is_adult(member, club, on) for on in (date(2026, 2, 28), date(2026, 3, 1))] == [False, True]


# accounts, and what it costs


def test_owners_and_nobody_else_run_an_account(cast: Cast) -> None:
    who = [cast.owner, cast.co_owner, cast.teenager, cast.other_guardian, cast.stranger]
    account, rights = cast.owner.account, len(AccountPermission)

    assert [[bool(may_run(actor(one), right, account)) for right in AccountPermission] for one in who] == [
        [True] * rights,
        [True] * rights,
        [False] * rights,
        [False] * rights,
        [False] * rights,
    ]
    assert [account in accounts(actor(one), AccountPermission.PAY) for one in who] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_staff_and_jobs_have_no_family_rights(cast: Cast) -> None:
    staff = Actor(kind=ActorKind.STAFF, user=cast.front_desk.user, staff=cast.front_desk)

    for somebody in (staff, Actor.of_job("test")):
        assert not may(somebody, P.VIEW, cast.child)
        assert not may_run(somebody, AccountPermission.PAY, cast.owner.account)
        assert list(subjects(somebody, P.VIEW)) == []


def test_each_question_is_one_query(cast: Cast, django_assert_num_queries: Callable[[int], Any]) -> None:
    me = actor(cast.owner)
    with django_assert_num_queries(1):
        may(me, P.BOOK, cast.child, cast.organization)
    with django_assert_num_queries(1):
        family = set(subjects(me, P.BOOK, cast.organization))

    assert family == {cast.owner, cast.child, cast.sibling, cast.teenager}


def test_erased_people_are_nobodys_subjects(cast: Cast) -> None:
    cast.child.erased_at = timezone.now() - timedelta(days=1)
    cast.child.save(update_fields=["erased_at"])

    assert rights(cast.owner, cast.child) == set()


def test_without_an_organisation_each_persons_own_country_says_when_they_are_of_age(cast: Cast) -> None:
    abroad = make.MemberFactory(
        account=cast.owner.account, with_login=True, email="abroad@mail.test", born_on=make.years_ago(19)
    )
    actor = Actor(kind=ActorKind.PERSON, member=cast.owner)
    at_home = may(actor, FamilyPermission.VIEW, abroad).allowed
    Account.objects.filter(pk=cast.owner.account_id).update(country="SG")
    in_singapore = may(actor, FamilyPermission.VIEW, abroad).allowed
    assert (at_home, in_singapore) == (False, True)


def test_of_age_at_an_organisation_is_who_is_by_its_own_copy_of_the_birth_date(cast: Cast) -> None:
    copy = cast.client(cast.teenager)
    copy.born_on = make.years_ago(20)
    copy.save(update_fields=["born_on"])
    assert (is_adult(cast.teenager, cast.organization), is_adult(cast.teenager)) == (True, False)
