"""What is known of a person, cleaned once."""

from datetime import date

import pytest

from accounts.errors import PhoneUnusable
from accounts.forms import PersonForm
from accounts.people import PersonFields, clean_text, format_phone, parse_phone

TODAY = date(2026, 11, 19)


def form(**answers: str) -> PersonForm:
    return PersonForm(answers, country="CA", today=TODAY)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Amara \t  Okafor\n", "Amara Okafor"),
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("نور حداد", "نور حداد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Ana 🐬", "Ana 🐬"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("evil\u202eeman\x00\x07", "evileman"),
        ("\u200b\u2066\u2069", ""),
        ("<b>Bo</b>", "<b>Bo</b>"),
    ],
)
def test_names_lose_what_cannot_be_seen_and_nothing_else(typed: str, kept: str) -> None:
    assert clean_text(typed).replace("  ", " ") == kept


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("(416) 555-0134", "CA", "+14165550134"),
        ("416.555.0134", "CA", "+14165550134"),
        ("+44 7911 123456", "CA", "+447911123456"),
        ("07911 123456", "GB", "+447911123456"),
    ],
)
def test_phone_numbers_are_read_as_dialled_in_the_country(typed: str, country: str, number: str) -> None:
    assert parse_phone(typed, country) == number


@pytest.mark.parametrize("typed", ["12", "call me", "416 555 0134 ext. 7", "9" * 40, "+", "<script>"])
def test_what_cannot_be_called_is_refused(typed: str) -> None:
    with pytest.raises(PhoneUnusable):
        parse_phone(typed, "CA")


def test_phone_numbers_are_written_nationally_at_home_and_internationally_abroad() -> None:
    assert [format_phone(n, "CA") for n in ("+14165550134", "+447911123456", "")] == [
        "(416) 555-0134",
        "+44 7911 123456",
        "",
    ]


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({}, "given_name", "required"),
        ({"given_name": " \u200b "}, "given_name", "required"),
        ({"given_name": "x" * 81}, "given_name", "80"),
        ({"given_name": "x" * 1_000_000}, "given_name", "80"),
        ({"given_name": "A", "born_on": "2026-11-20"}, "born_on", "still to come"),
        ({"given_name": "A", "born_on": "1850-01-01"}, "born_on", "before 1900"),
        ({"given_name": "A", "born_on": "31/31/2020"}, "born_on", "valid date"),
        ({"given_name": "A", "email": "amara@"}, "email", "name@example.com"),
        ({"given_name": "A", "phone": "123"}, "phone", "not complete"),
    ],
)
def test_a_bad_answer_names_its_field_and_says_how_to_mend_it(
    answers: dict[str, str], field: str, words: str
) -> None:
    sent = form(**answers)
    assert not sent.is_valid()
    assert list(sent.errors) == [field]
    assert words in str(sent.errors[field])


def test_good_answers_become_the_fields_of_a_person() -> None:
    sent = form(
        given_name=" Amara ",
        family_name="Okafor",
        email="Amara@Gmial.com",
        phone="416 555 0134",
        born_on="1987-05-03",
        city="Toronto",
    )
    assert sent.is_valid()
    assert sent.email_suggestion == "amara@gmail.com"
    assert sent.person == PersonFields(
        given_name="Amara",
        family_name="Okafor",
        email="amara@gmial.com",
        phone="+14165550134",
        born_on=date(1987, 5, 3),
        city="Toronto",
    )
