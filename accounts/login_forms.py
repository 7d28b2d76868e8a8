"""allauth's forms in this product's words: labels as everywhere, no placeholder that repeats them."""

from typing import Any

from allauth.account import forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "remember": _("Stay logged in"),
    "oldpassword": _("The password you have now"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
    "name": _("What you call it"),
    "passwordless": _("Log in with it alone, without a password"),
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


class ReauthenticateForm(_InOurWords, forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before a change that matters."""


class SetPasswordForm(_InOurWords, forms.SetPasswordForm):  # type: ignore[misc]
    """The first password of a login that had none."""


class AuthenticateForm(_InOurWords, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    """The code of the second step."""


class ReauthenticateByCodeForm(_InOurWords, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    """The code once more, before a change that matters."""


class ActivateTotpForm(_InOurWords, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""


class AddWebAuthnForm(_InOurWords, webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey or security key: a passkey, unless told otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 80
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = _(
            "A passkey of a phone or computer. Without this it is a second step after your password."
        )


class EditWebAuthnForm(_InOurWords, webauthn_forms.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""
