"""The forms of coming of age (RULES 2.9)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from relationships.enums import TakeOverChoice
from relationships.forms import flags_field
from relationships.operations.take_over import GRANTABLE


class ChoiceForm(forms.Form):
    """How the new adult goes on. An own account is the default."""

    choice = forms.ChoiceField(
        label=gettext_lazy("How do you want to go on?"),
        choices=TakeOverChoice.choices,
        widget=forms.RadioSelect,
        initial=TakeOverChoice.OWN_ACCOUNT,
        error_messages={"required": gettext_lazy("Choose one of the two.")},
    )


class GrantForm(forms.Form):
    """What each helper may do: nothing is ticked before the new adult ticks it."""

    def __init__(self, *args: Any, helpers: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helpers = helpers
        for helper in helpers:
            self.fields[_name(helper)] = flags_field(
                _("What %(name)s may do for you") % {"name": helper.full_name}, GRANTABLE, is_required=False
            )

    @property
    def grants(self) -> dict[int, list[str]]:
        """Ticked flags, by member id."""
        return {helper.pk: self.cleaned_data[_name(helper)] for helper in self.helpers}


def _name(helper: Member) -> str:
    return f"for-{helper.code}"
