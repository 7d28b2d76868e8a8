"""The forms by which people come in: sign-up and claiming. Their passwords are never shown again."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.forms import PersonForm
from accounts.models import User

AUTOCOMPLETE = {
    "given_name": "given-name",
    "family_name": "family-name",
    "born_on": "bday",
    "email": "email",
    "phone": "tel",
}


def password_field() -> forms.CharField:
    """A new password, with the rules it must meet."""
    field = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters: not a common password, not only digits, not your name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    field.length = "medium"  # type: ignore[attr-defined]  # how long it looks (docs/look.md)
    return field


class SignUpForm(PersonForm):
    """An adult, and the password of their new login."""

    password = password_field()

    field_order = ("given_name", "family_name", "born_on", "email", "phone", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        left_out = ("preferred_name", "address_line", "city", "region", "postal_code")
        super().__init__(*args, requires=("family_name", "born_on", "email"), leave_out=left_out, **kwargs)
        for name, value in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = value
        self.fields["born_on"].help_text = _("Only an adult can make an account.")

    def clean(self) -> dict[str, Any]:
        """The password against the rules, and against the name and e-mail."""
        cleaned = super().clean() or self.cleaned_data
        check_password(self, cleaned.get("email") or "")
        return cleaned


class ClaimForm(forms.Form):
    """The second thing of a claim (RULES 1.4) and, for a new login, its password."""

    born_on = forms.DateField(
        label=_("Your birth date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
    )
    desk_code = forms.CharField(
        label=_("Or the code from the desk"),
        required=False,
        max_length=12,
        help_text=_("Six digits, if you asked for one."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    password = password_field()

    def __init__(self, *args: Any, email: str, asks_password: bool, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)
        for name in ("born_on", "desk_code"):
            self.fields[name].is_alternative = True  # type: ignore[attr-defined]  # one of two, not "optional"
        if not asks_password:
            del self.fields["password"]

    @property
    def secret(self) -> date | str:
        """What was given as the second thing; the birth date where both were."""
        given: date | None = self.cleaned_data["born_on"]
        return given or "".join(self.cleaned_data["desk_code"].split())

    def clean(self) -> dict[str, Any]:
        """One of the two, before a try is used up."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned.get("born_on") or cleaned.get("desk_code")):
            self.add_error("born_on", _("Give your birth date, or the code from the desk."))
        check_password(self, self.email)
        return cleaned


class NewPasswordForm(forms.Form):
    """The password of a login that is made for ``email``."""

    password = password_field()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """The password against the rules, and against the e-mail."""
        cleaned = super().clean() or self.cleaned_data
        check_password(self, self.email)
        return cleaned


def check_password(form: forms.Form, email: str) -> None:
    """Say under the field what is wrong with a new password, if one was given."""
    password = form.cleaned_data.get("password")
    if not password:
        return
    try:
        validate_password(password, User(email=email))
    except forms.ValidationError as error:
        form.add_error("password", error)
