"""Who is of the right age (B10): whole months on the local day of the first session, and the words for it."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.calendars import age_in_months

MONTHS_ARE_SAID_BELOW = 24


def is_of_age(months: int, least: int | None, greatest: int | None) -> bool:
    """Whether an age in whole months lies in the range, both ends included; None is no limit."""
    return (least is None or months >= least) and (greatest is None or months <= greatest)


def why_not(
    *, name: str, is_you: bool, born_on: date, on: date, least: int | None, greatest: int | None
) -> str | None:
    """The sentence that says why somebody may not join, or None where the age is right."""
    months = age_in_months(born_on, on)
    if is_of_age(months, least, greatest):
        return None
    years_mislead = _years_mislead(months, least, greatest)
    words = {
        "name": name,
        "age": exact_age(months) if years_mislead else age(months),
        "range": age_range(least, greatest, exact=years_mislead),
    }
    if least is not None and months < least:
        if is_you:
            return _("Too young: you are %(age)s, and this class is for %(range)s.") % words
        return _("Too young: %(name)s is %(age)s, and this class is for %(range)s.") % words
    if is_you:
        return _("Too old: you are %(age)s, and this class is for %(range)s.") % words
    return _("Too old: %(name)s is %(age)s, and this class is for %(range)s.") % words


def age(months: int) -> str:
    """An age as people say it: 16 months, later whole years."""
    if months < MONTHS_ARE_SAID_BELOW:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return _in_years(months)


def exact_age(months: int) -> str:
    """An age to the month, where years alone would seem to contradict the answer."""
    years, rest = divmod(months, 12)
    if rest == 0 or months < MONTHS_ARE_SAID_BELOW:
        return _length(months)
    both = {"years": _length(years * 12), "months": _length(rest)}
    return _("%(years)s and %(months)s") % both


def age_range(least: int | None, greatest: int | None, *, exact: bool = False) -> str:
    """``6 to 10``, ``12 months to 4 years``, ``6 and over``; exact: ``6 years to 12 years and no months``.

    Years are said where both ends are whole years (or end with the year) and nobody is under two.
    """
    if least is None and greatest is None:
        return _("everyone")
    in_years = not exact and all(_is_year(m) for m in (least,) if m) and _ends_with_year(greatest)
    first, last = (_bound(m, in_years) for m in (least, greatest))
    if not last:
        return _("%(least)s and over") % {"least": first}
    if not first:
        return _("up to %(greatest)s") % {"greatest": last}
    if first == last:
        return first
    if in_years and least and greatest:
        years = {"least": least // 12, "greatest": greatest // 12}
        return pgettext("years of age", "%(least)s to %(greatest)s") % years
    return _("%(least)s to %(greatest)s") % {"least": first, "greatest": last}


def ages_label(least: int | None, greatest: int | None) -> str:
    """The ages on a schedule: Ages 6 to 10, Age 3, Up to 10, All ages."""
    if not least and greatest is None:
        return _("All ages")
    words = age_range(least or None, greatest)
    if least and words == age(least):
        return _("Age %(age)s") % {"age": words}
    if not least:
        return words[:1].upper() + words[1:]
    return _("Ages %(range)s") % {"range": words}


def _years_mislead(months: int, least: int | None, greatest: int | None) -> bool:
    """Whether the age in whole years would seem to fit."""
    years = months // 12
    return is_of_age(
        years, None if least is None else least // 12, None if greatest is None else greatest // 12
    )


def _is_year(months: int) -> bool:
    return months >= MONTHS_ARE_SAID_BELOW and months % 12 == 0


def _ends_with_year(months: int | None) -> bool:
    return months is None or (months >= MONTHS_ARE_SAID_BELOW and months % 12 in (0, 11))


def _bound(months: int | None, in_years: bool) -> str:
    if months is None:
        return ""
    return _in_years(months) if in_years else exact_age(months)


def _in_years(months: int) -> str:
    return pgettext("an age in years", "%(years)s") % {"years": months // 12}


def _length(months: int) -> str:
    """Months, or whole years from two on."""
    if months % 12 or months < MONTHS_ARE_SAID_BELOW:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    years = months // 12
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
