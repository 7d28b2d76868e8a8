"""What is known of a person, cleaned once for every form, import and operation."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

import phonenumbers
from django.utils.translation import gettext_lazy as _

from accounts.calendars import age_in_years, born_on_or_before
from accounts.errors import BirthDateUnusable, ChangedMeanwhile, PhoneUnusable, UnderAge
from accounts.models import Person

EARLIEST_BIRTH = date(1900, 1, 1)

CONTACT = ("email", "phone")
ADDRESS = ("address_line", "city", "region", "postal_code")

# Joiners belong to Persian and Indic names and to emoji. The other invisible characters only deceive.
KEPT_INVISIBLE = {"\u200c", "\u200d"}


@dataclass(frozen=True, kw_only=True)
class PersonFields:
    """The personal fields of ``accounts.models.Person``, cleaned."""

    given_name: str
    family_name: str = ""
    preferred_name: str = ""
    email: str = ""
    phone: str = ""
    born_on: date | None = None
    address_line: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""

    @classmethod
    def of(cls, person: Person) -> Self:
        """What a Member or a Client says."""
        return cls(**{field.name: getattr(person, field.name) for field in fields(cls)})

    @classmethod
    def from_form(cls, cleaned: Mapping[str, Any], kept: Person | None = None) -> Self:
        """A form's ``cleaned_data``; what the form does not ask is taken from ``kept``."""
        known = asdict(cls.of(kept)) if kept is not None else {"given_name": ""}
        asked = {field.name: cleaned[field.name] for field in fields(cls) if field.name in cleaned}
        return cls(**known | asked)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.given_name} {self.family_name}".strip()

    def values(self) -> dict[str, Any]:
        """As the columns of a Member or a Client."""
        return asdict(self)

    def differences(self, person: Person) -> tuple[str, ...]:
        """The names of the fields in which ``person`` says something else."""
        return tuple(name for name, value in asdict(self).items() if getattr(person, name) != value)

    def changes(self, current: Person, seen: Self | None) -> tuple[str, ...]:
        """The names of the fields to write to ``current``: those in which it differs.

        Where ``seen`` says what the writer had before them, only those that they changed; what they left as
        it was stays as it is now. Raises ChangedMeanwhile where a field became something else meanwhile.
        """
        different = self.differences(current)
        if seen is None:
            return different
        mine = {name for name, value in asdict(seen).items() if getattr(self, name) != value}
        if mine & set(different) & set(seen.differences(current)):
            raise ChangedMeanwhile
        return tuple(name for name in different if name in mine)


def clean_text(text: str) -> str:
    """Without control and invisible characters, composed, with single spaces and none at the ends."""
    shown = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Cs", "Co") or char in KEPT_INVISIBLE
    )
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", shown)).strip()


def parse_phone(text: str, country: str) -> str:
    """A phone number in E.164, read as one dials it in ``country`` (ISO 3166-1 alpha-2).

    Raises PhoneUnusable for what cannot be a number, and for one with an extension, which we cannot keep.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise PhoneUnusable from error
    if number.extension:
        raise PhoneUnusable(_("Leave the extension out: texts and calls go to the number itself."))
    if not phonenumbers.is_possible_number(number):
        raise PhoneUnusable
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def format_phone(phone: str, country: str) -> str:
    """A stored number as it is written in ``country``: national at home, international abroad."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(number, style.NATIONAL if at_home else style.INTERNATIONAL))


def check_birth_date(born_on: date, today: date) -> date:
    """``born_on``, unless nobody alive was born then. Raises BirthDateUnusable."""
    if born_on > today:
        raise BirthDateUnusable(_("This day is still to come. Check the year."))
    if born_on < EARLIEST_BIRTH:
        raise BirthDateUnusable(_("This is before 1900. Check the year."))
    return born_on


def check_of_age(born_on: date | None, today: date, years: int) -> None:
    """Raise UnderAge for somebody younger than ``years``; without a birth date nothing is known yet."""
    if born_on is not None and born_on > born_on_or_before(today, years):
        raise UnderAge(
            _(
                "An account owner is an adult, %(years)s or older here, and this person is %(age)s. "
                "Begin with a parent or guardian, then add this person to the family."
            )
            % {"years": years, "age": age_in_years(born_on, today)}
        )


def family_name_of(owner: PersonFields) -> str:
    """What the account of ``owner`` is called, until the family calls it otherwise."""
    return str(_("%(name)s family") % {"name": owner.family_name or owner.given_name})
