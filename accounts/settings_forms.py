"""The form of an organisation's settings, each policy said in words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import get_territory_currencies, list_currencies
from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import CleanTextField
from accounts.models import Organization
from accounts.pictures import LogoField

HUES = (
    (1, _("Coral")),
    (2, _("Amber")),
    (3, _("Olive")),
    (4, _("Green")),
    (5, _("Teal")),
    (6, _("Blue")),
    (7, _("Violet")),
    (8, _("Pink")),
)
AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
"""Groups and stand-ins among the codes of territories."""

type Choices = list[tuple[str, str]]


class OrganizationForm(forms.Form):
    """Everything an organisation decides about itself. ``fixed`` are fields that stay, each with the reason."""

    name = CleanTextField(label=_("Name"), max_length=120)
    tagline = CleanTextField(
        label=_("One line about you"),
        max_length=200,
        required=False,
        help_text=_("Stands under the name on your public page."),
    )
    logo = LogoField(
        label=_("Logo"),
        required=False,
        help_text=_("A JPEG, PNG or WebP picture. Everybody can see it. Square ones look best."),
    )
    removes_logo = forms.BooleanField(label=_("Show the letter instead of the logo"), required=False)
    hue = forms.TypedChoiceField(label=_("Colour"), choices=HUES, coerce=int, widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    country = forms.ChoiceField(label=_("Country"))
    locale = forms.ChoiceField(label=_("Dates, names and money are written as in"))
    currency = forms.ChoiceField(label=_("Currency"))
    age_of_majority = forms.IntegerField(label=_("Adult from"), min_value=14, max_value=25)
    minimum_purchase_age = forms.IntegerField(label=_("May buy from"), min_value=14, max_value=25)
    coming_of_age_grace_days = forms.IntegerField(
        label=_("After a birthday to adulthood"), min_value=0, max_value=366
    )
    hidden_after_months = forms.IntegerField(label=_("Quiet households"), min_value=1, max_value=120)
    hold_minutes = forms.IntegerField(label=_("Checkout keeps places"), min_value=1, max_value=1440)

    def __init__(
        self, *args: Any, organization: Organization, fixed: Mapping[str, Any], **kwargs: Any
    ) -> None:
        columns = set(self.base_fields) - {"logo", "removes_logo"}
        known = {name: getattr(organization, name) for name in columns}
        kwargs["initial"] = known | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        for name, choices in (
            ("time_zone", _zones()),
            ("country", _countries(language)),
            ("locale", _locales(language)),
            ("currency", _currencies(language)),
        ):
            self.fields[name].choices = _with(choices, getattr(organization, name))  # type: ignore[attr-defined]
            self.fields[name].length = "long" if name != "currency" else "medium"  # type: ignore[attr-defined]
        for name, words in _policies(organization).items():
            self.fields[name].help_text = words
        for name, reason in fixed.items():
            self.fields[name].disabled = True
            self.fields[name].help_text = reason
        if not organization.logo:
            del self.fields["removes_logo"]

    @property
    def values(self) -> dict[str, Any]:
        """The answers that are columns; a disabled field keeps what is stored."""
        return {
            name: value for name, value in self.cleaned_data.items() if name not in ("logo", "removes_logo")
        }


def _policies(organization: Organization) -> dict[str, str]:
    """What each rule does, with the number that holds now."""
    return {
        "time_zone": gettext("When a day begins here. Classes that are planned already keep their own time."),
        "country": gettext("How phone numbers are read."),
        "locale": gettext("Mails are written in this language to who has chosen none."),
        "currency": gettext("It can be changed until the first bill."),
        "age_of_majority": gettext(
            "Who is under %(n)s is a minor here: an adult of the family decides and signs for them."
        )
        % {"n": organization.age_of_majority},
        "minimum_purchase_age": gettext(
            "Who is under %(n)s buys nothing here, not even from an account of their own."
        )
        % {"n": organization.minimum_purchase_age},
        "coming_of_age_grace_days": ngettext(
            "Bookings and payments made before somebody came of age go on for %(n)s day after the birthday.",
            "Bookings and payments made before somebody came of age go on for %(n)s days after the birthday.",
            organization.coming_of_age_grace_days,
        )
        % {"n": organization.coming_of_age_grace_days},
        "hidden_after_months": ngettext(
            "A household without activity for %(n)s month disappears from the list. Nothing is deleted: search "
            "finds it, and it comes back with its next activity.",
            "A household without activity for %(n)s months disappears from the list. Nothing is deleted: search "
            "finds it, and it comes back with its next activity.",
            organization.hidden_after_months,
        )
        % {"n": organization.hidden_after_months},
        "hold_minutes": ngettext(
            "Whoever checks out has %(n)s minute until their places are free for others. It is given once more "
            "when a payment begins.",
            "Whoever checks out has %(n)s minutes until their places are free for others. They are given once more "
            "when a payment begins.",
            organization.hold_minutes,
        )
        % {"n": organization.hold_minutes},
    }


def _with(choices: Any, current: str) -> Any:
    """``choices``, and what is stored even where it is not among them."""
    known = {value for entry in choices for value in _values(entry)}
    return choices if current in known else [(current, current), *choices]


def _values(entry: Any) -> list[str]:
    value, label = entry
    return [value for value, _label in label] if isinstance(label, list) else [value]


@lru_cache(maxsize=1)
def _zones() -> list[tuple[str, Choices]]:
    """By area: one looks for one's own city."""
    names = sorted(available_timezones())
    return [
        (
            area,
            [
                (name, name.split("/", 1)[1].replace("_", " "))
                for name in names
                if name.startswith(f"{area}/")
            ],
        )
        for area in AREAS
    ]


@lru_cache(maxsize=8)
def _countries(language: str) -> Choices:
    names = Locale.parse(language, sep="-").territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted((entry for entry in found if entry[0] not in NO_COUNTRIES), key=lambda entry: entry[1])


@lru_cache(maxsize=8)
def _locales(language: str) -> Choices:
    """Those of the languages we speak: with the country, which decides how dates are written."""
    spoken = dict(settings.LANGUAGES)
    found = []
    for name in locale_identifiers():
        parts = name.split("_")
        if len(parts) == 2 and parts[0] in spoken and len(parts[1]) == 2:
            found.append((name, str(Locale.parse(name).get_display_name(language.replace("-", "_")) or name)))
    return sorted(found, key=lambda entry: entry[1])


@lru_cache(maxsize=8)
def _currencies(language: str) -> Choices:
    """Those that some country uses today."""
    spoken = Locale.parse(language, sep="-")
    used: set[str] = set()
    for territory in map(str, spoken.territories):
        used.update(get_territory_currencies(territory) if len(territory) == 2 else ())
    names = spoken.currencies
    return [
        (code, f"{code} · {names[code]}" if code in names else code)
        for code in sorted(used & list_currencies())
    ]
