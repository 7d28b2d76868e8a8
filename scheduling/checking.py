"""Every reason why somebody may not be booked, each with what would help (B10, RULES 3.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.calendars import local_day
from accounts.enums import ActorKind
from accounts.models import Member, Organization
from accounts.templatetags.kinroll import local_time
from billing import lending
from billing.enums import CartState
from billing.models import Cart
from billing.selling import Objection, Wish
from clients.models import Client
from relationships import authority, decisions
from relationships.enums import FamilyPermission
from relationships.models import ManagerLink
from scheduling import eligibility, windows
from scheduling.enums import ACTIVE_STATES, EnrolmentState, RegistrationState
from scheduling.models import CourseEnrolment, Registration, Schedule, Session

PAYMENT_MAY_BE_LATE = timedelta(hours=1)
STRANGER = Objection(code="no-right", reason=decisions.STRANGER)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about one target: its first start and last end, and the seats left in what is to come."""

    schedule: Schedule
    first_starts_at: datetime | None
    last_ends_at: datetime | None
    seats_left: int


def check(
    *, by: Actor, organization: Organization, wishes: Sequence[Wish], at: datetime
) -> list[list[Objection]]:
    """Every reason against each wish, worst first. At most six queries, whatever the number of wishes.

    A line that holds its seat already is not asked again for a free one, nor for the booking window: its
    hold began in time.
    """
    if not wishes:
        return []
    members = {wish.member.pk: wish.member for wish in wishes}
    refused = _without_right(by, organization, list(members.values()))
    clients = _clients(organization, members)
    facts = _facts([wish.target for wish in wishes], at)
    holding = _holding(wishes, at)
    asking = [wish for wish in wishes if wish.line is None or wish.line.pk not in holding]
    taken = _taken(asking, clients.values(), at)
    checkouts = _checkouts(by, organization, taken.values())
    answers = []
    for wish in wishes:
        client = clients.get(wish.member.pk)
        known = facts[_key(wish.target)]
        objections = list(refused.get(wish.member.pk, ()))
        objections += _age(by, organization, wish.member, client, known)
        if wish in asking:
            own = taken.get((_key(wish.target), client.pk)) if client else None
            if own is not None:
                objections.append(_has_place(by, organization, wish.member, checkouts.get(own)))
            else:
                objections += _place(organization, known, at)
        answers.append(objections)
    return answers


def facts_of(target: Session | Schedule, at: datetime) -> Facts:
    """The facts of one target. One query."""
    return _facts([target], at)[_key(target)]


def _key(target: Session | Schedule) -> tuple[str, int]:
    return ("course" if isinstance(target, Schedule) else "session", target.pk)


def _without_right(
    by: Actor, organization: Organization, members: Sequence[Member]
) -> dict[int, list[Objection]]:
    """By member: why the person asking may not book for them. Staff and jobs are asked elsewhere."""
    if by.kind is not ActorKind.PERSON:
        return {}
    may = authority.subjects(by, FamilyPermission.BOOK, organization)
    allowed = set(may.filter(pk__in=[member.pk for member in members]).values_list("pk", flat=True))
    refused = [member for member in members if member.pk not in allowed]
    if not refused or by.member is None:
        return {member.pk: [STRANGER] for member in refused}
    granted = {
        link.dependent_id: link.granted_by
        for link in ManagerLink.objects.filter(
            manager=by.member, dependent__in=refused, ended_at__isnull=True, view=True
        ).select_related("granted_by")
    }
    unknown = authority.barred_from(by, refused, organization)
    return {
        member.pk: [STRANGER if member.pk in unknown else _no_right(by.member, member, granted)]
        for member in refused
    }


def _no_right(me: Member, member: Member, granted: dict[int, Member | None]) -> Objection:
    words = {"name": member.short_name}
    if member.pk == me.pk:
        reason = _("An owner of your account books for you.")
    elif member.pk in granted:
        reason = _("You may see %(name)s’s schedule, but not book for them.") % words
        granter = granted[member.pk]
        if granter is not None and granter.pk != me.pk:
            reason += " " + _("%(granter)s decides that.") % {"granter": granter.full_name}
    elif member.account_id == me.account_id and member.user_id is not None:
        reason = _("%(name)s has an own login and books alone.") % words
    else:
        return STRANGER
    return Objection(code="no-right", reason=reason)


def _clients(organization: Organization, members: Iterable[int]) -> dict[int, Client]:
    """By member: the client here, tombstones resolved."""
    rows = Client.objects.filter(organization=organization, member__in=members).select_related("merged_into")
    return {row.member_id: row.merged_into or row for row in rows}


def _age(
    by: Actor, organization: Organization, member: Member, client: Client | None, known: Facts
) -> list[Objection]:
    """The age on the local day of the first session; no birth date is an objection where ages are limited."""
    schedule = known.schedule
    if schedule.age_min_months is None and schedule.age_max_months is None:
        return []
    born_on = (client.born_on if client else None) or member.born_on
    is_you = by.member is not None and by.member.pk == member.pk
    if born_on is None:
        return [_no_birth_date(by, organization, member, is_you=is_you)]
    reason = eligibility.why_not(
        name=member.short_name,
        is_you=is_you,
        born_on=born_on,
        on=first_day(known),
        least=schedule.age_min_months,
        greatest=schedule.age_max_months,
    )
    if reason is None:
        return []
    others = reverse("public:schedule", args=[organization.slug]) + f"?for={member.code}"
    way_out = _("See what fits") if is_you else _("Classes for %(name)s") % {"name": member.short_name}
    return [Objection(code="age", reason=reason, way_out=way_out, way_out_url=others)]


def _no_birth_date(by: Actor, organization: Organization, member: Member, *, is_you: bool) -> Objection:
    if is_you:
        reason = _("This class is for certain ages, and we don’t know your birth date.")
    else:
        reason = _("This class is for certain ages, and we don’t know when %(name)s was born.") % {
            "name": member.short_name
        }
    url = reverse("portal:person", args=[member.code]) if by.member is not None else ""
    return Objection(code="no-birth-date", reason=reason, way_out=_("Add the birth date"), way_out_url=url)


def first_day(known: Facts) -> date:
    """The local day that ages count on."""
    if known.first_starts_at is None:
        return known.schedule.starts_on
    return local_day(known.first_starts_at, known.schedule.time_zone)


def _has_place(by: Actor, organization: Organization, member: Member, checkout: Cart | None) -> Objection:
    """A place already; one that is held for the person asking leads back to their checkout."""
    is_you = by.member is not None and by.member.pk == member.pk
    if checkout is None:
        name = {"name": member.short_name}
        reason = _("You have a place already.") if is_you else _("%(name)s has a place already.") % name
        return Objection(code="already", reason=reason)
    words = {"name": member.short_name, "until": local_time(checkout.held_until, organization)}
    if is_you:
        reason = _("Your place is held until %(until)s.") % words
    else:
        reason = _("%(name)s’s place is held for you until %(until)s.") % words
    url = reverse("public:checkout", args=[organization.slug, checkout.code])
    return Objection(code="already", reason=reason, way_out=_("Go on to checkout"), way_out_url=url)


def _place(organization: Organization, known: Facts, at: datetime) -> list[Objection]:
    """The booking window, and whether a seat is left."""
    window = windows.objection(
        schedule=known.schedule,
        organization=organization,
        starts_at=known.first_starts_at,
        ends_at=known.last_ends_at,
        at=at,
    )
    if window is not None:
        return [window]
    if known.seats_left < 1:
        url = reverse("public:schedule", args=[organization.slug]) + "?free=1"
        return [
            Objection(
                code="full",
                reason=_("This class is full."),
                way_out=_("Classes with places left"),
                way_out_url=url,
            )
        ]
    return []


def _facts(targets: Sequence[Session | Schedule], at: datetime) -> dict[tuple[str, int], Facts]:
    """What is known about each target, from one query over its sessions; overdue holds count as free."""
    courses = {target.pk: target for target in targets if isinstance(target, Schedule)}
    singles = {target.pk: target for target in targets if isinstance(target, Session)}
    rows = _standing_sessions(Q(schedule__in=courses) | Q(pk__in=singles), at)
    meetings: dict[int, list[Session]] = {pk: [] for pk in courses}
    known: dict[tuple[str, int], Facts] = {}
    for row in rows:
        if row.pk in singles:
            known["session", row.pk] = _of_sessions(singles[row.pk].schedule, [row], at)
        if row.schedule_id in meetings:
            meetings[row.schedule_id].append(row)
    for pk, schedule in courses.items():
        known["course", pk] = _of_sessions(schedule, meetings[pk], at)
    for pk, session in singles.items():
        known.setdefault(("session", pk), _of_sessions(session.schedule, [], at))
    return known


def _standing_sessions(which: Q, at: datetime) -> QuerySet[Session]:
    overdue = Q(registrations__state=RegistrationState.HELD, registrations__held_until__lte=at)
    standing = Session.objects.filter(which, cancelled_at__isnull=True)
    return standing.annotate(overdue=Count("registrations", filter=overdue)).order_by("starts_at", "pk")


def _of_sessions(schedule: Schedule, rows: Sequence[Session], at: datetime) -> Facts:
    coming = [row for row in rows if row.starts_at > at] or list(rows)
    free = [row.seats_left + getattr(row, "overdue", 0) for row in coming]
    return Facts(
        schedule=schedule,
        first_starts_at=rows[0].starts_at if rows else None,
        last_ends_at=rows[-1].ends_at if rows else None,
        seats_left=min(free, default=0),
    )


def _holding(wishes: Sequence[Wish], at: datetime) -> dict[int, int]:
    """By line: its session, where it has a seat or had one until its hold ran out a little while ago."""
    lines = [wish.line.pk for wish in wishes if wish.line is not None]
    if not lines:
        return {}
    late = Q(state=RegistrationState.LAPSED, held_until__gt=at - PAYMENT_MAY_BE_LATE)
    rows = Registration.objects.filter(Q(state__in=ACTIVE_STATES) | late, cart_line__in=lines)
    return {line or 0: session for line, session in rows.values_list("cart_line_id", "session_id")}


def _taken(
    wishes: Sequence[Wish], clients: Iterable[Client], at: datetime
) -> dict[tuple[tuple[str, int], int], int]:
    """Which of the targets which clients have a place in, and the cart it is held by, 0 where it is booked.

    Overdue holds do not count.
    """
    ids = [client.pk for client in clients]
    lines = [wish.line.pk for wish in wishes if wish.line is not None]
    sessions = [wish.target.pk for wish in wishes if isinstance(wish.target, Session)]
    courses = [wish.target.pk for wish in wishes if isinstance(wish.target, Schedule)]
    taken: dict[tuple[tuple[str, int], int], int] = {}
    stands = ~Q(cart_line__in=lines) & (~Q(state="held") | Q(held_until__gt=at))
    cart = Case(When(state="held", then=F("cart_line__cart")), default=None)
    if sessions and ids:
        registrations = Registration.objects.filter(
            stands, session__in=sessions, client__in=ids, state__in=ACTIVE_STATES
        )
        for session, client, held_by in registrations.values_list("session_id", "client_id", cart):
            taken[("session", session), client] = held_by or 0
    if courses and ids:
        active = (EnrolmentState.HELD, EnrolmentState.BOOKED)
        enrolments = CourseEnrolment.objects.filter(
            stands, schedule__in=courses, client__in=ids, state__in=active
        )
        for schedule, client, held_by in enrolments.values_list("schedule_id", "client_id", cart):
            taken[("course", schedule), client] = held_by or 0
    return taken


def _checkouts(by: Actor, organization: Organization, carts: Iterable[int]) -> dict[int, Cart]:
    """Those of the carts that the person asking may check out themselves."""
    held_by = {pk for pk in carts if pk}
    if not held_by or by.kind is not ActorKind.PERSON:
        return {}
    return lending.carts_of(by, organization).filter(state=CartState.HELD).in_bulk(held_by)
