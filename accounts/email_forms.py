"""The form for another e-mail of one's login."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.emails import check_address
from accounts.errors import EmailUnusable


class LoginEmailForm(forms.Form):
    """``suggestion`` is the address that was probably meant."""

    email = forms.CharField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    email.length = "long"  # type: ignore[attr-defined]  # how long it looks (docs/look.md)
    suggestion = ""

    def clean_email(self) -> str:
        """A usable address."""
        try:
            checked = check_address(self.cleaned_data["email"])
        except EmailUnusable as error:
            self.suggestion = error.suggestion
            raise forms.ValidationError(str(error)) from error
        self.suggestion = checked.suggestion or ""
        return checked.address
