"""What accounts itself holds of people, and how it is erased: logins, names, links, traces in the audit."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ActorKind, PrivacyKind
from accounts.models import (
    Account,
    AuditEvent,
    EmailChange,
    Invitation,
    Member,
    PrivacyRequest,
    Staff,
    StaffInvitation,
    Submission,
    User,
)
from accounts.privacy import erasing, showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Blocker, Fate, Holding, Line, Settling

NAMELESS = gettext_lazy("Erased person")
NAMELESS_ACCOUNT = gettext_lazy("Erased account")
NAMELESS_STAFF = gettext_lazy("Former staff")


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(
        Member,
        members,
        instead={"given_name": lambda leaving: in_our_language(NAMELESS)},
        also={"user": None, "erased_at": Coalesce(F("erased_at"), Now())},
    )
    erasing.register(
        Account,
        lambda leaving: Account.objects.filter(pk__in=[leaving.account.pk] if leaving.is_whole else []),
        instead={"name": lambda leaving: in_our_language(NAMELESS_ACCOUNT)},
    )
    erasing.register(
        Invitation,
        lambda leaving: Invitation.objects.filter(member__in=leaving.members),
        also={"revoked_at": Coalesce(F("revoked_at"), Now())},
    )
    erasing.register(PrivacyRequest, _exports)
    erasing.register(AuditEvent, _traces)
    erasing.register(Submission, _submissions, fields=(), is_deleting=True)
    erasing.register(
        StaffInvitation, lambda leaving: StaffInvitation.objects.filter(staff__user__in=leaving.lost_users)
    )
    erasing.register(
        Staff,
        lambda leaving: Staff.objects.filter(user__in=leaving.lost_users),
        instead={"name": lambda leaving: in_our_language(NAMELESS_STAFF)},
        also={"user": None},
        order=60,
    )
    erasing.register(
        EmailChange, lambda leaving: EmailChange.objects.filter(user__in=leaving.lost_users), is_deleting=True
    )
    erasing.register(
        User,  # its addresses, second factors and sessions go with it
        lambda leaving: User.objects.filter(pk__in=leaving.lost_users),
        is_deleting=True,
        order=90,
    )
    showing.holdings.register(Holding(key="accounts", order=10, tell=tell))
    showing.erasure_blockers.register(Settling(key="accounts.last_owner", order=10, find=last_owner))


def members(leaving: Leaving) -> QuerySet[Member]:
    """Those who leave."""
    return Member.objects.filter(pk__in=leaving.members)


def in_our_language(text: Any, language: str = settings.LANGUAGE_CODE) -> str:
    """What stands in the place of a name, in the language of where it stands and of no reader."""
    with translation.override(language):
        return str(text)


def last_owner(leaving: Leaving) -> Iterator[Blocker]:
    """An account that goes on needs an owner who can log in (D06)."""
    if leaving.is_whole or leaving.account.kept_by_id is not None:
        return
    owners = leaving.account.ownerships
    if not owners.filter(member__in=leaving.members).exists():
        return
    others = owners.exclude(member__in=leaving.members)
    if not others.filter(member__user__isnull=False, member__erased_at__isnull=True).exists():
        yield Blocker(
            text=_(
                "The account needs an owner who can log in. Make another adult an owner first, or erase the "
                "whole account."
            )
        )


def tell(leaving: Leaving) -> Iterator[Line]:
    """Names and what else a family says of its people, logins, and what the audit keeps. Two queries."""
    for member in members(leaving).select_related("user").order_by("pk"):
        yield Line(fate=Fate.GOES, member=member.pk, text=_listed(_held(member)))
        if member.photo:
            yield Line(fate=Fate.GOES, member=member.pk, text=_("The photo"))
        if member.user_id in leaving.lost_users:
            yield Line(
                fate=Fate.GOES,
                member=member.pk,
                text=_("The login, with its e-mail, password, passkeys and sessions: at once"),
            )
        elif member.user_id is not None:
            yield Line(fate=Fate.STAYS, member=member.pk, text=_("The login, because it is used for work"))
    if leaving.is_whole:
        yield Line(fate=Fate.GOES, text=_("The account’s name"))
    yield Line(
        fate=Fate.STAYS, text=_("When something was done, as numbers: without names, addresses or devices")
    )


def _held(member: Member) -> Iterable[str]:
    """What is known of somebody, in words."""
    yield _("name")
    if member.born_on:
        yield _("birth date")
    if member.email:
        yield _("e-mail")
    if member.phone:
        yield _("phone")
    if member.address_line or member.city or member.postal_code:
        yield _("address")


def _listed(words: Iterable[str]) -> str:
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _exports(leaving: Leaving) -> QuerySet[PrivacyRequest]:
    """Copies in which they are: of themselves, of their account, or made for them."""
    about = Q(member__in=leaving.members) | Q(requested_by__in=leaving.members)
    return PrivacyRequest.objects.filter(about | Q(account=leaving.account), kind=PrivacyKind.EXPORT)


def _traces(leaving: Leaving) -> QuerySet[AuditEvent]:
    """Where they did something from. What they did as staff with a login that stays is the organisation's."""
    theirs = Q(actor_member_id__in=leaving.members) | Q(user_id__in=leaving.lost_users)
    alone = Q(user_id__in=leaving.kept_users, actor_kind=ActorKind.PERSON)
    return AuditEvent.objects.filter(theirs | alone).exclude(ip__isnull=True, user_agent="")


def _submissions(leaving: Leaving) -> QuerySet[Submission]:
    keys = [f"{ActorKind.PERSON.value}:{user}" for user in leaving.users]
    return Submission.objects.filter(actor_key__in=keys)
