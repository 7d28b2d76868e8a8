"""What somebody must still sign (``waivers.requirements``)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Member
from clients.enums import ClientStatus
from tests import factories as make
from tests.cast import Cast
from waivers.enums import Frequency
from waivers.models import Requirement
from waivers.requirements import missing

NOW = datetime(2026, 11, 19, 15, tzinfo=UTC)


def asked_of_everyone(cast: Cast, **fields: Any) -> Requirement:
    """A waiver for everyone, with a text."""
    requirement: Requirement = make.RequirementFactory(
        document__organization=cast.organization, is_for_everyone=True, **fields
    )
    make.DocumentVersionFactory(document=requirement.document)
    return requirement


def still_missing(cast: Cast, *members: Member, at: datetime | None = None, **more: Any) -> list[Any]:
    found = missing(organization=cast.organization, members=members, at=at or timezone.now(), **more)
    return [(item.member, item.requirement) for item in found]


def test_a_requirement_for_everyone_is_missing_for_each_who_has_not_signed(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    make.SignatureFactory(version=requirement.document.versions.get(), client=cast.client(cast.child))

    assert still_missing(cast, cast.child, cast.sibling) == [(cast.sibling, requirement)]


def test_somebody_who_is_no_client_yet_is_asked_too(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    newcomer = make.MemberFactory(account=cast.owner.account)

    assert still_missing(cast, newcomer) == [(newcomer, requirement)]


def test_what_a_class_asks_for_is_asked_of_those_who_come_to_it(cast: Cast) -> None:
    requirement = make.RequirementFactory(document__organization=cast.organization)
    make.DocumentVersionFactory(document=requirement.document)

    found = still_missing(cast, cast.child, cast.sibling, extra={cast.sibling.pk: [requirement]})

    assert found == [(cast.sibling, requirement)]


def test_a_document_asked_for_twice_is_signed_once(cast: Cast) -> None:
    first = asked_of_everyone(cast)
    second = make.RequirementFactory(document=first.document, frequency=Frequency.ONCE)

    assert still_missing(cast, cast.child, extra={cast.child.pk: [second]}) == [(cast.child, first)]


def test_a_signature_holds_until_the_very_moment_it_expires(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    make.SignatureFactory(
        version=requirement.document.versions.get(),
        client=cast.client(cast.child),
        signed_at=NOW - timedelta(days=9),
        expires_at=NOW,
    )

    assert still_missing(cast, cast.child, at=NOW - timedelta(seconds=1)) == []
    assert still_missing(cast, cast.child, at=NOW) == [(cast.child, requirement)]


def test_a_signature_under_an_older_text_still_holds(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    make.SignatureFactory(version=requirement.document.versions.get(), client=cast.client(cast.child))
    newer = make.DocumentVersionFactory(document=requirement.document)

    found = missing(
        organization=cast.organization, members=[cast.child, cast.sibling], at=timezone.now(), extra={}
    )

    assert [(item.member, item.version) for item in found] == [(cast.sibling, newer)]


def test_a_signature_at_the_rival_counts_for_nothing_here(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    make.SignatureFactory(
        version__document__organization=cast.rival, client=cast.client(cast.stranger, cast.rival)
    )

    assert still_missing(cast, cast.stranger) == [(cast.stranger, requirement)]


def test_what_a_joined_client_signed_holds_for_the_one_it_was_joined_into(cast: Cast) -> None:
    requirement = asked_of_everyone(cast)
    version = requirement.document.versions.get()
    before, after = cast.client(cast.stranger_child), cast.client(cast.child)
    make.SignatureFactory(version=version, client=before)
    before.status, before.merged_into = ClientStatus.MERGED, after
    before.save(update_fields=["status", "merged_into"])

    assert still_missing(cast, cast.child, cast.stranger_child) == []


def test_retired_switched_off_over_and_unwritten_ones_ask_for_nothing(cast: Cast) -> None:
    asked_of_everyone(cast, document__is_retired=True)
    asked_of_everyone(cast, is_active=False)
    asked_of_everyone(cast, frequency=Frequency.SEASON, season_ends_on=date(2026, 11, 18))
    make.RequirementFactory(document__organization=cast.organization, is_for_everyone=True)

    assert still_missing(cast, cast.child, at=NOW) == []


@pytest.mark.parametrize("many", [1, 3, 40])
def test_it_costs_the_same_whatever_the_number_of_people(
    cast: Cast, many: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    requirement = asked_of_everyone(cast)
    members = make.MemberFactory.create_batch(many, account=cast.owner.account)
    for member in members:
        make.ClientFactory(organization=cast.organization, member=member)

    with django_assert_num_queries(3):
        found = still_missing(cast, *members)

    assert found == [(member, requirement) for member in members]


@pytest.mark.parametrize(
    ("born_on", "majority", "last"),
    [
        (date(2008, 11, 20), 18, datetime(2026, 11, 20, 4, 59, tzinfo=UTC)),  # 19 November, 23:59 in Toronto
        (date(2008, 2, 29), 18, datetime(2026, 3, 1, 4, 59, tzinfo=UTC)),
        (date(2007, 11, 20), 19, datetime(2026, 11, 20, 4, 59, tzinfo=UTC)),
    ],
)
def test_what_a_guardian_signed_is_asked_anew_of_who_came_of_age_there(
    cast: Cast, born_on: date, majority: int, last: datetime
) -> None:
    cast.organization.age_of_majority = majority
    cast.organization.save(update_fields=["age_of_majority"])
    young = make.MemberFactory(account=cast.owner.account, born_on=born_on)
    client = make.ClientFactory(organization=cast.organization, member=young)
    requirement = asked_of_everyone(cast, frequency=Frequency.ONCE)
    signed = {
        "version": requirement.document.versions.get(),
        "client": client,
        "signed_at": last - timedelta(9),
    }
    make.SignatureFactory(signer=cast.owner, capacity="owner", **signed)

    asked = [still_missing(cast, young, at=at) for at in (last, last + timedelta(minutes=1))]
    make.SignatureFactory(signer=young, capacity="self", **signed)

    assert asked == [[], [(young, requirement)]]
    assert still_missing(cast, young, at=last + timedelta(minutes=1)) == []
