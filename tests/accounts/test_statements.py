"""Statements whose text is built once: each run is about who asks now, and about this moment."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from accounts.models import Member
from accounts.statements import Statement
from relationships.models import LinkRequest
from tests import factories as make
from tests.cast import Cast

READER = Member(pk=-1)


def test_the_real_reader_and_the_moment_take_the_place_of_the_stand_ins(cast: Cast) -> None:
    statement = Statement.of(LinkRequest.objects.to_answer(READER).values_list("asker"))
    for addressee in (cast.owner, cast.stranger):
        LinkRequest.objects.create(
            asker=make.MemberFactory(given_name=f"For {addressee.given_name}"),
            addressee=addressee,
            kind="other",
            asked=["view"],
            starts_on=timezone.now().date(),
            expires_at=timezone.now() + timedelta(days=2),
        )

    def askers(reader: Member) -> list[str]:
        rows = statement.fetch({READER.pk: reader.pk})
        return [Member.objects.get(pk=pk).given_name for (pk,) in rows]

    assert (askers(cast.owner), askers(cast.stranger), askers(cast.child)) == (
        ["For Amara"],
        ["For Sven"],
        [],
    )
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert askers(cast.owner) == []
