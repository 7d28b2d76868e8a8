"""Signing: by the right person, under the exact text, once (``waivers.operations.signing``)."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Member
from clients.enums import ClientStatus
from clients.models import Client
from tests import factories as make
from tests.cast import Cast, assemble
from waivers.enums import Capacity, Frequency
from waivers.errors import NameDoesNotMatch, SignerNotAdult, TextChanged
from waivers.models import DocumentVersion, Requirement, Signature
from waivers.operations.signing import expiry, sign
from waivers.requirements import missing

pytestmark = pytest.mark.django_db


def person(member: Member, **fields: Any) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member, **fields)


@pytest.fixture
def text(cast: Cast) -> DocumentVersion:
    """The text of a waiver that everyone signs each year."""
    requirement = make.RequirementFactory(document__organization=cast.organization, is_for_everyone=True)
    version: DocumentVersion = make.DocumentVersionFactory(document=requirement.document)
    return version


def sign_as(
    cast: Cast, signer: Member, text: DocumentVersion, *members: Member, name: str = ""
) -> list[Signature]:
    return sign(
        by=person(signer),
        organization=cast.organization,
        versions=[text],
        members=members,
        typed_name=name or signer.full_name,
    )


def test_an_owner_signs_once_for_both_children(cast: Cast, text: DocumentVersion) -> None:
    members = [cast.child, cast.sibling]

    made = sign_as(cast, cast.owner, text, *members)

    assert [(s.client, s.signer, s.capacity, s.typed_name) for s in made] == [
        (cast.client(cast.child), cast.owner, Capacity.OWNER, "Amara Okafor"),
        (cast.client(cast.sibling), cast.owner, Capacity.OWNER, "Amara Okafor"),
    ]
    assert missing(organization=cast.organization, members=members, at=timezone.now(), extra={}) == []


def test_an_adult_signs_for_themselves(cast: Cast, text: DocumentVersion) -> None:
    assert [s.capacity for s in sign_as(cast, cast.owner, text, cast.owner)] == [Capacity.SELF]


def test_nobody_signs_for_another_adult_not_even_an_owner(cast: Cast, text: DocumentVersion) -> None:
    grandmother = make.MemberFactory(account=cast.owner.account, born_on=make.years_ago(70))

    for adult in (cast.co_owner, grandmother):
        with pytest.raises(NotAllowed):
            sign_as(cast, cast.owner, text, cast.child, adult)

    assert Signature.objects.count() == 0


def test_a_minor_signs_nothing(cast: Cast, text: DocumentVersion) -> None:
    with pytest.raises(NotAllowed):
        sign_as(cast, cast.teenager, text, cast.teenager)


def test_a_guardian_signs_only_with_the_right_to_sign(cast: Cast, text: DocumentVersion) -> None:
    with pytest.raises(NotAllowed):
        sign_as(cast, cast.other_guardian, text, cast.child)

    link = cast.other_guardian.links_as_manager.get()
    link.sign = link.is_legal_guardian = True
    link.save(update_fields=["sign", "is_legal_guardian"])

    assert [s.capacity for s in sign_as(cast, cast.other_guardian, text, cast.child)] == [Capacity.GUARDIAN]


def test_a_guardian_who_is_no_adult_here_signs_for_nobody(cast: Cast, text: DocumentVersion) -> None:
    brother = make.MemberFactory(born_on=make.years_ago(17), with_login=True)
    make.ManagerLinkFactory(manager=brother, dependent=cast.child, sign=True, is_legal_guardian=True)

    with pytest.raises(SignerNotAdult):
        sign_as(cast, brother, text, cast.child)


def test_a_stranger_signs_for_nobody(cast: Cast, text: DocumentVersion) -> None:
    with pytest.raises(NotAllowed):
        sign_as(cast, cast.stranger, text, cast.child)


@pytest.mark.parametrize("typed", ["Amara Okafor", "  amara   OKAFOR ", "Ämara Okafor", "amara-okafor"])
def test_the_name_may_differ_in_case_accents_and_spaces(
    cast: Cast, text: DocumentVersion, typed: str
) -> None:
    assert len(sign_as(cast, cast.owner, text, cast.child, name=typed)) == 1


@pytest.mark.parametrize("typed", ["", "Amara", "Okafor", "Toby Okafor", "Amara Okafor Okafor"])
def test_another_name_is_no_signature(cast: Cast, text: DocumentVersion, typed: str) -> None:
    with pytest.raises(NameDoesNotMatch):
        sign(
            by=person(cast.owner),
            organization=cast.organization,
            versions=[text],
            members=[cast.child],
            typed_name=typed,
        )


def test_a_signature_that_holds_is_not_made_twice(cast: Cast, text: DocumentVersion) -> None:
    first = sign_as(cast, cast.owner, text, cast.child)

    again = sign_as(cast, cast.owner, text, cast.child, cast.sibling)

    assert again[0] == first[0]
    assert Signature.objects.count() == 2


def test_a_text_that_was_replaced_cannot_be_signed(cast: Cast, text: DocumentVersion) -> None:
    make.DocumentVersionFactory(document=text.document)

    with pytest.raises(TextChanged):
        sign_as(cast, cast.owner, text, cast.child)


def test_the_rivals_text_cannot_be_signed_here(cast: Cast) -> None:
    theirs = make.DocumentVersionFactory(document__organization=cast.rival)

    with pytest.raises(TextChanged):
        sign_as(cast, cast.owner, theirs, cast.child)


def test_it_keeps_from_where_it_was_signed_and_says_so_in_the_audit_without_the_text(
    cast: Cast, text: DocumentVersion
) -> None:
    actor = person(cast.owner, ip="203.0.113.7", user_agent="Firefox", request_id="r-1")

    (made,) = sign(
        by=actor,
        organization=cast.organization,
        versions=[text],
        members=[cast.child],
        typed_name="Amara Okafor",
    )

    event = AuditEvent.objects.get(action="waivers.signed")
    assert (made.ip, made.user_agent) == ("203.0.113.7", "Firefox")
    assert (event.target_id, event.for_member_id, event.member_ids, event.changes) == (
        made.pk,
        cast.child.pk,
        [cast.child.pk],
        {"version": text.pk, "capacity": "owner"},
    )


def test_signing_makes_a_newcomer_a_lead(cast: Cast, text: DocumentVersion) -> None:
    baby = make.MemberFactory(account=cast.owner.account, born_on=make.years_ago(1))

    sign_as(cast, cast.owner, text, baby)

    assert Client.objects.get(organization=cast.organization, member=baby).status == ClientStatus.LEAD


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"frequency": Frequency.YEARLY}, datetime(2027, 11, 19, 5, tzinfo=UTC)),
        (
            {"frequency": Frequency.SEASON, "season_ends_on": date(2027, 6, 30)},
            datetime(2027, 7, 1, 4, tzinfo=UTC),
        ),
        ({"frequency": Frequency.DAYS, "days": 30}, datetime(2026, 12, 19, 5, tzinfo=UTC)),
        ({"frequency": Frequency.ONCE}, None),
    ],
)
def test_a_signature_ends_at_midnight_on_the_organisations_calendar(
    cast: Cast, fields: dict[str, Any], ends: datetime | None
) -> None:
    requirement = make.RequirementFactory(document__organization=cast.organization, **fields)
    late_in_the_evening = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)  # still the 19th in Toronto

    assert expiry(requirement, late_in_the_evening) == ends


def test_a_year_from_29_february_ends_on_1_march(cast: Cast) -> None:
    requirement = make.RequirementFactory(document__organization=cast.organization)

    assert expiry(requirement, datetime(2028, 2, 29, 15, tzinfo=UTC)) == datetime(2029, 3, 1, 5, tzinfo=UTC)


def test_the_strictest_of_two_requirements_says_when_it_ends(cast: Cast, text: DocumentVersion) -> None:
    make.RequirementFactory(document=text.document, frequency=Frequency.DAYS, days=10)
    make.RequirementFactory(document=text.document, frequency=Frequency.ONCE)

    with time_machine.travel(datetime(2026, 11, 19, 15, tzinfo=UTC), tick=False):
        (made,) = sign_as(cast, cast.owner, text, cast.child)

    assert made.expires_at == datetime(2026, 11, 29, 5, tzinfo=UTC)


def test_after_it_has_run_out_it_is_signed_anew(cast: Cast, text: DocumentVersion) -> None:
    with time_machine.travel(datetime(2026, 11, 19, 15, tzinfo=UTC)):
        (first,) = sign_as(cast, cast.owner, text, cast.child)
    with time_machine.travel(datetime(2027, 11, 19, 15, tzinfo=UTC)):
        (second,) = sign_as(cast, cast.owner, text, cast.child)

    assert first != second


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_sign_at_once_make_one_signature() -> None:
    cast = assemble()
    requirement: Requirement = make.RequirementFactory(
        document__organization=cast.organization, is_for_everyone=True
    )
    text = make.DocumentVersionFactory(document=requirement.document)
    together = threading.Barrier(4)
    seen: list[int] = []

    def press() -> None:
        together.wait(timeout=20)
        try:
            with transaction.atomic():
                seen.extend(s.pk for s in sign_as(cast, cast.owner, text, cast.child))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert (len(seen), len(set(seen)), Signature.objects.count()) == (4, 1, 1)
