"""allauth's forms in this product's words: labels as everywhere, no placeholder that repeats them."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "remember": _("Stay logged in"),
    "oldpassword": _("The password you have now"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}


class _InOurWords:
    """Give the fields of an allauth form our labels."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)


class LoginForm(_InOurWords, forms.LoginForm):  # type: ignore[misc]
    """Log in with a password."""


class RequestLoginCodeForm(_InOurWords, forms.RequestLoginCodeForm):  # type: ignore[misc]
    """Ask for a code by e-mail."""


class ResetPasswordForm(_InOurWords, forms.ResetPasswordForm):  # type: ignore[misc]
    """Forgot the password."""


class ResetPasswordKeyForm(_InOurWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Choose a new password by the mailed link."""


class ChangePasswordForm(_InOurWords, forms.ChangePasswordForm):  # type: ignore[misc]
    """Choose a new password while logged in."""


class AddEmailForm(_InOurWords, forms.AddEmailForm):  # type: ignore[misc]
    """Another e-mail address for the login."""


class ReauthenticateForm(_InOurWords, forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before a change that matters."""
