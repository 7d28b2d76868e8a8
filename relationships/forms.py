"""The forms about links: what is asked, given and lent, and for how long; and the last step of an erasure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.money import minor_digits
from accounts.people import clean_text
from clients.searching import fold
from relationships.enums import LinkKind
from relationships.models import LENT_FLAGS, MANAGER_FLAGS, ManagerLink
from relationships.operations.links import Terms
from relationships.wording import MEANINGS, RIGHTS


class FlagChoices(forms.CheckboxSelectMultiple):
    """Tick-boxes of rights, each with its meaning; those in ``fixed`` cannot be switched on here."""

    option_template_name = "relationships/widgets/flag.html"
    template_name = "relationships/widgets/flags.html"

    def __init__(self, fixed: Collection[str] = ()) -> None:
        super().__init__()
        self.fixed = fixed

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the meaning below, and disabled where it is not for this side to give."""
        option = super().create_option(name, value, *args, **kwargs)
        option["meaning"] = MEANINGS[str(value)]
        option["attrs"]["aria-describedby"] = f"{option['attrs'].get('id', name)}_meaning"
        if str(value) in self.fixed and not option["selected"]:
            option["attrs"]["disabled"] = True
        return option


def flags_field(
    label: Any, flags: Iterable[str], fixed: Collection[str] = (), *, is_required: bool = True
) -> forms.MultipleChoiceField:
    """A choice among rights; at least one where ``is_required``."""
    field = forms.MultipleChoiceField(
        label=label,
        required=is_required,
        choices=[(flag, RIGHTS[flag]) for flag in flags],
        widget=FlagChoices(fixed),
        error_messages={"required": _("Choose at least one right.")},
    )
    field.is_alternative = True  # type: ignore[attr-defined]  # none is an answer too: not "if there is one"
    return field


class LastDayField(forms.DateField):
    """The last day on which something counts; cleaned to the first on which it does not any more."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> date | None:
        """The day after, or None."""
        day = super().clean(value)
        if day is not None and day >= date.max - timedelta(days=366):
            raise forms.ValidationError(_("This day is too far away. Leave it empty for no end."))
        return None if day is None else day + timedelta(days=1)


class RequestForm(forms.Form):
    """Ask another family, or offer it: whom, what, and for how long (P14)."""

    who = forms.CharField(
        label=_("Their e-mail address, or the code they show you"),
        max_length=254,
        help_text=_(
            "The e-mail they log in with. We send them your request; we never tell you whether it exists."
        ),
    )
    dependent = forms.ModelChoiceField(
        label=_("Whom they may act for"),
        queryset=Member.objects.none(),
        to_field_name="code",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    about = forms.CharField(
        label=_("For whom"),
        max_length=80,
        required=False,
        help_text=_(
            "As they call the person, such as “your daughter Mila”. Leave it empty to ask for themselves."
        ),
    )
    kind = forms.ChoiceField(label=_("What you are to each other"), choices=LinkKind.choices)
    flags = flags_field(_("Rights"), MANAGER_FLAGS)
    is_legal_guardian = forms.BooleanField(
        label=_("I am a legal guardian of this person"),
        required=False,
        help_text=_("Only a legal guardian can sign waivers for a minor. You declare it, and it is kept."),
    )
    ends_on = LastDayField(label=_("Last day"), required=False, help_text=_("Leave it empty for no end."))

    def __init__(self, *args: Any, mine: Sequence[Member] | None, today: date, **kwargs: Any) -> None:
        """``mine`` are those whom the asker may offer; None to ask for rights instead."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("flags", ["view"])
        if mine is None:
            del self.fields["dependent"]
            self.fields["flags"].label = _("What you would like to do for them")
            return
        for name in ("about", "is_legal_guardian"):
            del self.fields[name]
        chosen = self.fields["dependent"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = Member.objects.filter(pk__in=[member.pk for member in mine]).order_by("born_on")
        self.fields["flags"] = flags_field(
            _("What they may do"), [flag for flag in MANAGER_FLAGS if flag != "sign"]
        )
        self.order_fields(["who", "dependent", "kind", "flags", "ends_on"])

    def clean(self) -> dict[str, Any]:
        """At least one right, and an end after today."""
        cleaned = super().clean() or self.cleaned_data
        check_end(self, self.today)
        if "sign" in cleaned.get("flags", ()) and not cleaned.get("is_legal_guardian"):
            self.add_error("is_legal_guardian", _("Only a legal guardian may sign for a minor."))
        return cleaned

    def terms(self) -> Terms:
        """What was chosen; counts from today."""
        cleaned = self.cleaned_data
        return Terms(
            kind=LinkKind(cleaned["kind"]),
            flags=cleaned["flags"],
            starts_on=self.today,
            ends_on=cleaned["ends_on"],
            is_legal_guardian=cleaned.get("is_legal_guardian", False),
        )

    def clean_about(self) -> str:
        """Without characters that deceive."""
        return clean_text(self.cleaned_data["about"])


class AnswerForm(forms.Form):
    """What of a request is accepted, and for whom."""

    dependent = forms.ModelChoiceField(
        label=_("Whom this is about"),
        queryset=Member.objects.none(),
        to_field_name="code",
        empty_label=None,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, asked: Sequence[str], mine: Sequence[Member] | None, **kwargs: Any
    ) -> None:
        """``mine`` are those for whom the addressee decides; None where the request says whom it is about."""
        super().__init__(*args, **kwargs)
        if mine is None:
            del self.fields["dependent"]
        else:
            chosen = self.fields["dependent"]
            if isinstance(chosen, forms.ModelChoiceField):
                chosen.queryset = Member.objects.filter(pk__in=[member.pk for member in mine])
                chosen.queryset = chosen.queryset.order_by("born_on")
        ordered = [flag for flag in MANAGER_FLAGS if flag in asked]
        self.fields["flags"] = flags_field(_("What you allow"), ordered)
        self.fields["flags"].initial = ordered
        self.fields["flags"].error_messages["required"] = _("Choose at least one right, or decline.")


class LinkForm(forms.Form):
    """Both directions of a link side by side (C08): what the manager may do, and what they lend."""

    ends_on = LastDayField(label=_("Last day"), required=False, help_text=_("Leave it empty for no end."))
    cap = forms.DecimalField(
        label=_("Most in a calendar month"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=2,
        help_text=_("Empty is no limit."),
    )

    def __init__(
        self, *args: Any, link: ManagerLink, gives: Collection[str], currency: str, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.link, self.today = link, today
        self.currency, self.digits = currency, minor_digits(currency)
        self.lends = tuple(flag for flag in LENT_FLAGS if flag in gives or getattr(link, flag))
        for name, label, flags in (
            ("flags", _("What they may do"), MANAGER_FLAGS),
            ("lent", _("What they lend"), self.lends),
        ):
            fixed = [flag for flag in flags if flag not in gives]
            self.fields[name] = flags_field(label, flags, fixed, is_required=False)
            self.fields[name].initial = [flag for flag in flags if getattr(link, flag)]
        if "dependent_may_pay" not in gives:
            del self.fields["cap"]
        elif link.dependent_cap_minor is not None:
            self.fields["cap"].initial = Decimal(link.dependent_cap_minor).scaleb(-self.digits)
        if link.ends_on is not None:
            self.fields["ends_on"].initial = link.ends_on - timedelta(days=1)

    def clean(self) -> dict[str, Any]:
        """An end after the beginning."""
        cleaned = super().clean() or self.cleaned_data
        check_end(self, max(self.today, self.link.starts_on))
        return cleaned

    @property
    def wanted(self) -> list[str]:
        """Every flag that is to be on."""
        return [*self.cleaned_data["flags"], *self.cleaned_data["lent"]]

    @property
    def cap_minor(self) -> int | None:
        """The cap in minor units; None for no limit."""
        cap = self.cleaned_data.get("cap")
        return None if cap is None else int(cap.scaleb(self.digits))


def check_end(form: forms.Form, first: date) -> None:
    """``ends_on`` is a day after ``first``, or none."""
    ends_on = form.cleaned_data.get("ends_on")
    if ends_on is not None and ends_on <= first:
        form.add_error("ends_on", _("This day is over already. Choose a later one."))


class TypedName(forms.Form):
    """The name of who is erased, whatever its case, accents and spaces (D10)."""

    name = forms.CharField(
        label=_("Type the name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        self.fields["name"].help_text = _("To be sure: type “%(name)s”.") % {"name": wanted}
        self.fields["name"].length = "long"  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """Exactly the name, but for how it is typed."""
        typed: str = self.cleaned_data["name"]
        if fold(typed) != fold(self.wanted):
            raise forms.ValidationError(_("This is not the name. It is “%(name)s”.") % {"name": self.wanted})
        return typed
