"""How sessions and courses are called: on lines, invoices and the public schedule."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_interval, get_day_names
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organization
from accounts.money import Money
from accounts.templatetags.kinroll import local_day, local_time, locale_for
from scheduling.models import Schedule, Session

MONDAY_TO_FRIDAY = [0, 1, 2, 3, 4]


def weekdays_label(weekdays: list[int]) -> str:
    """Mondays; Mondays and Wednesdays; Mondays to Fridays. Begins with a capital in every language."""
    label = _weekdays(weekdays)
    return label[:1].upper() + label[1:]


def _weekdays(weekdays: list[int]) -> str:
    if weekdays == MONDAY_TO_FRIDAY:
        return _("Mondays to Fridays")
    plural = [
        _("Mondays"), _("Tuesdays"), _("Wednesdays"), _("Thursdays"), _("Fridays"), _("Saturdays"), _("Sundays"),
    ]  # fmt: skip
    names = [plural[day] for day in weekdays]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def weekday_short(weekday: int, organization: Organization) -> str:
    """Mon, in the page's language."""
    return str(get_day_names("abbreviated", "stand-alone", locale_for(organization))[weekday]).rstrip(".")


def days_label(starts_on: date, ends_on: date, organization: Organization) -> str:
    """28–30 Dec, 28 Dec–3 Jan, as the locale writes a range; one day once."""
    if starts_on == ends_on:
        return local_day(starts_on, organization, "short")
    return str(format_interval(starts_on, ends_on, "MMMd", locale=locale_for(organization)))


def weeks_label(starts_on: date, ends_on: date, organization: Organization) -> str:
    """11 weeks from 4 January."""
    weeks = (ends_on - starts_on).days // 7 + 1
    words = {"weeks": weeks, "day": local_day(starts_on, organization, "month")}
    return ngettext("%(weeks)s week from %(day)s", "%(weeks)s weeks from %(day)s", weeks) % words


def course_detail(schedule: Schedule, organization: Organization) -> str:
    """Mondays 4:45 pm, 20 Apr–22 Jun; a single day as Wed 9 Dec, 9:00 am."""
    time = wall_time(datetime.combine(schedule.starts_on, schedule.start_time), organization)
    if schedule.starts_on == schedule.ends_on:
        return _("%(day)s, %(time)s") % {"day": local_day(schedule.starts_on, organization), "time": time}
    return _("%(weekdays)s %(time)s, %(days)s") % {
        "weekdays": weekdays_label(sorted(schedule.weekdays)),
        "time": time,
        "days": days_label(schedule.starts_on, schedule.ends_on, organization),
    }


def course_heading(schedule: Schedule, organization: Organization) -> tuple[str, str]:
    """What a course stands under: Mondays, 11 weeks from 4 January; a camp of a week under its days."""
    weekdays = weekdays_label(sorted(schedule.weekdays))
    if schedule.starts_on == schedule.ends_on:
        return local_day(schedule.starts_on, organization, "full"), ""
    if (schedule.ends_on - schedule.starts_on).days < 7:
        return days_label(schedule.starts_on, schedule.ends_on, organization), weekdays
    return weekdays, weeks_label(schedule.starts_on, schedule.ends_on, organization)


def session_detail(session: Session, organization: Organization) -> str:
    """Thu 19 Nov, 4:15 pm."""
    return _("%(day)s, %(time)s") % {
        "day": local_day(session.starts_at, organization),
        "time": local_time(session.starts_at, organization),
    }


def wall_time(local: datetime, organization: Organization) -> str:
    """A naive wall time as the locale writes it: 4:15 pm."""
    return local_time(local.replace(tzinfo=ZoneInfo(organization.time_zone)), organization)


def length_label(minutes: int) -> str:
    """45 min, 1 hour, 1 h 30 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not rest:
        return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def price_label(price: Money, organization: Organization) -> str:
    """$96.00, or Free."""
    return price.format(str(locale_for(organization))) if price else _("Free")
