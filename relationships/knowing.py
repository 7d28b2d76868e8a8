"""Whom somebody knows by name, and of whom they may learn everything: the base of exports and activity (RULES 2.10)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Member
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission
from relationships.models import ManagerLink, NoContact


@dataclass(frozen=True, kw_only=True)
class Known:
    """What ``me`` knows of others, by member id.

    ``whole``: oneself, and whom one owns in full. ``named``: the other adults of an account one owns.
    ``linked``: whom one may see by a link. ``barred``: of whom nothing may be learned, whatever else holds.
    ``names`` are of all these but the barred, and of the other side of one's own links.
    """

    me: Member
    is_owner: bool
    whole: frozenset[int]
    named: frozenset[int]
    linked: frozenset[int]
    barred: frozenset[int]
    kin: frozenset[int]
    names: Mapping[int, str]

    def name_of(self, member_id: int) -> str:
        """How somebody is called to ``me``: by name, or as far as may be said."""
        if member_id == self.me.pk:
            return _("You")
        if member_id in self.names:
            return self.names[member_id]
        return _("Somebody of your account") if member_id in self.kin else _("Another guardian")


def known_to(actor: Actor) -> Known:
    """What the actor's member knows. Six queries, however many people."""
    me = actor.member
    if me is None:
        raise ValueError("nobody knows nothing")
    is_owner = bool(authority.may_run(actor, AccountPermission.PRIVACY, me.account))
    barred = frozenset(NoContact.objects.active().filter(barred=me).values_list("protected", flat=True))
    whole = {member.pk: member for member in authority.in_full(actor)}
    kin = {
        member.pk: member for member in Member.objects.filter(account=me.account_id, erased_at__isnull=True)
    }
    named = {pk: member for pk, member in kin.items() if is_owner and pk not in whole and pk not in barred}
    linked = {
        member.pk: member
        for member in authority.subjects(actor, FamilyPermission.VIEW)
        if member.pk not in whole and member.pk not in named
    }
    people = {**_of_links(me), **whole, **named, **linked}
    return Known(
        me=me,
        is_owner=is_owner,
        whole=frozenset(whole),
        named=frozenset(named),
        linked=frozenset(linked),
        barred=barred,
        kin=frozenset(kin),
        names={pk: member.full_name for pk, member in people.items() if pk not in barred},
    )


def _of_links(me: Member) -> dict[int, Member]:
    """The other side of one's own links, and both sides of those one granted."""
    mine = ManagerLink.objects.filter(
        Q(manager=me) | Q(dependent=me) | Q(granted_by=me),
        Q(ends_on__isnull=True) | Q(ends_on__gt=timezone.now().date()),
        ended_at__isnull=True,
    )
    sides: set[int] = set()
    for manager, dependent in mine.values_list("manager", "dependent"):
        sides |= {manager, dependent}
    return {member.pk: member for member in Member.objects.filter(pk__in=sides, erased_at__isnull=True)}
