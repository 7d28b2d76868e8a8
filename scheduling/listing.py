"""What the public schedule lists, read with one statement, and its rows, rendered once per state (G1).

Weekly courses stand first, by their days; then what takes less than a week, by date; then single sessions.

The statement reads which rows there are and how many seats are left. Everything else about a row is read
and rendered when its state (id, version, seats, price, language) is new to this process; so a page that is
opened again costs one statement, and no count is ever older than it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.calendars import local_day as day_of
from accounts.models import Organization
from accounts.money import Money
from accounts.templatetags.kinroll import local_day, local_time
from scheduling import eligibility, windows, wording
from scheduling.models import Schedule, Service, Session

ROWS_ON_A_PAGE = 40
AFTERNOON = time(16)
KEPT_FOR = 300  # seconds that a rendered row is kept; a new state is rendered at once

LISTED = """
WITH course AS (
    SELECT 'course' AS kind, s.id, s.version, m.seats_left, m.seats, p.price_minor,
           coalesce(s.booking_opens_at, m.first - make_interval(days => v.booking_opens_days)) > %(now)s AS is_soon,
           o.is_camp, o.weekly, s.starts_on, s.ends_on, s.weekdays, s.start_time, NULL::timestamptz AS starts_at
    FROM scheduling_schedule s
    JOIN scheduling_service v ON v.id = s.service_id
    JOIN billing_product p ON p.id = s.course_fee_id AND p.is_active
    CROSS JOIN LATERAL (
        SELECT s.ends_on - s.starts_on < 7 AS is_camp,
               CASE WHEN s.ends_on - s.starts_on < 7 THEN '{}' ELSE s.weekdays END AS weekly
    ) o
    CROSS JOIN LATERAL (
        SELECT min(x.starts_at) AS first,
               min(x.capacity + x.extra_seats - x.seats_taken) FILTER (WHERE x.starts_at > %(now)s) AS seats_left,
               min(x.capacity + x.extra_seats) FILTER (WHERE x.starts_at > %(now)s) AS seats
        FROM scheduling_session x WHERE x.schedule_id = s.id AND x.cancelled_at IS NULL
    ) m
    WHERE s.organization_id = %(organization)s AND s.bookable = 'open' AND s.ends_on >= %(today)s
      AND NOT %(only_sessions)s
      AND m.seats IS NOT NULL AND m.first - make_interval(mins => v.booking_closes_minutes) > %(now)s
      AND (%(after)s = '' OR (o.is_camp, o.weekly, s.starts_on, s.ends_on, s.weekdays, s.start_time, s.id) >
           (SELECT a.ends_on - a.starts_on < 7,
                   CASE WHEN a.ends_on - a.starts_on < 7 THEN '{}' ELSE a.weekdays END,
                   a.starts_on, a.ends_on, a.weekdays, a.start_time, a.id
            FROM scheduling_schedule a
            WHERE a.organization_id = %(organization)s AND a.code = %(after)s))
      AND (%(category)s = '' OR v.category = %(category)s)
      AND (%(weekdays)s::smallint[] IS NULL OR s.weekdays && %(weekdays)s::smallint[])
      AND (%(from_time)s::time IS NULL OR s.start_time >= %(from_time)s::time)
      AND (NOT %(free)s OR m.seats_left > 0)
      AND (%(born_on)s::date IS NULL OR scheduling_is_of_age(
           %(born_on)s::date, (m.first AT TIME ZONE s.time_zone)::date, s.age_min_months, s.age_max_months))
    ORDER BY o.is_camp, o.weekly, s.starts_on, s.ends_on, s.weekdays, s.start_time, s.id
    LIMIT %(limit)s
), single AS (
    SELECT 'session' AS kind, x.id, x.version + s.version AS version,
           x.capacity + x.extra_seats - x.seats_taken AS seats_left, x.capacity + x.extra_seats AS seats,
           p.price_minor,
           coalesce(s.booking_opens_at, x.starts_at - make_interval(days => v.booking_opens_days)) > %(now)s AS is_soon,
           NULL::boolean AS is_camp, NULL::smallint[] AS weekly, NULL::date AS starts_on, NULL::date AS ends_on,
           NULL::smallint[] AS weekdays, NULL::time AS start_time,
           x.starts_at
    FROM scheduling_session x
    JOIN scheduling_schedule s ON s.id = x.schedule_id
    JOIN scheduling_service v ON v.id = s.service_id
    JOIN billing_product p ON p.id = v.drop_in_id AND p.is_active
    WHERE x.organization_id = %(organization)s AND s.bookable = 'open' AND s.course_fee_id IS NULL
      AND x.cancelled_at IS NULL AND x.starts_at > %(now)s
      AND x.starts_at - make_interval(mins => v.booking_closes_minutes) > %(now)s
      AND (%(after_session)s = '' OR (x.starts_at, x.id) >
           (SELECT a.starts_at, a.id FROM scheduling_session a
            WHERE a.organization_id = %(organization)s AND a.code = %(after_session)s))
      AND (%(category)s = '' OR v.category = %(category)s)
      AND (%(weekdays)s::smallint[] IS NULL OR
           extract(isodow FROM x.starts_at AT TIME ZONE s.time_zone)::smallint - 1 = ANY (%(weekdays)s::smallint[]))
      AND (%(from_time)s::time IS NULL OR s.start_time >= %(from_time)s::time)
      AND (NOT %(free)s OR x.capacity + x.extra_seats > x.seats_taken)
      AND (%(born_on)s::date IS NULL OR scheduling_is_of_age(
           %(born_on)s::date, (x.starts_at AT TIME ZONE s.time_zone)::date, s.age_min_months, s.age_max_months))
    ORDER BY x.starts_at, x.id
    LIMIT %(limit)s
)
SELECT kind, id, version, seats_left, seats, price_minor, is_soon
FROM (SELECT * FROM course UNION ALL SELECT * FROM single) both_kinds
ORDER BY kind, is_camp, weekly, starts_on, ends_on, weekdays, start_time, starts_at, id
LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a reader asked for. ``after`` and ``after_session`` are codes: the last row of the page before."""

    category: str = ""
    weekdays: tuple[int, ...] = ()
    free: bool = False
    afternoon: bool = False
    born_on: date | None = None
    after: str = ""
    after_session: str = ""

    @property
    def is_none(self) -> bool:
        """Whether this is the schedule as everybody sees it first."""
        return self == Filters()


class Listed(NamedTuple):
    """One row's state. ``kind`` is ``course`` or ``session``."""

    kind: str
    id: int
    version: int
    seats_left: int
    seats: int
    price_minor: int
    is_soon: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """A rendered row and the group it stands in."""

    code: str
    kind: str
    title: str
    subtitle: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of the same weekdays and period, or of one day."""

    title: str
    subtitle: str
    rows: list[Row] = field(default_factory=list)


def read(organization: Organization, filters: Filters, at: datetime) -> list[Listed]:
    """The states of a page's rows, and of one more where there are more. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            LISTED,
            {
                "organization": organization.pk,
                "now": at,
                "today": day_of(at, organization.time_zone),
                "only_sessions": bool(filters.after_session),
                "category": filters.category,
                "weekdays": list(filters.weekdays) or None,
                "from_time": AFTERNOON.isoformat() if filters.afternoon else None,
                "free": filters.free,
                "born_on": filters.born_on,
                "after": filters.after,
                "after_session": filters.after_session,
                "limit": ROWS_ON_A_PAGE + 1,
            },
        )
        return [Listed(*row) for row in cursor.fetchall()]


def rows_of(organization: Organization, listed: Sequence[Listed]) -> list[Row]:
    """The rows in their order; those in a new state are read (two statements at most) and rendered."""
    cache = caches["local"]
    keys = {_key(organization, each): each for each in listed}
    rows: dict[str, Row] = cache.get_many(keys)
    fresh = [each for key, each in keys.items() if key not in rows]
    if fresh:
        rendered = _render(organization, fresh)
        cache.set_many(rendered, KEPT_FOR)
        rows |= rendered
    return [rows[key] for key in keys if key in rows]


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Rows under their headings, in their order."""
    return [
        Group(title=title, subtitle=subtitle, rows=list(group))
        for (title, subtitle), group in groupby(rows, key=lambda row: (row.title, row.subtitle))
    ]


def categories(organization: Organization) -> list[str]:
    """What the filter offers; from this process's memory, as it was at most a minute ago."""
    cache = caches["local"]
    key = f"categories:{organization.pk}"
    found: list[str] | None = cache.get(key)
    if found is None:
        names = Service.objects.filter(organization=organization).exclude(category="")
        found = sorted(set(names.values_list("category", flat=True)))
        cache.set(key, found, 60)
    return found


def _key(organization: Organization, listed: Listed) -> str:
    state = "/".join(str(each) for each in listed)
    return f"offer:{organization.slug}/{organization.version}/{get_language()}/{state}"


def _render(organization: Organization, listed: Sequence[Listed]) -> dict[str, Row]:
    courses = Schedule.objects.select_related("service", "room", "coach").in_bulk(
        [each.id for each in listed if each.kind == "course"]
    )
    sessions = Session.objects.select_related("schedule__service", "room", "coach").in_bulk(
        [each.id for each in listed if each.kind == "session"]
    )
    rows = {}
    for each in listed:
        target = courses.get(each.id) if each.kind == "course" else sessions.get(each.id)
        if target is not None:
            rows[_key(organization, each)] = _row(organization, each, target)
    return rows


def _row(organization: Organization, listed: Listed, target: Schedule | Session) -> Row:
    if isinstance(target, Schedule):
        schedule = target
        when, subtitle = wording.course_heading(schedule, organization)
        starts_at = datetime.combine(schedule.starts_on, schedule.start_time).replace(tzinfo=UTC)
        start = wording.wall_time(starts_at.replace(tzinfo=None), organization)
    else:
        schedule = target.schedule
        when, subtitle = local_day(target.starts_at, organization, "full"), ""
        starts_at, start = target.starts_at, local_time(target.starts_at, organization)
    context = {
        **asdict(_Shown.of(organization, schedule, target, listed)),
        "start": start,
        "when": when,
        "opens": _opening(organization, schedule, starts_at) if listed.is_soon else "",
    }
    html = render_to_string("scheduling/public/offer.html", context)
    return Row(code=target.code, kind=listed.kind, title=when, subtitle=subtitle, html=html)


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What a row shows that does not depend on its kind."""

    title: str
    place: str
    ages: str
    length: str
    price: str
    book_url: str
    seats: int
    seats_left: int
    taken: int
    is_nearly_full: bool

    @classmethod
    def of(
        cls, organization: Organization, schedule: Schedule, target: Schedule | Session, listed: Listed
    ) -> "_Shown":
        start = datetime.combine(date.min, schedule.start_time)
        minutes = int((datetime.combine(date.min, schedule.end_time) - start).total_seconds() // 60)
        who = [str(each) for each in (target.coach, target.room) if each is not None]
        price = Money(listed.price_minor, organization.currency)
        left = max(listed.seats_left, 0)
        return cls(
            title=schedule.title,
            place=", ".join(who),
            ages=eligibility.ages_label(schedule.age_min_months, schedule.age_max_months),
            length=wording.length_label(minutes),
            price=wording.price_label(price, organization),
            book_url=reverse("public:book", args=[organization.slug, listed.kind, target.code]),
            seats=listed.seats,
            seats_left=left,
            taken=listed.seats - left,
            is_nearly_full=left > 0 and (left == 1 or left * 5 <= listed.seats),
        )


def _opening(organization: Organization, schedule: Schedule, starts_at: datetime) -> str:
    opening: Any = windows.opens_at(schedule, starts_at)
    return _("Opens %(day)s") % {"day": local_day(opening, organization, "short")} if opening else ""
