"""What "Who is it for?" shows: every person the reader may see, and each reason why not (C09, B10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Member, Organization
from accounts.templatetags.kinroll import local_day
from billing.selling import Objection, Wish, sellables
from relationships import authority
from relationships.enums import FamilyPermission
from scheduling.models import Schedule, Session
from scheduling.places import CoursePlaces, SessionPlaces, requirements_of
from waivers import requirements

OF_THE_CLASS = ("over", "not-bookable", "not-open-yet", "booking-closed", "full")
DAYS_OFFERED = 8


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One person, what speaks against them, and what is to be signed for them."""

    member: Member
    name: str
    objections: list[Objection]
    to_sign: list[str] = field(default_factory=list)
    is_chosen: bool = False

    @property
    def can_join(self) -> bool:
        """Nothing speaks against them."""
        return not self.objections


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to book a schedule that is sold whole and by the day."""

    label: str
    url: str
    is_current: bool


def people(by: Actor, organization: Organization) -> list[Member]:
    """Everybody the reader may see, themselves first, then the eldest."""
    found = authority.subjects(by, FamilyPermission.VIEW, organization).select_related("account")
    me = by.member.pk if by.member else 0
    account = by.member.account_id if by.member else 0
    return sorted(
        found, key=lambda each: (each.pk != me, each.account_id != account, str(each.born_on or ""), each.pk)
    )


def candidates(
    *,
    by: Actor,
    organization: Organization,
    target: Session | Schedule,
    members: Sequence[Member],
    chosen: Sequence[str],
    at: datetime,
) -> tuple[list[Candidate], list[Objection]]:
    """Each person with every reason, who can join first, and what speaks against the class itself, once."""
    wishes = [Wish(member=member, target=target) for member in members]
    places = sellables["course" if isinstance(target, Schedule) else "session"]
    answers = places.check(by=by, organization=organization, wishes=wishes, at=at)
    closed = {each.code: each for answer in answers for each in answer if each.code in OF_THE_CLASS}
    reasons = [[each for each in answer if each.code not in OF_THE_CLASS] for answer in answers]
    able = [member for member, against in zip(members, reasons, strict=True) if not against]
    to_sign = _to_sign(by, organization, target, able, at)
    only_one = [able[0].code] if len(able) == 1 and not chosen else []
    found = [
        Candidate(
            member=member,
            name=_("You") if by.member and member.pk == by.member.pk else member.short_name,
            objections=against,
            to_sign=to_sign.get(member.pk, []),
            is_chosen=member.code in (*chosen, *only_one),
        )
        for member, against in zip(members, reasons, strict=True)
    ]
    return sorted(found, key=lambda each: not each.can_join), list(closed.values())


def _to_sign(
    by: Actor, organization: Organization, target: Session | Schedule, members: list[Member], at: datetime
) -> dict[int, list[str]]:
    """By member: a sentence for each document that is signed before paying."""
    required = requirements_of([target.service_id])[target.service_id]
    missing = requirements.missing(
        organization=organization,
        members=members,
        at=at,
        extra={member.pk: required for member in members},
    )
    sentences: dict[int, list[str]] = {}
    for each in missing:
        words = {"document": each.version.document.title, "name": each.member.short_name}
        if by.member is not None and each.member.pk == by.member.pk:
            text = _("You sign “%(document)s” before you pay.") % words
        else:
            text = _("You sign “%(document)s” for %(name)s before you pay.") % words
        sentences.setdefault(each.member.pk, []).append(text)
    return sentences


def ways(organization: Organization, target: Session | Schedule, at: datetime) -> list[Way]:
    """Whole course or one of its next days, where both are sold; nothing to choose otherwise."""
    schedule = target if isinstance(target, Schedule) else target.schedule
    if schedule.course_fee_id is None or schedule.service.drop_in_id is None:
        return []
    days = schedule.sessions.filter(starts_at__gt=at, cancelled_at=None).order_by("starts_at")[:DAYS_OFFERED]
    whole = Way(
        label=_("Whole course"),
        url=_url(organization, CoursePlaces.key, schedule.code),
        is_current=isinstance(target, Schedule),
    )
    return [
        whole,
        *(
            Way(
                label=local_day(session.starts_at, organization),
                url=_url(organization, SessionPlaces.key, session.code),
                is_current=session.pk == target.pk and isinstance(target, Session),
            )
            for session in days
        ),
    ]


def _url(organization: Organization, kind: str, code: str) -> str:
    return reverse("public:book", args=[organization.slug, kind, code])
