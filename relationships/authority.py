"""Who may act for whom. Every family right is decided here, and nowhere else (RULES 2).

``may`` answers for one person and says why; ``subjects`` is the same rule as a list. Both read the same
annotations of one query, so they cannot disagree. Order: no-contact (always no), self, owner, an active
link with that flag. Default: no.

Building that query costs several times what running it does, so each process builds its text once for each
permission, with stand-ins for who asks, where and when, and puts the real values in their place.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.calendars import born_on_or_before, today_in
from accounts.models import Account, AccountOwner, Member, Organization
from clients.models import Client
from relationships.decisions import STRANGER, Decision, Source
from relationships.enums import AccountPermission, FamilyPermission, Rule, SourceKind
from relationships.models import ManagerLink, NoContact
from relationships.models.no_contact import begun_by, over_by

ALWAYS, NEVER = Q(pk__isnull=False), Q(pk__isnull=True)
_OWN_WORD = Q(granted_by=OuterRef("pk")) | Q(granted_by__isnull=True)  # the person's own, or staff's


def may(
    actor: Actor, permission: FamilyPermission, member: Member, organization: Organization | None = None
) -> Decision:
    """Whether the actor's member may do ``permission`` for ``member`` at ``organization``, and why."""
    if actor.member is None:
        return Decision(False, STRANGER, Rule.NO_MEMBER)
    text, stand_ins = _text_of_weights(permission, organization is not None)
    with connection.cursor() as cursor:
        cursor.execute(text, _put_in(stand_ins, actor.member, organization, member))
        row = cursor.fetchone()
    if row is None:
        return Decision(False, STRANGER, Rule.NOBODY)
    return _decide(dict(zip((*_WEIGHTS, *_SOURCES), row, strict=True)))


def subjects(
    actor: Actor, permission: FamilyPermission, organization: Organization | None = None
) -> QuerySet[Member]:
    """Everyone for whom the actor's member may do ``permission``, themselves included."""
    if actor.member is None:
        return Member.objects.none()
    text, stand_ins = _text_of_subjects(permission, organization is not None)
    return Member.objects.filter(pk__in=RawSQL(text, _put_in(stand_ins, actor.member, organization)))  # noqa: S611  # nosec B611


def reach(actor: Actor, *asked: tuple[FamilyPermission, Organization | None]) -> tuple[frozenset[int], ...]:
    """Ids of ``subjects`` for each of several permissions and places, in one query."""
    found: tuple[set[int], ...] = tuple(set() for _each in asked)
    if actor.member is not None and asked:
        parts: list[str] = []
        values: list[Any] = []
        for place, (permission, organization) in enumerate(asked):
            text, stand_ins = _text_of_subjects(permission, organization is not None)
            parts.append(f"SELECT %s, part.pk FROM ({text}) part")  # noqa: S608  # nosec B608
            values += [place, *_put_in(stand_ins, actor.member, organization)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            for place, pk in cursor.fetchall():
                found[place].add(pk)
    return tuple(frozenset(each) for each in found)


def in_full(actor: Actor) -> QuerySet[Member]:
    """Oneself, and those of one's own account over whom ownership gives everything (RULES 2.3).

    That is minors and adults without a login, never another owner: they are adults, whatever is known of
    their age. No link gives as much: what is held about somebody is exported, or erased, by these alone.
    """
    if actor.member is None:
        return Member.objects.none()
    text, stand_ins = _text_of_own()
    mine = Member.objects.filter(pk__in=RawSQL(text, _put_in(stand_ins, actor.member, None)))  # noqa: S611  # nosec B611
    return mine.filter(Q(pk=actor.member.pk) | Q(ownership__isnull=True))


def may_run(
    actor: Actor, permission: AccountPermission, account: Account, organization: Organization | None = None
) -> Decision:
    """Whether the actor's member, as an owner, may run ``account`` in this respect; to buy, old enough (A02)."""
    if actor.member is None:
        return Decision(False, STRANGER, Rule.NO_MEMBER)
    mine = Member.objects.filter(pk=actor.member.pk, ownership__account=account)
    found = list(mine.annotate(birthday=_birthday(organization)).values_list("birthday", "ownership__pk"))
    if not found:
        return Decision(False, _("Only an owner of the account can do this."), Rule.NOT_OWNER)
    [(birthday, ownership)] = found
    source = Source(SourceKind.OWNERSHIP, ownership)
    if permission is AccountPermission.BUY and organization is not None:
        return _may_buy(birthday, organization, source)
    return Decision(True, _("You are an owner of this account."), Rule.OWNER, source)


def _may_buy(born_on: date | None, organization: Organization, source: Source) -> Decision:
    """Old enough to buy at the organisation, today in its zone (A02). Without a birth date nobody is (RULES 2.8)."""
    facts = {"years": organization.minimum_purchase_age, "organization": organization.name}
    if born_on is None:
        reason = _(
            "%(organization)s sells to people of %(years)s and older. Add your birth date to your own page first."
        )
        return Decision(False, reason % facts, Rule.NO_AGE, source)
    if born_on > born_on_or_before(today_in(organization.time_zone), organization.minimum_purchase_age):
        reason = _(
            "%(organization)s sells to people of %(years)s and older. Another owner of your account can buy, or "
            "ask at the desk."
        )
        return Decision(False, reason % facts, Rule.TOO_YOUNG, source)
    return Decision(True, _("You are an owner of this account."), Rule.OWNER, source)


def accounts(
    actor: Actor, permission: AccountPermission, organization: Organization | None = None
) -> QuerySet[Account]:
    """The accounts that the actor's member may run in this respect."""
    if actor.member is None:
        return Account.objects.none()
    return Account.objects.filter(ownerships__member=actor.member, erased_at__isnull=True)


def owner_rights(*, is_adult: bool, has_login: bool) -> frozenset[FamilyPermission]:
    """What an owner may do for somebody of the account, for pages that list it (RULES 2.3): ``may`` in words."""
    if not is_adult:
        return frozenset(FamilyPermission)
    return frozenset() if has_login else frozenset(FamilyPermission) - {FamilyPermission.SIGN}


def may_grant(actor: Actor, member: Member) -> Decision:
    """Whether the actor's member decides who may act for ``member`` (RULES 2.3, 2.5)."""
    if grantable(actor).filter(pk=member.pk).exists():
        return Decision(True, _("You decide who may act for this person."), "decides")
    return Decision(False, STRANGER, "does not decide who acts for this person")


def grantable(actor: Actor) -> QuerySet[Member]:
    """Everyone for whom the actor's member decides who may act (RULES 2.5).

    An adult with a login decides alone; for everybody else an owner of their account does. Never for one
    from whom they are barred.
    """
    me = actor.member
    if me is None:
        return Member.objects.none()
    of_age_in = {country: adult_if_born_by(None, country=country) for country in _OF_AGE_IN}
    adult = _is_adult_at_home("born_on", adult_if_born_by(None), of_age_in)
    run = Q(account__in=accounts(actor, AccountPermission.PEOPLE))
    minor = Q(born_on__isnull=True) | ~adult
    return Member.objects.filter(
        Q(pk=me.pk) & adult | run & (minor | Q(user__isnull=True)),
        ~Q(pk__in=apart_from(actor)),
        erased_at__isnull=True,
    )


def is_adult(member: Member, organization: Organization | None = None, on: date | None = None) -> bool:
    """Of age at the organisation on a day, in its zone, by its Client's birth date (RULES 2.8); without one: no."""
    row = Member.objects.filter(pk=member.pk).annotate(birthday=_birthday(organization))
    born_on = row.values_list("birthday", flat=True).get()
    return born_on is not None and born_on <= adult_if_born_by(organization, on, member.account.country)


def barred_from(
    actor: Actor, members: Iterable[Member], organization: Organization | None = None
) -> set[int]:
    """Ids of those ``members`` whom the actor's member must not learn of at ``organization`` (RULES 2.1).

    Without an organisation, a mark of any organisation counts.
    """
    apart = apart_from(actor, organization).filter(protected__in=members)
    return set(apart.values_list("protected", flat=True))


def apart_from(actor: Actor, organization: Organization | None = None) -> Any:
    """Ids, as a subquery, of whom the actor's member must not learn of; without an organisation, by any mark."""
    marks = NoContact.objects.active().filter(barred=actor.member)
    return (marks.filter(organization=organization) if organization else marks).values("protected")


def adult_if_born_by(organization: Organization | None, on: date | None = None, country: str = "") -> date:
    """The latest birth date of an adult: the organisation's age, else the installation's for the country."""
    if organization is not None:
        day = on or today_in(organization.time_zone)
        return born_on_or_before(day, organization.age_of_majority)
    years = settings.AGES_OF_MAJORITY.get(country, settings.AGES_OF_MAJORITY[""])
    return born_on_or_before(on or timezone.now().date(), years)


_WEIGHTS = ("is_barred", "by_self", "by_ownership", "by_link", "is_self", "is_owned", "is_linked")
_SOURCES = ("mark", "ownership_row", "giving_link", "other_link", "allowing_link")


def _decide(row: dict[str, Any]) -> Decision:
    """The decision that a row's weights make, in the order of the rules."""
    if row["is_barred"]:
        return Decision(False, STRANGER, Rule.NO_CONTACT, _source(SourceKind.MARK, row["mark"]))
    if row["by_self"]:
        return Decision(True, _("This is you."), Rule.SELF, _source(SourceKind.LINK, row["allowing_link"]))
    owned = _source(SourceKind.OWNERSHIP, row["ownership_row"])
    if row["by_ownership"]:
        return Decision(True, _("You are an owner of the account."), Rule.OWNER, owned)
    if row["by_link"]:
        given = _source(SourceKind.LINK, row["giving_link"])
        return Decision(True, _("You were given this right."), Rule.LINK, given)
    if row["is_self"]:
        return Decision(False, _("An owner of your account decides this."), Rule.MINOR)
    if row["is_owned"]:
        return Decision(False, _("An adult decides this alone."), Rule.ADULT, owned)
    if row["is_linked"]:
        other = _source(SourceKind.LINK, row["other_link"])
        reason = _("You may see this person, but were not given this right.")
        return Decision(False, reason, Rule.NOT_GIVEN, other)
    return Decision(False, STRANGER, Rule.STRANGER)


def _source(kind: SourceKind, pk: int | None) -> Source | None:
    return None if pk is None else Source(kind, pk)


# Stand-ins: values that no row has, each once. They are parameters of the texts below, never part of them.
_ME, _ORGANIZATION, _SUBJECT = Member(pk=-1), Organization(pk=-2), -3
_TODAY, _OF_AGE, _BEGUN, _OVER = date(1, 1, 1), date(1, 1, 2), date(1, 1, 3), date(1, 1, 4)
_OF_AGE_IN = {
    country: date(1, 2, number)
    for number, country in enumerate(filter(None, settings.AGES_OF_MAJORITY), start=1)
}


@cache
def _text_of_weights(permission: FamilyPermission, is_at_one: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement of ``may``, with stand-ins as its parameters."""
    organization = _ORGANIZATION if is_at_one else None
    weighed = _weighed(permission, organization).annotate(**_sources(permission, organization))
    text: tuple[str, tuple[Any, ...]]
    text = weighed.filter(pk=_SUBJECT).values_list(*_WEIGHTS, *_SOURCES).query.sql_with_params()
    return text


@cache
def _text_of_subjects(permission: FamilyPermission, is_at_one: bool) -> tuple[str, tuple[Any, ...]]:
    """The ids of ``subjects``, with stand-ins as its parameters."""
    weighed = _weighed(permission, _ORGANIZATION if is_at_one else None)
    found = (
        weighed.filter(_within_reach())
        .filter(is_barred=False)
        .filter(Q(by_self=True) | Q(by_ownership=True) | Q(by_link=True))
    )
    return found.values("pk").query.sql_with_params()


@cache
def _text_of_own() -> tuple[str, tuple[Any, ...]]:
    """The ids of oneself and of whom one owns, with stand-ins as its parameters."""
    found = _weighed(FamilyPermission.VIEW, None).filter(_within_reach()).filter(is_barred=False)
    return found.filter(Q(is_self=True) | Q(by_ownership=True)).values("pk").query.sql_with_params()


def _put_in(
    stand_ins: tuple[Any, ...], me: Member, organization: Organization | None, subject: Member | None = None
) -> tuple[Any, ...]:
    """The parameters with the real values: who asks, where, about whom, on the day it is there."""
    today = today_in(organization.time_zone) if organization else timezone.now().date()
    real = {
        _ME.pk: me.pk,
        _ORGANIZATION.pk: organization.pk if organization else None,
        _SUBJECT: subject.pk if subject else None,
        _TODAY: today,
        _OF_AGE: adult_if_born_by(organization, today),
        _BEGUN: begun_by(),
        _OVER: over_by(),
    }
    for country, stand_in in _OF_AGE_IN.items():
        real[stand_in] = adult_if_born_by(organization, today, country)
    return tuple(real.get(value, value) for value in stand_ins)


def _within_reach() -> Q:
    """Narrows the list to people with any relation: each part found by an index, which an OR would not be."""
    everybody = Member.objects.order_by().values("pk")
    owned = everybody.filter(account__in=AccountOwner.objects.filter(member=_ME).values("account"))
    linked = ManagerLink.objects.filter(manager=_ME, ended_at__isnull=True).values("dependent")
    return Q(pk__in=everybody.filter(pk=_ME.pk).union(owned, linked, all=True))


def _weighed(permission: FamilyPermission, organization: Organization | None) -> QuerySet[Any]:
    """Members with everything a decision needs, as annotations of one query on the stand-ins."""
    adult = _is_adult(organization)
    minor = Q(birthday__isnull=True) | ~adult
    links = _links(organization)
    mine = links.filter(manager=_ME)
    return (
        Member.objects.filter(erased_at__isnull=True)
        .annotate(
            birthday=_birthday(organization),
            is_barred=Exists(_marks(_ME, organization)),
            is_self=Q(pk=_ME.pk),
            is_owned=Exists(_ownership()),
            is_linked=Exists(mine.filter(view=True)),
            has_flag=Exists(mine.filter(**{permission.value: True})),
            has_own_word=Exists(mine.filter(_OWN_WORD, **{permission.value: True})),
            allows_self=Exists(_allowing(links, permission)),
        )
        .annotate(
            by_self=Q(is_self=True) & (adult | _minor_alone(permission)),
            by_ownership=Q(is_owned=True) & ~Q(is_self=True) & (minor | _adult_without_login(permission)),
            by_link=_by_link(permission, minor),
        )
    )


def _sources(permission: FamilyPermission, organization: Organization | None) -> dict[str, Any]:
    """The row behind each weight; of several that say the same, the oldest."""
    links = _links(organization)
    mine = links.filter(manager=_ME)
    needs_leave = permission in (FamilyPermission.BOOK, FamilyPermission.EDIT_PROFILE)
    allowed = Q(is_self=True) & ~_is_adult(organization) if needs_leave else NEVER
    giving = mine.filter(**{permission.value: True})
    others = Q(birthday__isnull=True) | ~_is_adult(organization) | Q(user__isnull=True)
    return {
        "mark": _first(_marks(_ME, organization)),
        "ownership_row": _first(_ownership()),
        "giving_link": Case(When(others, then=_first(giving)), default=_first(giving.filter(_OWN_WORD))),
        "other_link": _first(mine.filter(view=True)),
        "allowing_link": Case(When(allowed, then=_first(_allowing(links, permission)))),
    }


def _by_link(permission: FamilyPermission, minor: Q) -> Q:
    """Over an adult with a login only by what they granted, over others by any; nobody signs for an adult."""
    if permission is FamilyPermission.SIGN:
        return Q(has_flag=True) & minor
    return Q(has_own_word=True) | Q(has_flag=True) & (minor | Q(user__isnull=True))


def _first(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by("pk").values("pk")[:1])


def _links(organization: Organization | None) -> QuerySet[ManagerLink]:
    """Links to the person that count today: everywhere, and where an organisation is asked about, there."""
    everywhere = Q(organization__isnull=True)
    return ManagerLink.objects.filter(
        everywhere | Q(organization=organization) if organization else everywhere,
        Q(ends_on__isnull=True) | Q(ends_on__gt=_TODAY),
        ended_at__isnull=True,
        starts_on__lte=_TODAY,
        dependent=OuterRef("pk"),
    )


def _ownership() -> QuerySet[AccountOwner]:
    return AccountOwner.objects.filter(account=OuterRef("account"), member=_ME)


def _allowing(links: QuerySet[ManagerLink], permission: FamilyPermission) -> QuerySet[ManagerLink]:
    """Links of the person's owners that let them do this alone."""
    owners = AccountOwner.objects.filter(account=OuterRef(OuterRef("account"))).values("member")
    return links.filter(manager__in=owners, **_self_flag(permission))


def _is_adult(organization: Organization | None) -> Q:
    """Born early enough: by the organisation's age, else by that of each person's own country."""
    if organization is not None:
        return Q(birthday__lte=_OF_AGE)
    return _is_adult_at_home("birthday", _OF_AGE, _OF_AGE_IN)


def _is_adult_at_home(birthday: str, of_age: date, of_age_in: Mapping[str, date]) -> Q:
    """Born by ``of_age``, or by that of the account's country, where ``of_age_in`` has one of its own."""
    adult = Q(**{f"{birthday}__lte": of_age}) & ~Q(account__country__in=list(of_age_in))
    for country, there in of_age_in.items():
        adult |= Q(account__country=country, **{f"{birthday}__lte": there})
    return adult


def _birthday(organization: Organization | None) -> Any:
    """The birth date that counts: the organisation's copy, where there is one."""
    if organization is None:
        return F("born_on")
    copy = Client.objects.filter(organization=organization, member=OuterRef("pk")).values("born_on")[:1]
    return Coalesce(copy, F("born_on"))


def _marks(me: Member, organization: Organization | None) -> QuerySet[NoContact]:
    """What keeps ``me`` from the person; without an organisation, a mark of any organisation counts."""
    marks = NoContact.objects.active(_BEGUN, _OVER).filter(barred=me, protected=OuterRef("pk"))
    return marks.filter(organization=organization) if organization else marks


def _self_flag(permission: FamilyPermission) -> dict[str, bool]:
    """The flag on an owner's link row that lets a minor do this alone."""
    if permission is FamilyPermission.EDIT_PROFILE:
        return {"may_edit_self": True}
    return {"may_book_self": True}


def _minor_alone(permission: FamilyPermission) -> Q:
    """What a minor does for themselves: see and be told; book and edit where an owner allows (RULES 2.2)."""
    if permission in (FamilyPermission.VIEW, FamilyPermission.NOTIFY, FamilyPermission.FORMS):
        return ALWAYS
    if permission in (FamilyPermission.BOOK, FamilyPermission.EDIT_PROFILE):
        return Q(allows_self=True)
    return NEVER


def _adult_without_login(permission: FamilyPermission) -> Q:
    """Owners run adults without a login, but nobody signs an adult's own waiver (RULES 2.3)."""
    if permission is FamilyPermission.SIGN:
        return NEVER
    return Q(user__isnull=True)
