"""Every component on one page, light and dark (docs/look.md). Demo and tests only; the people are made up."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Organization
from accounts.money import Money


@dataclass(frozen=True)
class _Entry:
    """A navigation entry as the shells read it."""

    label: str
    icon: str
    url: str = "#"
    is_current: bool = False
    badge: int = 0


@dataclass(frozen=True)
class _Person:
    """Somebody to draw."""

    name: str
    pk: int


class _ExampleForm(forms.Form):
    """One field of every kind, with something to mend."""

    given_name = forms.CharField(label="First name", max_length=80)
    room = forms.ChoiceField(choices=[("1", "Teaching pool 1"), ("2", "Teaching pool 2")])
    born_on = forms.DateField(label="Birth date", error_messages={"invalid": "February 2018 had 28 days."})
    email = forms.EmailField(label="E-mail", required=False, help_text="Children don’t need one.")
    amount = forms.DecimalField()
    login_email = forms.EmailField(label="Login e-mail", disabled=True, help_text="Only she can change it.")
    memo = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    on_rosters = forms.BooleanField(label="Show on rosters", required=False)
    scope = forms.ChoiceField(
        label="Which ones",
        choices=[("one", "This class only"), ("all", "This and later ones")],
        widget=forms.RadioSelect,
    )


# fmt: off
_COLOURS = (
    "paper", "surface", "sunken", "raised", "line", "line-firm", "ink", "ink-2", "ink-3", "accent", "accent-fill",
    "accent-soft", "rail", "ok", "ok-soft", "wait", "wait-soft", "stop", "stop-soft", "stop-solid",
)
# fmt: on
_RAIL = (
    ("Today", "calendar-days"),
    ("Clients", "users"),
    ("Accounts", "home"),
    ("Sell", "shopping-cart"),
    ("Bills", "document-text"),
    ("Messages", "chat-bubble-left-right"),
    ("Reports", "chart-bar"),
    ("Settings", "cog-6-tooth"),
)
_PEOPLE = (
    "Elias Novak",
    "Freya Halvorsen",
    "Tobias Okafor",
    "Noor Haddad",
    "Mila Lindqvist",
    "Amara Okafor",
    "Daniel Lindqvist",
    "Zuri Okafor",
)
_BARS = (("Mon", 82), ("Tue", 91), ("Wed", 64), ("Thu", 88), ("Fri", 47), ("Sat", 96), ("Sun", 39))


def _rail() -> list[_Entry]:
    return [
        _Entry(label, icon, is_current=label == "Today", badge=3 if label == "Messages" else 0)
        for label, icon in _RAIL
    ]


def styleguide(request: HttpRequest) -> HttpResponse:
    """The style page."""
    club = Organization(
        slug="harbour-lane",
        name="Harbour Lane Swim Club",
        hue=6,
        locale="en_CA",
        currency="CAD",
        time_zone="America/Toronto",
    )
    shell: dict[str, Any] = {"organization": club, "navigation": _rail()}
    for name, value in shell.items():
        setattr(request, name, value)
    form = _ExampleForm(
        {
            "given_name": "Théo",
            "room": "1",
            "born_on": "31/02/2018",
            "amount": "42.00",
            "memo": "Prefers texts before 9 am.",
            "on_rosters": "on",
            "scope": "one",
        },
        initial={"login_email": "amara.okafor@example.ca"},
    )
    context = {
        "club": club,
        "colours": _COLOURS,
        "people": [_Person(name, pk) for pk, name in enumerate(_PEOPLE)],
        "form": form,
        "owed": Money(4200, "CAD"),
        "credit": Money(-1280, "CAD"),
        "bars": [
            {"label": label, "value": value, "x": 44 + 42 * i, "y": 130 - value, "weak": value < 50}
            for i, (label, value) in enumerate(_BARS)
        ],
        "quarter_hours": [
            {"at": 2 * i, "label": label} for i, label in enumerate(("3:30", "4:00", "4:30", "5:00", "5:30"))
        ],
    }
    return render(request, "accounts/public/styleguide.html", context)
