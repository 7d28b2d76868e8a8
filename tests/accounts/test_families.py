"""Accounts and the people in them."""

from datetime import date

import pytest

from accounts.actors import Actor
from accounts.errors import Refused, UnderAge
from accounts.models import Account, AuditEvent, Member
from accounts.operations import families, organizations
from accounts.people import PersonFields
from accounts.permissions import BUILT_IN
from tests import factories as make

BY = Actor.of_command("tests")

pytestmark = pytest.mark.django_db


def test_opening_an_account_makes_it_its_owner_and_its_audit_at_once() -> None:
    organization = make.OrganizationFactory()
    owner = families.open_account(
        by=BY,
        owner=PersonFields(given_name="Amara", family_name="Okafor", born_on=date(1987, 5, 3)),
        kept_by=organization,
        country="CA",
    )
    assert (owner.account.name, owner.account.kept_by, owner.account.country) == (
        "Okafor family",
        organization,
        "CA",
    )
    assert [ownership.member for ownership in owner.account.ownerships.all()] == [owner]
    event = AuditEvent.objects.get(action="accounts.account_opened")
    assert (event.target_id, event.member_ids, event.organization_id) == (
        owner.account.pk,
        [owner.pk],
        organization.pk,
    )


def test_an_owner_under_the_age_of_majority_is_refused_and_nothing_is_kept() -> None:
    organization = make.OrganizationFactory(age_of_majority=19)
    with pytest.raises(UnderAge, match="19 or older here, and this person is 18"):
        families.open_account(
            by=BY,
            owner=PersonFields(given_name="Noah", born_on=make.years_ago(18)),
            kept_by=organization,
            country="CA",
        )
    assert (Account.objects.count(), Member.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_several_people_of_an_account_may_share_one_address() -> None:
    account = make.AccountFactory()
    people = [
        families.add_member(
            by=BY, account=account, person=PersonFields(given_name=name, email="we@mail.test")
        )
        for name in ("Toby", "Zuri")
    ]
    assert [(p.account, p.given_name, p.email) for p in people] == [
        (account, "Toby", "we@mail.test"),
        (account, "Zuri", "we@mail.test"),
    ]


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    member = make.MemberFactory()
    families.change_member(by=BY, member=member, person=PersonFields.of(member))
    assert AuditEvent.objects.count() == 0


def test_the_audit_of_a_change_names_fields_and_no_values() -> None:
    member = make.MemberFactory(given_name="Toby", phone="")
    person = PersonFields.of(member)
    changed = families.change_member(
        by=BY,
        member=member,
        person=PersonFields(**person.values() | {"given_name": "Tobias", "city": "York"}),
    )
    assert (changed.given_name, changed.city) == ("Tobias", "York")
    assert AuditEvent.objects.get().changes == {"fields": ["city", "given_name"]}


def test_a_new_organization_has_the_built_in_roles() -> None:
    organization = organizations.create_organization(
        by=BY,
        slug="harbour-lane",
        name="Harbour Lane",
        time_zone="America/Toronto",
        currency="cad",
        country="ca",
        locale="en_CA",
    )
    assert {role.key: set(role.permissions) for role in organization.roles.all()} == {
        key: {p.value for p in permissions} for key, permissions in BUILT_IN.items()
    }
    staff = organizations.add_staff(
        by=BY, organization=organization, name="Ilse Brandt", user=None, roles=["instructor"]
    )
    assert [role.key for role in staff.roles.all()] == ["instructor"]


def test_an_organization_that_cannot_work_is_refused_with_every_reason() -> None:
    with pytest.raises(Refused) as refused:
        organizations.create_organization(
            by=BY,
            slug="x y",
            name="X",
            time_zone="Mars/Olympus",
            currency="ZZZ",
            country="CA",
            locale="klingon-speak",
        )
    for words in ("IANA", "ISO 4217", "en_CA", "slug"):
        assert words in str(refused.value)
