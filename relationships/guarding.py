"""No-contact as a guard of claim, move, merge, erase and export (RULES 2.1)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Q, QuerySet

from accounts.actors import Actor
from accounts.guards import Act
from accounts.models import Member, Organization
from relationships.errors import KeptApart
from relationships.models import NoContact


def refuse_no_contact(
    act: Act, subjects: Sequence[Member], organization: Organization | None, by: Actor
) -> None:
    """Refuse when the acting person is barred from a subject, or two subjects are kept apart."""
    people = [subject.pk for subject in subjects]
    marks = NoContact.objects.not_over()
    if organization is not None:
        marks = marks.filter(organization=organization)
    apart = Q(barred__in=people, protected__in=people)
    if by.member is not None:
        apart |= Q(barred=by.member, protected__in=people)
    if marks.filter(apart).exists():
        raise KeptApart


def kept_from_staff() -> QuerySet[Any]:
    """Whom a mark of the organisation keeps from the member of whoever works there, for a row of Staff."""
    marks = NoContact.objects.active().filter(
        barred__user=OuterRef("user"), organization=OuterRef("organization")
    )
    return marks.values("protected")
