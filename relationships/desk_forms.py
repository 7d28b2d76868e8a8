"""The desk's forms about relationships: what they are to each other, and the rights each way (C01, C08, P15)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from relationships.enums import LinkKind
from relationships.forms import LastDayField, check_end, flags_field
from relationships.models import MANAGER_FLAGS
from relationships.operations.links import Terms

HARMLESS = ("view", "book", "notify")


class TermsForm(forms.Form):
    """What a client is to somebody, and what they may do for them, until when."""

    kind = forms.ChoiceField(label=_("What they are to each other"), choices=LinkKind.choices)
    flags = flags_field(_("Rights"), MANAGER_FLAGS, is_required=False)
    is_legal_guardian = forms.BooleanField(
        label=_("Says to be a legal guardian"),
        required=False,
        help_text=_("Needed for the right to sign, and attested by a second staff member before it counts."),
    )
    ends_on = LastDayField(label=_("Last day"), required=False, help_text=_("Leave it empty for no end."))

    def __init__(self, *args: Any, name: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["kind"].label = _("What %(name)s is to them") % {"name": name}
        self.fields["flags"].label = _("What %(name)s may do for them") % {"name": name}
        self.initial.setdefault("flags", HARMLESS)

    def clean(self) -> dict[str, Any]:
        """An end after today, and guardianship for the right to sign."""
        cleaned = super().clean() or self.cleaned_data
        check_end(self, self.today)
        if "sign" in self._all_flags(cleaned) and not cleaned.get("is_legal_guardian"):
            self.add_error("is_legal_guardian", _("Only a legal guardian may sign for a minor."))
        return cleaned

    def terms(self) -> Terms:
        """What was chosen; counts from today."""
        return self._terms("kind", "flags")

    def _all_flags(self, cleaned: dict[str, Any]) -> Collection[str]:
        return list(cleaned.get("flags", ()))

    def _terms(self, kind: str, flags: str) -> Terms:
        return Terms(
            kind=LinkKind(self.cleaned_data[kind]),
            flags=self.cleaned_data[flags],
            starts_on=self.today,
            ends_on=self.cleaned_data["ends_on"],
            is_legal_guardian=self.cleaned_data["is_legal_guardian"],
        )


class DeskLinkForm(TermsForm):
    """A relationship with whoever was picked: kind and rights each way, until when (C01, C08)."""

    back_kind = forms.ChoiceField(choices=LinkKind.choices)
    back_flags = flags_field("", MANAGER_FLAGS, is_required=False)
    field_order = ("kind", "flags", "back_kind", "back_flags", "is_legal_guardian", "ends_on")

    def __init__(self, *args: Any, name: str, is_minor: bool, **kwargs: Any) -> None:
        super().__init__(*args, name=name, **kwargs)
        self.fields["back_kind"].label = _("What they are to %(name)s") % {"name": name}
        self.fields["back_flags"].label = _("What they may do for %(name)s") % {"name": name}
        if is_minor:
            self.initial.update({"flags": (), "back_flags": HARMLESS, "kind": LinkKind.CHILD})
        else:
            self.initial.setdefault("back_kind", LinkKind.CHILD)

    def clean(self) -> dict[str, Any]:
        """At least one right, one way or the other."""
        cleaned = super().clean()
        if not self.errors and not self._all_flags(cleaned):
            self.add_error("flags", _("Choose at least one right, one way or the other."))
        return cleaned

    def forth(self) -> Terms | None:
        """What the client may do for them; None for nothing."""
        return self._terms("kind", "flags") if self.cleaned_data["flags"] else None

    def back(self) -> Terms | None:
        """What they may do for the client; None for nothing."""
        return self._terms("back_kind", "back_flags") if self.cleaned_data["back_flags"] else None

    def _all_flags(self, cleaned: dict[str, Any]) -> Collection[str]:
        return [*cleaned.get("flags", ()), *cleaned.get("back_flags", ())]
