"""The forms about who picks a child up, and who must not (RULES 2.1, 2.11)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.errors import PhoneUnusable
from accounts.forms import CleanTextField
from accounts.papers import PaperField
from accounts.people import format_phone, parse_phone
from accounts.pictures import PhotoField
from relationships.forms import LastDayField
from relationships.models import PickUpPerson
from relationships.operations.pick_up import Details

FAR = timedelta(days=366 * 10)


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


class PickUpForm(forms.Form):
    """Somebody who may pick a child up: who, how to reach and know them, and from when until when."""

    name = CleanTextField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As it stands on a paper with a photo: the desk may ask for one."),
    )
    relation = CleanTextField(
        label=_("What they are to the child"),
        max_length=60,
        required=False,
        help_text=_("Such as grandmother, neighbour or nanny."),
    )
    phone = CleanTextField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    photo = PhotoField(
        label=_("Picture"),
        required=False,
        help_text=_("So that the desk knows them. A small square of it is kept, without place and time."),
    )
    drop_photo = forms.BooleanField(label=_("Remove the picture"), required=False)
    starts_on = _day(_("First day"))
    ends_on = LastDayField(label=_("Last day"), required=False, help_text=_("Leave it empty for no end."))

    def __init__(
        self, *args: Any, country: str, today: date, kept: PickUpPerson | None = None, **kwargs: Any
    ) -> None:
        """``kept`` is the entry to change."""
        self.country, self.today, self.kept = country, today, kept
        initial: dict[str, Any] = {"starts_on": today}
        if kept is not None:
            initial = {name: getattr(kept, name) for name in ("name", "relation", "starts_on")}
            initial["phone"] = format_phone(kept.phone, country) if kept.phone else ""
            initial["ends_on"] = kept.ends_on - timedelta(days=1) if kept.ends_on else None
        super().__init__(*args, **kwargs)
        self.initial = initial
        self.fields["ends_on"].widget.format = "%Y-%m-%d"
        if kept is None or not kept.photo:
            del self.fields["drop_photo"]

    def clean_phone(self) -> str:
        """In E.164."""
        text = self.cleaned_data["phone"]
        if not text:
            return ""
        try:
            return parse_phone(text, self.country)
        except PhoneUnusable as error:
            raise forms.ValidationError(str(error)) from error

    def clean_starts_on(self) -> date:
        """Not long ago and not far away; what stood there may stay."""
        day: date = self.cleaned_data["starts_on"]
        kept = self.kept.starts_on if self.kept else self.today
        if day != kept and day < self.today - timedelta(days=1):
            raise forms.ValidationError(_("This day is over already. Choose today or a later one."))
        if day > self.today + FAR:
            raise forms.ValidationError(_("This day is too far away. Check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        """The last day is not over, and not before the first."""
        cleaned = super().clean() or self.cleaned_data
        check_last_day(self, self.today)
        return cleaned

    def details(self) -> Details:
        """What was typed."""
        names = ("name", "relation", "phone", "starts_on", "ends_on")
        return Details(**{name: self.cleaned_data[name] for name in names})


def check_last_day(form: forms.Form, today: date) -> None:
    """``ends_on`` is after ``starts_on`` and not over."""
    begin, over = form.cleaned_data.get("starts_on"), form.cleaned_data.get("ends_on")
    if over is None:
        return
    if begin is not None and over <= begin:
        form.add_error("ends_on", _("The last day comes before the first. Check the dates."))
    elif over <= today:
        form.add_error("ends_on", _("This day is over already. Choose a later one."))


def _why(label: Any, help_text: Any = "") -> CleanTextField:
    field = CleanTextField(
        label=label, max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=help_text
    )
    field.length = "long"  # type: ignore[attr-defined]
    return field


class NeverReleaseForm(forms.Form):
    """To whom a child is never released, why, and until when."""

    name = CleanTextField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = CleanTextField(
        label=_("How to know them"),
        max_length=300,
        required=False,
        help_text=_("Such as what they look like, or the car they drive."),
    )
    photo = PhotoField(label=_("Picture"), required=False, help_text=_("Shown on rosters beside the child."))
    reason = _why(_("Why"), _("Seen by who may set safety marks, never by the family."))
    call = CleanTextField(
        label=_("Whom to call"),
        max_length=120,
        required=False,
        help_text=_("If they come to the door: a name and a number."),
    )
    ends_on = LastDayField(label=_("Last day"), required=False, help_text=_("Leave it empty for no end."))

    def __init__(self, *args: Any, today: date, is_known: bool, **kwargs: Any) -> None:
        """``is_known``: somebody was picked, whose name is known."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["name"].required = not is_known

    def clean(self) -> dict[str, Any]:
        """The last day is not over."""
        cleaned = super().clean() or self.cleaned_data
        check_last_day(self, self.today)
        return cleaned


class NoContactForm(forms.Form):
    """Why two people are kept apart, on what paper, and from when until when."""

    reason = _why(_("Why"), _("Such as the court, the number and the day of the order."))
    document = PaperField(
        label=_("Document"),
        required=False,
        help_text=_("A PDF or a picture of it, up to 12 MB. Only who may set safety marks can open it."),
    )
    starts_on = _day(_("First day"))
    ends_on = LastDayField(
        label=_("Last day"), required=False, help_text=_("As the document says. Leave it empty for no end.")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("starts_on", today)
        self.today = today

    def clean_starts_on(self) -> date:
        """Any day that an order can have."""
        day: date = self.cleaned_data["starts_on"]
        if day.year < 1990 or day > self.today + FAR:
            raise forms.ValidationError(_("Check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        """The last day is not over, and not before the first."""
        cleaned = super().clean() or self.cleaned_data
        check_last_day(self, self.today)
        return cleaned


class LiftForm(forms.Form):
    """Why a mark is lifted."""

    reason = _why(_("Why it is lifted"))
