"""The form that says who is who: of each staff-made person, one of three answers (RULES 1.4)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from accounts.operations.who_is_who import Answer, Fate, suggested


class WhoIsWhoForm(forms.Form):
    """Two fields a person: what is true of them, and who of one's own they are. ``people`` are all asked about.

    After ``is_valid``, ``answers`` holds an Answer for each person by their code.
    """

    def __init__(self, *args: Any, people: Sequence[Member], own: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.own = people, {member.code: member for member in own}
        for person in people:
            guess = suggested(person, own)
            self.fields[_fate(person)] = forms.ChoiceField(
                label=person.full_name,
                choices=[(fate.value, fate.value) for fate in Fate],
                initial=guess.fate.value,
                error_messages={"required": gettext_lazy("Choose one of the three.")},
            )
            self.fields[_mine(person)] = forms.ChoiceField(
                label=_("Who in your family %(name)s is") % {"name": person.full_name},
                choices=[("", _("Choose a person")), *((m.code, m.full_name) for m in own)],
                initial=guess.mine.code if guess.mine else "",
                required=False,
            )

    def of(self, person: Member) -> dict[str, Any]:
        """The two fields of ``person``, bound, for the template."""
        return {"fate": self[_fate(person)], "mine": self[_mine(person)]}

    @property
    def answers(self) -> dict[str, Answer]:
        """By the person's code."""
        return {person.code: self._answer(person) for person in self.people}

    def clean(self) -> dict[str, Any]:
        """Who is said to be the same needs a name."""
        cleaned = super().clean() or self.cleaned_data
        for person in self.people:
            if cleaned.get(_fate(person)) == Fate.SAME and not cleaned.get(_mine(person)):
                self.add_error(_mine(person), _("Choose who of your family this is."))
        return cleaned

    def _answer(self, person: Member) -> Answer:
        fate = Fate(self.cleaned_data[_fate(person)])
        mine = self.own.get(self.cleaned_data[_mine(person)]) if fate is Fate.SAME else None
        return Answer(fate=fate, mine=mine)


def _fate(person: Member) -> str:
    return f"who-{person.code}"


def _mine(person: Member) -> str:
    return f"mine-{person.code}"
