"""Writing down what people sign (``waivers.operations.publishing``)."""

from hashlib import sha256

import pytest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Staff
from accounts.permissions import BUILT_IN, Permission
from tests import factories as make
from tests.cast import Cast
from waivers.enums import Frequency
from waivers.errors import NothingToSign, RequirementIncomplete
from waivers.models import DocumentVersion, Requirement
from waivers.operations import publishing


def at_work(staff: Staff, permissions: frozenset[Permission] = BUILT_IN["administrator"]) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=staff.organization,
        permissions=permissions,
    )


def test_a_published_text_is_numbered_hashed_and_audited(cast: Cast) -> None:
    by = at_work(cast.administrator)
    document = publishing.add_document(by=by, organization=cast.organization, title="Season waiver")

    first = publishing.publish(by=by, document=document, text="I know the risks.\r\n")
    second = publishing.publish(by=by, document=document, text="I know **all** the risks.")

    digest = sha256(b"I know the risks.").hexdigest()
    assert [(v.number, v.text) for v in (first, second)] == [
        (1, "I know the risks."),
        (2, "I know **all** the risks."),
    ]
    assert first.text_hash == digest
    assert AuditEvent.objects.get(action="waivers.published", target_id=first.pk).changes == {
        "document": document.pk,
        "number": 1,
        "text_hash": digest,
    }


def test_the_same_text_again_is_no_new_version(cast: Cast) -> None:
    by = at_work(cast.administrator)
    document = make.DocumentFactory(organization=cast.organization)

    versions = [publishing.publish(by=by, document=document, text="Same") for _ in range(2)]

    assert versions[0] == versions[1] == DocumentVersion.objects.get(document=document)


def test_an_empty_text_is_refused(cast: Cast) -> None:
    with pytest.raises(NothingToSign):
        publishing.publish(
            by=at_work(cast.administrator),
            document=make.DocumentFactory(organization=cast.organization),
            text=" \n",
        )


def test_only_staff_who_edit_waivers_publish_and_only_their_own(cast: Cast) -> None:
    document = make.DocumentFactory(organization=cast.organization)
    front_desk = at_work(cast.front_desk, BUILT_IN["front-desk"])

    for by in (front_desk, at_work(cast.rival_administrator)):
        with pytest.raises(NotAllowed):
            publishing.publish(by=by, document=document, text="Mine now")
        with pytest.raises(NotAllowed):
            publishing.require(by=by, document=document)

    assert (DocumentVersion.objects.count(), Requirement.objects.count()) == (0, 0)


def test_requiring_the_same_twice_is_requiring_it_once(cast: Cast) -> None:
    by = at_work(cast.administrator)
    document = make.DocumentFactory(organization=cast.organization)

    made = [
        publishing.require(by=by, document=document, frequency=Frequency.DAYS, days=30, is_for_everyone=True)
        for _ in range(2)
    ]

    assert made[0] == made[1]
    assert (made[0].frequency, made[0].days, made[0].is_for_everyone) == ("days", 30, True)


@pytest.mark.parametrize("frequency", [Frequency.DAYS, Frequency.SEASON])
def test_a_frequency_without_its_measure_is_refused(cast: Cast, frequency: Frequency) -> None:
    with pytest.raises(RequirementIncomplete):
        publishing.require(
            by=at_work(cast.administrator),
            document=make.DocumentFactory(organization=cast.organization),
            frequency=frequency,
        )
