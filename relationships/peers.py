"""Peers: who is looked after by the same people, by first name and no more (P08, RULES 2.10)."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor
from accounts.models import AccountOwner, Member
from relationships import authority
from relationships.family import Relative
from relationships.models import NoContact

MOST = 20


def of_reader(actor: Actor, family: Sequence[Relative], today: date) -> list[str]:
    """First names of those for whom the owners of the reader's account act as they act for the reader.

    Only a minor who runs nothing has peers of this kind, and only within the own account: what joins two
    households is a link, and through a link nobody learns of a third person. One query, or none.
    """
    me = actor.member
    if me is None or any(each.is_self and (each.is_owner or each.is_grown_up) for each in family):
        return []
    return [member.short_name for member in _beside(me, today)[:MOST]]


def of_subject(family: Sequence[Relative], subject: Member, me: Member) -> list[str]:
    """For who acts for ``subject``: first names of the others they act for. No query."""
    if subject.pk == me.pk:
        return []
    others = [each for each in family if each.is_open and not each.is_self and each.member.pk != subject.pk]
    return [each.member.short_name for each in others[:MOST]]


def _beside(me: Member, today: date) -> QuerySet[Member]:
    """Minors, and adults without a login, of the same account; nobody kept apart from ``me`` either way."""
    marks = NoContact.objects.active()
    apart = (
        marks.filter(barred=me, protected=OuterRef("pk")),
        marks.filter(barred=OuterRef("pk"), protected=me),
    )
    of_age = authority.adult_if_born_by(None, today, me.account.country)
    return (
        Member.objects.filter(
            Q(user__isnull=True) | Q(born_on__isnull=True) | Q(born_on__gt=of_age),
            ~Exists(apart[0]),
            ~Exists(apart[1]),
            ~Exists(AccountOwner.objects.filter(member=OuterRef("pk"))),
            account=me.account_id,
            erased_at__isnull=True,
        )
        .exclude(pk=me.pk)
        .order_by("born_on", "pk")
    )
