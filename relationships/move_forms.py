"""The forms about moving to another account (RULES 4.3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.people import clean_text


class AgreeForm(forms.Form):
    """What an owner of the account that is left keeps; nothing is asked where they lose nothing."""

    keeps_link = forms.BooleanField(
        label=_("Let me go on acting for them"),
        required=False,
        initial=True,
        help_text=_("You keep a link with what you may do now: see, book, fill in forms, pick up."),
    )
    is_legal_guardian = forms.BooleanField(
        label=_("I am their legal guardian, and go on signing for them"), required=False
    )

    def __init__(self, *args: Any, keeps: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeps:
            del self.fields["keeps_link"], self.fields["is_legal_guardian"]


class AskForm(AgreeForm):
    """Whose account it is to be, and what the other owners should know."""

    target = forms.CharField(
        label=_("Whose account"),
        max_length=254,
        help_text=_(
            "The e-mail that an owner of it logs in with, or the code that they show you. "
            "We don’t say whether there is such an account; its owners are asked."
        ),
    )
    note = forms.CharField(
        label=_("What the owners should know"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Every owner of both accounts reads it."),
    )

    field_order = ("target", "note", "keeps_link", "is_legal_guardian")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].length = "long"  # type: ignore[attr-defined]
        self.fields["note"].length = "long"  # type: ignore[attr-defined]

    def clean_target(self) -> str:
        """One line."""
        return clean_text(self.cleaned_data["target"])

    def clean_note(self) -> str:
        """Without control characters."""
        return clean_text(self.cleaned_data["note"])


class OwnAccountForm(AgreeForm):
    """An adult leaves for an account of their own."""


class DeskMoveForm(forms.Form):
    """Where to, why, and on what paper. ``own`` is for who may get an account of their own."""

    OWN = "own"

    where = forms.ChoiceField(
        label=_("Where to"),
        choices=(
            ("account", _("To another account here")),
            (OWN, _("To a new account of their own, run by staff until they take it over")),
        ),
        initial="account",
        widget=forms.RadioSelect,
    )
    target = forms.CharField(
        label=_("To which account"),
        required=False,
        max_length=254,
        help_text=_("Its number here, or the e-mail of an owner who is a client here."),
    )
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    document_note = forms.CharField(
        label=_("Which document you have seen"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kind, date and who issued it. Keep no copy here."),
    )

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not own:
            del self.fields["where"]
            self.fields["target"].required = True
        else:
            self.fields["target"].help_text = _(
                "For another account: its number here, or the e-mail of an owner who is a client here."
            )
        for field in self.fields.values():
            field.length = "long"  # type: ignore[attr-defined]

    @property
    def is_to_own(self) -> bool:
        """A new account was chosen."""
        return self.cleaned_data.get("where") == self.OWN

    def clean(self) -> dict[str, Any]:
        """Another account has to be named."""
        if not self.is_to_own and "target" not in self.errors and not self.cleaned_data.get("target"):
            self.add_error("target", _("Say which account, by its number or an owner’s e-mail."))
        return self.cleaned_data
