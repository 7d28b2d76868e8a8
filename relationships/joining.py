"""Marks about a person whose two records become one: they hold for both, since it is one person (RULES 2.1)."""

from django.db.models import Q

from clients.merging import Joining, MergeRule
from relationships.models import NeverRelease, NoContact


def carry_marks_over(joining: Joining) -> None:
    """No-contact and never-release marks of the organisation about the one are about the other from now on.

    Rights are not carried over: links, and who may pick somebody up (RULES 4.1). A mark that stands for the
    other already stays where it is, and so does one that would be with oneself.
    """
    here, other = joining.keep.organization, joining.to_member
    marks = NoContact.objects.unlifted().filter(organization=here)
    for side, opposite in (("barred", "protected"), ("protected", "barred")):
        standing = marks.filter(**{side: other}).values(opposite)
        mine = marks.filter(**{side: joining.from_member}).exclude(
            Q(**{opposite: other}) | Q(**{f"{opposite}__in": standing})
        )
        joining.change(mine, **{f"{side}_id": other.pk})
    named = NeverRelease.objects.filter(organization=here, person=joining.from_member)
    joining.change(named, person_id=other.pk)


merge_rule = MergeRule(
    key="relationships", order=20, edges=("relationships.NeverRelease.client",), settle=carry_marks_over
)
