"""Why somebody may not be booked, asked of a wish directly."""

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from billing.selling import Wish
from relationships import decisions
from scheduling import checking
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_barred_guardian_is_told_what_a_stranger_is_told(cast: Cast) -> None:
    course = make.course(service__organization=cast.organization)
    make.NoContactFactory(organization=cast.organization, barred=cast.other_guardian, protected=cast.child)
    reasons = []
    for member in (cast.other_guardian, cast.stranger):
        actor = Actor(kind=ActorKind.PERSON, member=member, user=member.user, organization=cast.organization)
        (objections,) = checking.check(
            by=actor,
            organization=cast.organization,
            wishes=[Wish(member=cast.child, target=course)],
            at=timezone.now(),
        )
        reasons.append([(each.code, str(each.reason)) for each in objections if each.code == "no-right"])
    assert reasons == [[("no-right", str(decisions.STRANGER))]] * 2
