"""The look's tags and shells (docs/look.md)."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from accounts.models import Member, Organization
from accounts.money import Money
from accounts.templatetags import kinroll

TORONTO = Organization(name="Harbour Lane", hue=6, locale="en_CA", time_zone="America/Toronto")


def render(source: str, **context: object) -> str:
    return Template("{% load kinroll %}" + source).render(Context({"club": TORONTO, **context}))


def test_a_person_keeps_one_hue_from_the_members_id() -> None:
    assert [kinroll.hue_of(Member(pk=pk)) for pk in (1, 7, 8, 9)] == [2, 8, 1, 2]


def test_an_avatar_shows_initials_and_is_hidden_from_screen_readers() -> None:
    person = Member(pk=3, given_name="Zuri", family_name="Okafor")
    assert render("{% avatar person shape='ring' %}", person=person) == (
        '<span class="avatar ring hue-4" aria-hidden="true">ZO</span>'
    )


def test_a_name_with_markup_in_it_stays_text() -> None:
    assert "<b" not in render("{% avatar person %}", person=Member(pk=1, given_name="<b", family_name="&"))


def test_the_roll_has_one_tick_a_seat_and_says_so_in_words() -> None:
    assert render("{% roll here=1 booked=2 places=3 %}") == (
        '<span class="roll" role="img" aria-label="1 here, 2 booked, 3 places">'
        '<i class="is"></i><i class="will"></i><i></i></span>'
    )


@pytest.mark.parametrize(("places", "is_bar"), [(12, False), (13, True)])
def test_a_roll_of_more_than_twelve_in_a_tile_is_a_bar(places: int, is_bar: bool) -> None:
    page = render("{% roll here=5 places=places tile=True %}", places=places)
    assert ("<svg" in page) is is_bar


def test_times_stand_in_the_organisations_zone_and_the_pages_language() -> None:
    starts, ends = datetime(2026, 11, 19, 21, 15, tzinfo=UTC), datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    assert render("{% time_range starts ends club %}", starts=starts, ends=ends) == "4:15–5:00\u00a0pm"
    with translation.override("fr"):
        assert render("{% time_range starts ends club %}", starts=starts, ends=ends) == "16 h 15–17 h 00"


def test_an_evening_across_noon_says_both_halves_of_the_day() -> None:
    starts, ends = datetime(2026, 11, 19, 16, 30, tzinfo=UTC), datetime(2026, 11, 19, 17, 30, tzinfo=UTC)
    assert (
        render("{% time_range starts ends club %}", starts=starts, ends=ends) == "11:30\u00a0am–12:30\u00a0pm"
    )


def test_a_day_near_midnight_is_the_organisations_day() -> None:
    assert (
        kinroll.local_day(datetime(2026, 11, 20, 3, tzinfo=UTC), TORONTO, "full") == "Thursday, November 19"
    )
    assert kinroll.local_day(date(2026, 11, 19), TORONTO, "medium") == "Thu, Nov 19"
    with translation.override("fr"):
        assert kinroll.local_day(date(2026, 11, 19), TORONTO, "full") == "jeudi 19 novembre"


def test_money_is_written_as_the_country_does() -> None:
    assert render("{{ owed|money:club }}", owed=Money(-1280, "CAD")) == "−$12.80"


def test_each_form_gets_a_fresh_once() -> None:
    assert render("{% once_field %}") != render("{% once_field %}")


def test_the_style_page_shows_a_mistake_tied_to_its_field(client) -> None:  # type: ignore[no-untyped-def]
    page = client.get(reverse("public:styleguide")).content.decode()
    assert 'aria-describedby="id_born_on_error"' in page
    assert 'id="id_born_on_error"' in page
    assert " style=" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "account_email",
        "account_change_password",
        "usersessions_list",
        "account_reauthenticate",
        "account_logout",
    ],
)
def test_the_security_pages_hold_no_inline_script_or_style(name: str, web, cast) -> None:  # type: ignore[no-untyped-def]
    page = web.as_(cast.owner).get(reverse(name))
    assert page.status == 200
    assert "plain-shell" in page.html
    assert " style=" not in page.html
    assert "<script>" not in page.html
