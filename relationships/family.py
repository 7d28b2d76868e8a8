"""A family as one of its members sees it: who is in it, how old, and who acts for whom, in few queries."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.calendars import age_in_years
from accounts.models import AccountOwner, Member, Organization
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission
from relationships.models import NoContact


@dataclass(frozen=True, kw_only=True)
class Relative:
    """One person on the People page. ``is_open`` when the reader may open their page, which asks over all;

    ``is_shown`` when they may see the person at the organisation that the page is narrowed to, or over all, and
    ``may_sign`` when they may sign for them there.
    """

    member: Member
    age: int | None
    is_self: bool
    is_own: bool
    is_owner: bool
    is_open: bool
    is_shown: bool
    may_sign: bool
    is_grown_up: bool
    standing: str


@dataclass(frozen=True, kw_only=True)
class _View:
    """What the reader is to everybody else."""

    me: Member
    today: date
    visible: frozenset[int]
    shown: frozenset[int]
    bookable: frozenset[int]
    signable: frozenset[int]
    owners: set[int]

    @property
    def i_own(self) -> bool:
        return self.me.pk in self.owners


def relatives(actor: Actor, today: date, organization: Organization | None = None) -> list[Relative]:
    """Everybody whom the actor's member may see, and the adults of an account they own.

    At ``organization`` also whom they may see there alone, by a link that its staff made (RULES 2.5).

    Oneself first, then one's own account, the eldest first, then others. Two queries, however many people.
    """
    me = actor.member
    if me is None:
        return []
    visible, shown, bookable, signable = authority.reach(
        actor,
        (FamilyPermission.VIEW, None),
        (FamilyPermission.VIEW, organization),
        (FamilyPermission.BOOK, organization),
        (FamilyPermission.SIGN, organization),
    )
    rows = list(_known(actor, me, visible | shown))
    view = _View(
        me=me,
        today=today,
        visible=visible,
        shown=shown,
        bookable=bookable,
        signable=signable,
        owners={row.pk for row in rows if row.is_owner},
    )
    found = [_relative(view, member) for member in rows]
    return sorted(
        found, key=lambda each: (not each.is_self, not each.is_own, _eldest_first(each), each.member.pk)
    )


def _known(actor: Actor, me: Member, visible: frozenset[int]) -> QuerySet[Any]:
    """Owners know the adults of their account by name, though they run nothing for them (RULES 2.3)."""
    apart = NoContact.objects.active().filter(barred=me, protected=OuterRef("pk"))
    near = Member.objects.order_by().values("pk")
    mine = near.filter(~Exists(apart), account__in=authority.accounts(actor, AccountPermission.PEOPLE))
    found = near.filter(pk__in=visible).union(mine)  # an OR of both would read every member
    return Member.objects.filter(pk__in=found, erased_at__isnull=True).annotate(
        is_owner=Exists(AccountOwner.objects.filter(account=me.account_id, member=OuterRef("pk")))
    )


def _eldest_first(relative: Relative) -> date:
    return relative.member.born_on or date.max


def _relative(view: _View, member: Member) -> Relative:
    if member.pk not in view.visible:  # a picture, too, is asked for over all
        member.photo = ""  # known by name alone
    return Relative(
        member=member,
        age=age_in_years(member.born_on, view.today) if member.born_on else None,
        is_self=member.pk == view.me.pk,
        is_own=member.account_id == view.me.account_id,
        is_owner=member.pk in view.owners,
        is_open=member.pk in view.visible,
        is_shown=member.pk in view.shown,
        may_sign=member.pk in view.signable,
        is_grown_up=_is_grown_up(view, member),
        standing=_standing(view, member),
    )


def _is_grown_up(view: _View, member: Member) -> bool:
    """Of age by the account's country; an owner without a birth date runs it as an adult does."""
    if member.born_on is None:
        return member.pk in view.owners
    return member.born_on <= _adult_by(view)


def _standing(view: _View, member: Member) -> str:
    """Who acts for this person, in a sentence to the reader."""
    if member.pk == view.me.pk:
        return _own_standing(view)
    if member.account_id != view.me.account_id:
        return (
            _("In another account. You may book.") if member.pk in view.bookable else _("In another account.")
        )
    if member.pk in view.owners:
        return _("Runs this account as you do.")
    if member.user_id is not None:
        adult = member.born_on is not None and member.born_on <= _adult_by(view)
        return _("Has a login, and decides alone.") if adult else _("Has a login. You act for them too.")
    return _("You act for them.")


def _own_standing(view: _View) -> str:
    if view.i_own:
        return _("You run this account: you book, pay and add people.")
    if view.me.born_on is not None and view.me.born_on <= _adult_by(view):
        return _("You act for yourself.")
    return _("An owner of your account acts for you.")


def _adult_by(view: _View) -> date:
    return authority.adult_if_born_by(None, view.today, view.me.account.country)
