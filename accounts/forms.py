"""The form for a person, the same at the desk and in the portal."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.emails import MAX_LENGTH, check_address
from accounts.errors import BirthDateUnusable, EmailUnusable, PhoneUnusable
from accounts.models import Person
from accounts.people import ADDRESS, PersonFields, check_birth_date, clean_text, format_phone, parse_phone
from accounts.pictures import PhotoField


class CleanTextField(forms.CharField):
    """One line of text without control or invisible characters."""

    def to_python(self, value: Any) -> str:
        """The text as it is kept."""
        return clean_text(str(super().to_python(value) or ""))


def _text(
    label: Any, length: int, autocomplete: str, *, required: bool = False, size: str = ""
) -> forms.CharField:
    field = CleanTextField(
        label=label,
        max_length=length,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )
    field.length = size  # type: ignore[attr-defined]  # how long it looks (docs/look.md)
    return field


def _mark(name: str, value: Any) -> str:
    """Tells one value of a field from another, without the value."""
    return hashlib.sha256(f"{name}={value or ''}".encode()).hexdigest()[:10]


def _marks(person: PersonFields) -> dict[str, str]:
    return {name: _mark(name, value) for name, value in person.values().items()}


def _marks_of(person: Person) -> str:
    """What a person says now, as the hidden field of the form carries it."""
    return " ".join(f"{name}:{mark}" for name, mark in _marks(PersonFields.of(person)).items())


class PersonForm(forms.Form):
    """Everything that is known of a person. ``country`` reads phone numbers; ``today`` bounds birth dates.

    ``requires`` names fields that must be answered beside the first name, ``leave_out`` those not asked.
    ``kept`` is the person to change: what is not asked stays. After ``is_valid``, ``person`` holds the
    answers; ``email_suggestion`` the address that was probably meant, whether or not it was usable.

    The hidden ``seen`` tells what stood in the form when it was opened. What changed meanwhile, in another tab
    or by another owner, is kept where this form left it alone, and told where both changed it.
    """

    given_name = _text(_("First name"), 80, "off", required=True, size="medium")
    family_name = _text(_("Last name"), 80, "off", size="medium")
    preferred_name = _text(_("Goes by"), 80, "off", size="medium")
    born_on = forms.DateField(
        label=_("Birth date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01"}),
    )
    email = CleanTextField(
        label=_("E-mail"),
        max_length=MAX_LENGTH,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    phone = CleanTextField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    address_line = _text(_("Street address"), 160, "off", size="long")
    city = _text(_("City"), 80, "off", size="medium")
    region = _text(_("Province or state"), 80, "off", size="medium")
    postal_code = _text(_("Postal code"), 16, "off", size="short")

    seen = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        country: str,
        today: date,
        requires: Iterable[str] = (),
        leave_out: Iterable[str] = (),
        kept: Person | None = None,
        **kwargs: Any,
    ) -> None:
        self.country, self.today, self.kept = country, today, kept
        self.email_suggestion = ""
        if kept is not None:
            known = PersonFields.of(kept).values()
            known["phone"] = format_phone(kept.phone, country)
            kwargs["initial"] = known | {"seen": _marks_of(kept)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        if kept is None:
            del self.fields["seen"]
        for name in leave_out:
            del self.fields[name]
        for name in requires:
            self.fields[name].required = True
        self.fields["born_on"].widget.attrs["max"] = today.isoformat()
        self.fields["phone"].length = "short"  # type: ignore[attr-defined]
        self.fields["email"].length = "long"  # type: ignore[attr-defined]

    @property
    def person(self) -> PersonFields:
        """The answers, cleaned."""
        return PersonFields.from_form(self.cleaned_data, kept=self.kept)

    def clean(self) -> dict[str, Any]:
        """Compare what stood in the form when it was opened with what is kept now, field by field."""
        cleaned = super().clean() or self.cleaned_data
        was = dict(part.split(":", 1) for part in cleaned.get("seen", "").split() if ":" in part)
        if self.kept is None or not was:
            return cleaned
        self._show("seen", _marks_of(self.kept))
        for name, mark in _marks(PersonFields.of(self.kept)).items():
            if name in cleaned and name in self.fields and was.get(name, mark) != mark:
                self._reconcile(name, mark, was[name])
        return cleaned

    def _show(self, name: str, value: Any) -> None:
        """What stands in a field when the form comes back."""
        self.data = {key: self.data[key] for key in self.data} | {self.add_prefix(name): value}

    def _reconcile(self, name: str, now: str, before: str) -> None:
        """One field that changed meanwhile: keep it if it was left alone here, tell if not."""
        mine = _mark(name, self.cleaned_data[name])
        if mine == before:
            self.cleaned_data[name] = getattr(self.kept, name)
            self._show(name, self.initial.get(name) or "")
        elif mine != now:
            shown = self.initial.get(name) or _("empty")
            self.add_error(
                name,
                _("Meanwhile somebody changed this to “%(value)s”. Save again to keep yours.")
                % {"value": shown},
            )

    @property
    def has_address(self) -> bool:
        """Whether any part of an address is filled in or wrong: then its fold stands open."""
        return any(self[name].value() or self[name].errors for name in ADDRESS if name in self.fields)

    def clean_email(self) -> str:
        """A usable address, or none."""
        text = self.cleaned_data["email"]
        if not text:
            return ""
        try:
            checked = check_address(text)
        except EmailUnusable as error:
            self.email_suggestion = error.suggestion
            raise forms.ValidationError(str(error)) from error
        self.email_suggestion = checked.suggestion or ""
        return checked.address

    def clean_phone(self) -> str:
        """The number in E.164, or none."""
        text = self.cleaned_data["phone"]
        if not text:
            return ""
        try:
            return parse_phone(text, self.country)
        except PhoneUnusable as error:
            raise forms.ValidationError(str(error)) from error

    def clean_born_on(self) -> date | None:
        """A day on which somebody alive may have been born."""
        day: date | None = self.cleaned_data["born_on"]
        if day is None:
            return None
        try:
            return check_birth_date(day, self.today)
        except BirthDateUnusable as error:
            raise forms.ValidationError(str(error)) from error


class PhotoForm(forms.Form):
    """A picture of a person. After ``is_valid``, ``cleaned_data["photo"]`` is the safe picture to keep."""

    photo = PhotoField(
        label=_("Picture"),
        error_messages={
            "required": _("Choose a picture first."),
            "empty": _("This file is empty. Choose another picture."),
        },
        help_text=_(
            "JPEG, PNG, WebP or HEIC, up to 12 MB. We keep a small square of it; "
            "the place and time it was taken are removed."
        ),
    )
