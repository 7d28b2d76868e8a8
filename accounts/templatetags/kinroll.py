"""Template tags of the look (docs/look.md): people, rolls, icons, and money and times as the locale has them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline

from accounts import way_back
from accounts.files import version_of
from accounts.models import Account, Member, Organization
from accounts.money import Money
from accounts.permissions import Permission
from accounts.registries import portraits

register = template.Library()

HUES = 8
TICKS_IN_A_TILE = 12
TICKS_ELSEWHERE = 24
DAY_SKELETONS = {"weekday": "E", "short": "MMMd", "medium": "MMMEd", "month": "MMMMd", "year": "yMMMd"}
DASH = "\u2013"
ICON_STYLES: dict[str, Callable[..., str]] = {"mini": heroicon_mini, "outline": heroicon_outline}


def hue_of(who: Any) -> int:
    """The colour of somebody, 1 to 8, the same on every page: from the member's id.

    An organisation has chosen its own; a household has that of its account.
    """
    if isinstance(who, Organization):
        return who.hue
    if isinstance(who, Member | Account):
        return int(who.pk) % HUES + 1
    for name in ("member_id", "account_id", "pk"):
        number = getattr(who, name, None)
        if number is not None:
            return int(number) % HUES + 1
    return sum(str(who).encode()) % HUES + 1


def initials_of(who: Any) -> str:
    """Two letters for a person, one for a family or an organisation."""
    own = getattr(who, "initials", None)
    if own:
        return str(own)
    words = str(getattr(who, "name", who)).split()
    return "".join(word[0] for word in (words if len(words) < 2 else [words[0], words[-1]])).upper()


@register.simple_tag
def reader_mark(user: Any) -> str:
    """Tells one reader from another in their own browser (static/js/drafts.js), and nothing else about them."""
    return salted_hmac("reader", str(user.pk), algorithm="sha256").hexdigest()[:12]


@register.simple_tag(takes_context=True)
def avatar(
    context: Any, who: Any, size: str = "m", shape: str = "round", hue: int | None = None, photo: str = ""
) -> SafeString:
    """The sign of a person (``round``, or ``ring`` when away) or of a family or organisation (``square``).

    ``size`` is xs, s, m, l or xl (1.25 to 5 rem). A person with a picture is shown by it; the initials stand
    below, for as long as it loads. It is hidden from screen readers: write the name beside it.
    """
    if isinstance(who, Organization) and who.logo and hue is None:
        return _logo(who, size)
    classes = " ".join(["avatar", *({size, shape} - {"m", "round"})])
    url = photo or _photo_of(getattr(context, "request", None), who)
    return format_html(
        '<span class="{} hue-{}" aria-hidden="true">{}{}</span>',
        classes,
        hue or hue_of(who),
        initials_of(who)[: 1 if shape == "square" else 2],
        format_html('<img src="{}" alt="" loading="lazy">', url) if url else "",
    )


def _photo_of(request: Any, who: Any) -> str:
    """The address of somebody's picture in the shell of this page; no query."""
    if request is None or not getattr(who, "photo", None):
        return ""
    return next((url for each in portraits if (url := each.url(request, who))), "")


def _logo(organization: Organization, size: str) -> SafeString:
    """An organisation's own sign instead of its letter."""
    address = reverse("public:logo", args=[organization.slug, version_of(organization.logo)])
    classes = " ".join(["avatar", "square", "logo", *({size} - {"m"})])
    return format_html('<span class="{}" aria-hidden="true"><img src="{}" alt=""></span>', classes, address)


@register.simple_tag
@lru_cache(maxsize=64)
def asset(path: str) -> str:
    """The address of a static file, looked up once a process: every page names fifteen."""
    return str(static(path))


@lru_cache(maxsize=256)
def _icon(name: str, style: str) -> SafeString:
    svg = ICON_STYLES[style](name, **{"aria-hidden": "true"})
    return mark_safe(svg)  # noqa: S308 - a drawing from the package, no text of anybody


@register.simple_tag
def icon(name: str, style: str = "mini") -> SafeString:
    """A heroicon, hidden from screen readers: ``mini`` in text and buttons, ``outline`` in navigation."""
    return _icon(name + "", style + "")


@register.simple_tag
def roll(
    *, here: int = 0, booked: int = 0, taken: int = 0, places: int = 0, size: str = "", tile: bool = False
) -> SafeString:
    """One tick a seat: solid is here (or ``taken``, on a public page), outlined booked, short and pale free.

    ``booked`` counts who is here as well. Over 12 places in a tile, or 24 elsewhere, it is a bar.
    """
    solid = taken or here
    outlined = max(booked - solid, 0)
    free = max(places - solid - outlined, 0)
    label = _roll_sentence(here, booked, taken, places)
    if max(places, solid + outlined) > (TICKS_IN_A_TILE if tile else TICKS_ELSEWHERE):
        whole = max(places, solid + outlined)
        return format_html(
            '<svg class="roll-bar" role="img" aria-label="{}"><rect class="will" width="{}%" height="100%" rx="3"/>'
            '<rect class="is" width="{}%" height="100%" rx="3"/></svg>',
            label,
            round(100 * (solid + outlined) / whole),
            round(100 * solid / whole),
        )
    ticks = '<i class="is"></i>' * solid + '<i class="will"></i>' * outlined + "<i></i>" * free
    return format_html(
        '<span class="roll{}" role="img" aria-label="{}">{}</span>',
        f" {size}" if size else "",
        label,
        mark_safe(ticks),  # noqa: S308 - no text in it
    )


def _roll_sentence(here: int, booked: int, taken: int, places: int) -> str:
    room = ngettext("%(places)s place", "%(places)s places", places) % {"places": places}
    if taken or not (here or booked):
        return _("%(taken)s taken, %(room)s") % {"taken": taken, "room": room}
    return _("%(here)s here, %(booked)s booked, %(room)s") % {"here": here, "booked": booked, "room": room}


@register.simple_tag
def meter(left: int, of: int, compact: bool = False) -> SafeString:
    """One block a visit, used ones pale."""
    blocks = '<i class="left"></i>' * left + "<i></i>" * max(of - left, 0)
    return format_html(
        '<span class="meter{}" role="img" aria-label="{}">{}</span>',
        " compact" if compact else "",
        _("%(left)s of %(of)s left") % {"left": left, "of": of},
        mark_safe(blocks),  # noqa: S308 - no text in it
    )


@register.simple_tag
def sign_up_url(way: str | None) -> str:
    """Where to sign up at the organisation whose page ``way`` is; empty for any other page."""
    return way_back.sign_up_address(way or "")


@register.simple_tag
def once_field(value: str = "") -> SafeString:
    """The hidden value that makes a form count once, however often it is sent (``accounts.Submission``)."""
    return format_html('<input type="hidden" name="once" value="{}">', value or uuid4())


ACTING = {
    "book": gettext_lazy("You are booking for %(names)s"),
    "edit": gettext_lazy("You are changing the details of %(names)s"),
    "sign": gettext_lazy("You are signing for %(names)s"),
}


@register.simple_tag
def acting_for(what: str, people: Iterable[Any], me: Any) -> str:
    """You are booking for Mila and Leo: empty where the reader acts for themselves alone (B22)."""
    others = {person.pk: person.short_name for person in people if person.pk != me.pk}
    if not others:
        return ""
    names = list(others.values())
    if any(person.pk == me.pk for person in people):
        names.insert(0, _("yourself"))
    return str(ACTING[what]) % {"names": format_list(names, locale=locale_for())}


def locale_for(place: Any = None) -> Locale:
    """The page's language in the organisation's country: fr_CA for a French page of an en_CA club."""
    name = place if isinstance(place, str) else getattr(place, "locale", "")
    return _locale(name or "", get_language() or "en")


@lru_cache(maxsize=64)
def _locale(name: str, language: str) -> Locale:
    spoken = Locale.parse(language, sep="-")
    if not name:
        return spoken
    place = Locale.parse(name.replace("-", "_"))
    try:
        return Locale(spoken.language, place.territory)
    except UnknownLocaleError:
        return spoken


@register.filter
def money(amount: Money | None, place: Any = None) -> str:
    """``{{ total|money:organization }}``: $42.00, as the locale writes it."""
    return "" if amount is None else amount.format(str(locale_for(place)))


def _at(instant: datetime, place: Any) -> datetime:
    zone = place if isinstance(place, str) else getattr(place, "time_zone", "UTC")
    return instant.astimezone(ZoneInfo(zone))


def _where(place: Any) -> Locale:
    return locale_for(None if isinstance(place, str) else place)


@register.filter
def local_time(instant: datetime | None, place: Any = None) -> str:
    """``{{ session.starts_at|local_time:organization }}``: 4:15 pm. ``place`` is an organisation or a zone's name."""
    return "" if instant is None else _short_time(_at(instant, place), _where(place))


def _short_time(local: datetime, where: Locale) -> str:
    text = str(format_time(local, "short", locale=where)).replace("\u202f", "\u00a0")
    return text.replace("a.m.", "am").replace("p.m.", "pm").replace("AM", "am").replace("PM", "pm")


@register.simple_tag
def time_range(starts_at: datetime, ends_at: datetime, place: Any = None) -> str:
    """4:15–5:00 pm: the half of the day is said once where both share it."""
    where = _where(place)
    first, last = (_short_time(_at(each, place), where) for each in (starts_at, ends_at))
    start, _space, half = first.partition("\u00a0")
    if half and last.endswith("\u00a0" + half) and half in ("am", "pm"):
        return f"{start}{DASH}{last}"
    return f"{first}{DASH}{last}"


@register.simple_tag
def local_day(moment: datetime | date | None, place: Any = None, style: str = "medium") -> str:
    """A day as the locale has it: short 19 Nov, medium Thu 19 Nov, month, full Thursday 19 November, year."""
    if moment is None:
        return ""
    day = _at(moment, place).date() if isinstance(moment, datetime) else moment
    return _day_in(day, _where(place), style)


@lru_cache(maxsize=1024)
def _day_in(day: date, where: Locale, style: str) -> str:
    if style == "full":  # no locale has a skeleton for it: the full date without its year
        pattern = re.sub(r"[,\s]*y+", "", where.date_formats["full"].pattern)
        return str(format_date(day, pattern, locale=where))
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a calendar day has no zone
    return str(format_skeleton(DAY_SKELETONS[style], midnight, locale=where, tzinfo=None))


@register.filter
def day(moment: datetime | date | None, place: Any = None) -> str:
    """``{{ session.starts_at|day:organization }}``: Thu 19 Nov."""
    return local_day(moment, place)


@register.filter
def field_length(field: BoundField) -> str:
    """``short``, ``medium`` or ``long``: a field is as long as its answer. A form field's ``length`` says otherwise."""
    own = getattr(field.field, "length", None)
    if own:
        return str(own)
    kind = field.field
    if isinstance(kind, forms.DateField | forms.TimeField | forms.IntegerField | forms.DecimalField):
        return "short"
    most = getattr(kind, "max_length", None) or 0
    if isinstance(kind, forms.EmailField) or most > 100:
        return "long"
    return "short" if 0 < most <= 20 else "medium" if isinstance(kind, forms.CharField) and most else ""


@register.filter
def hue(who: Any) -> int:
    """``hue-{{ member|hue }}``: the person's colour, for what is theirs."""
    return hue_of(who)


@register.filter
def is_tick(field: BoundField) -> bool:
    """Whether the field is one tick-box, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choices(field: BoundField) -> bool:
    """Whether the field is a list of radios or tick-boxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.simple_tag
def nav_current(request: Any) -> Any:
    """The entries of the shell's navigation, none where the request has none; at one place, if it was chosen."""
    entries = getattr(request, "navigation", None) or []
    at = getattr(request, "at", None)
    return [{**entry, "url": f"{entry['url']}?at={at.slug}"} for entry in entries] if at else entries


@register.simple_tag
def demo_mode() -> bool:
    """Whether this is the demo, which says so on every page."""
    return bool(settings.IS_DEMO)


@register.filter
def may(request: Any, permission: str) -> bool:
    """``{% if request|may:"clients_read" %}``: whether the staff who read this page hold a permission."""
    actor = getattr(request, "actor", None)
    return actor is not None and actor.has(Permission(permission))


@register.filter
def name_of(request: Any) -> str:
    """Who is logged in, as the page greets them: the staff's name, the member's, else the e-mail."""
    for who in (getattr(request, "staff", None), getattr(request, "member", None)):
        if who is not None:
            return str(who)
    user = getattr(request, "user", None)
    return str(getattr(user, "email", ""))
