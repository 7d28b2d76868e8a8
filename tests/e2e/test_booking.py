"""Steps 2 to 5: a family signs itself up, books, signs and pays; then with the saved card, without scripts."""

import re

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import birth_date
from tests.e2e.steps import Books, begin_booking, books_of, choose, sign, type_card, wait_until_booked

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_family_signs_itself_up_confirms_by_mail_and_adds_two_children(club: Club, enter: Enter) -> None:
    email = club.setting.address("mirela.kos")
    family = enter()
    family.open(f"/o/{club.setting.slug}/sign-up/")

    family.fill(given_name="Mirela", family_name="Kos", email=email, password="magpies mind their manners")
    family.fill(born_on=birth_date(16))
    family.press("Sign up", exact=True)
    family.sees("Nothing was stored.")
    assert club.sql("SELECT count(*) FROM accounts_member WHERE email = %s", email) == [(0,)]
    assert club.sql("SELECT count(*) FROM accounts_user WHERE email = %s", email) == [(0,)]

    family.fill(born_on=birth_date(34), password="magpies mind their manners")
    family.press("Sign up", exact=True)
    family.sees("Check your mail", email)
    link = re.search(r"http://\S+/confirm-email/\S+", club.mail_to(email))
    assert link is not None
    family.open(link[0])
    family.press("Yes, confirm")
    if "/login/" in family.path:
        family.fill(login=email, password="magpies mind their manners")
        family.press("Log in", exact=True)
    family.page.wait_for_url("**/my/")

    family.press("Add a person")
    family.fill(given_name="Ana", family_name="Kos", born_on=birth_date(8))
    family.press("Save and add another")
    family.sees("Your family so far", "Ana Kos")
    family.fill(given_name="Luka", family_name="Kos", born_on=birth_date(6))
    family.press("Save", exact=True)
    family.page.wait_for_url("**/my/people/")
    family.sees("Mirela Kos", "Ana Kos", "Luka Kos")


def test_two_children_are_booked_signed_for_and_paid_at_once_then_again_without_scripts(
    club: Club, enter: Enter
) -> None:
    owner = enter("booking")
    owner.open(f"/o/{club.setting.slug}/")
    owner.page.get_by_role("link", name="Book Swim 2 · Otters").click()
    owner.sees("Who is it for?", "Ife", "Tayo", "Bisi")
    assert owner.page.get_by_label("Bisi").is_disabled()
    assert "Too young: Bisi is 3, and this class is for 6 to 9." in owner.words
    choose(owner, "Ife", "Tayo")

    owner.page.wait_for_url("**/checkout/**")
    checkout = owner.page.url
    owner.sees("For Ife", "For Tayo", "$192.00", "HST", "$24.96", "Pay $216.96")
    assert owner.page.get_by_label("Type your full name to sign").count() == 1
    sign(owner, "Ngozi Abara")
    type_card(owner)
    owner.page.get_by_role("button", name="Pay $216.96").dblclick()
    wait_until_booked(owner)
    once = Books(
        invoices=1,
        total_minor=21696,
        payments=1,
        ledger_transactions=2,
        seats=8,
        signatures=2,
        stripe_customers=1,
    )
    assert books_of(club, "booking") == once

    owner.open(checkout)
    assert owner.path.endswith("/done/")
    owner.page.reload()
    assert books_of(club, "booking") == once

    mail = club.mail_to(club.setting.logins["booking"], "Booked:")
    assert "Swim 2 · Otters for Ife" in mail
    assert "Swim 2 · Otters for Tayo" in mail
    assert "Paid: $216.96, Visa ending 4242" in mail

    still = enter("booking", scripts=False)
    begin_booking(still, club, "session", "clay", "Ife", "Tayo")
    still.sees("For Ife", "For Tayo", "Visa ending 4242")
    still.press("Pay $45.20")
    wait_until_booked(still)
    assert books_of(club, "booking") == Books(
        invoices=2,
        total_minor=26216,
        payments=2,
        ledger_transactions=4,
        seats=10,
        signatures=2,
        stripe_customers=1,
    )

    owner.open("/my/")
    owner.sees("Ife", "Tayo", "Swim 2 · Otters", "Clay for all")
    owner.open("/my/bills/")
    owner.sees("$216.96", "$45.20", "Paid")
    owner.open("/my/cards/")
    owner.sees("Visa ending 4242")
    assert "424242" not in owner.page.content()
