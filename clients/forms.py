"""The desk's forms."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PersonForm
from accounts.models import Member
from clients.enums import MemoAudience


class ClientForm(PersonForm):
    """A person as staff enter them: who they are, and whether they take part."""

    participates = forms.BooleanField(
        label=_("Takes part"),
        required=False,
        help_text=_("A parent who only pays or brings somebody stays off client lists, rosters and waivers."),
    )


class BillingContactForm(forms.Form):
    """Which of the owners gets the bills; ``member`` is the one who was chosen."""

    owner = forms.ChoiceField(label=_("Bills go to"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, owners: Sequence[Member], chosen: Member | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {owner.code: owner for owner in owners}
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            (owner.code, f"{owner.full_name}, {owner.email}" if owner.email else owner.full_name)
            for owner in owners
        ]
        if chosen is not None:
            self.fields["owner"].initial = chosen.code

    @property
    def member(self) -> Member:
        """The owner who was chosen, of a valid form."""
        return self.owners[self.cleaned_data["owner"]]


class MemoForm(forms.Form):
    """A memo. Only who may star is offered the star."""

    text = forms.CharField(
        label=_("Memo"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the team should know. 500 characters at most."),
    )
    audience = forms.ChoiceField(
        label=_("Who reads it"),
        choices=MemoAudience.choices,
        initial=MemoAudience.STAFF,
        help_text=_("Fixed once it is saved."),
    )
    is_starred = forms.BooleanField(
        label=_("Star it"), required=False, help_text=_("Instructors will see this on class rosters.")
    )

    def __init__(self, *args: Any, may_star: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].length = "long"  # type: ignore[attr-defined]
        self.fields["audience"].length = "medium"  # type: ignore[attr-defined]
        if not may_star:
            del self.fields["is_starred"]
