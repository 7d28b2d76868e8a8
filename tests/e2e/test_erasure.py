"""A family is erased: first a child, then all of it; the login, the mails, the card at Stripe, and what staff see."""

import re
import time

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import PASSWORD
from tests.e2e.steps import begin_booking, books_of, sign, type_card, wait_until_booked
from tests.e2e.test_every_page import _violations

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TRACES = """
SELECT (SELECT count(*) FROM accounts_member WHERE family_name = 'Quimby'),
    (SELECT count(*) FROM clients_client WHERE family_name = 'Quimby' OR search_text LIKE '%%quimby%%'),
    (SELECT count(*) FROM clients_household WHERE search_text LIKE '%%quimby%%' OR name LIKE '%%Quimby%%'),
    (SELECT count(*) FROM accounts_user WHERE email = %s), (SELECT count(*) FROM account_emailaddress WHERE email = %s),
    (SELECT count(*) FROM messaging_message WHERE address = %s)
"""


def test_a_family_erases_a_child_and_then_itself_and_nothing_of_it_is_left(club: Club, enter: Enter) -> None:
    email = club.setting.logins["erased"]
    owner = enter("erased")
    begin_booking(owner, club, "session", "clay", "Perrin", "Odo")
    sign(owner, "Tamsin Quimby")
    type_card(owner)
    owner.press("Pay $45.20")
    wait_until_booked(owner)
    before = books_of(club, "erased")
    [(number,)] = club.sql(
        "SELECT number FROM clients_household h JOIN accounts_member m USING (account_id) WHERE m.email = %s",
        email,
    )

    owner.open("/my/privacy/")
    owner.press("See what can be erased")
    owner.page.get_by_role("link", name=re.compile("What goes.*Odo Quimby")).click()
    owner.sees("Erase Odo Quimby", "Name, birth date", f"The profile at {club.setting.name}")
    owner.sees("1 place in a class to come.")
    owner.press("Go on")
    prove(owner)
    owner.fill(name="Odo")
    owner.press("Erase for good")
    owner.sees("This is not the name. It is “Odo Quimby”.")
    accessible(owner)
    owner.fill(name="odo quimby")
    owner.press("Erase for good")
    owner.page.wait_for_url("**/my/privacy/erasure/**")
    wait_until_erased(owner)
    owner.open("/my/people/")
    owner.sees("Tamsin Quimby", "Perrin Quimby")
    assert "Odo" not in owner.words
    assert club.mail_to(email, "Somebody in your account is erased")

    phone = enter("erased")
    phone.open("/my/")
    owner.open("/my/privacy/erase/account/")
    owner.sees("1 saved card, here and at the payment service", "1 bill with its payments")
    owner.press("Go on")
    if "reauthenticate" in owner.path:
        prove(owner)
    owner.fill(name="Quimby family")
    owner.press("Erase for good")
    owner.page.wait_for_url("**/erased/")
    owner.sees("You are erased")
    phone.open("/my/")
    phone.page.wait_for_url("**/login/login/**")
    phone.fill(login=email, password=PASSWORD)
    phone.press("Log in", exact=True)
    phone.page.locator(".note.stop, [aria-invalid=true]").first.wait_for()

    assert "This is the last mail." in club.mail_to(email, "Everything about you is erased")
    assert club.sql(TRACES, email, email, email) == [(0, 0, 0, 0, 0, 0)]
    desk = enter("supervisor")
    desk.open(f"/staff/{club.setting.slug}/accounts/{number}/")
    desk.sees(f"Erased account {number}", "as the family asked")
    assert "Quimby" not in desk.page.content()
    desk.open(f"/staff/{club.setting.slug}/accounts/{number}/billing/")
    desk.sees("$45.20")
    desk.open(f"/staff/{club.setting.slug}/clients/?q=quimby")
    assert "Perrin" not in desk.words
    after = club.sql(
        "SELECT count(*), sum(total_minor) FROM billing_invoice i JOIN clients_household h ON h.id = i.household_id"
        " WHERE h.number = %s AND h.organization_id = (SELECT id FROM accounts_organization WHERE slug = %s)",
        number,
        club.setting.slug,
    )
    assert [tuple(map(int, row)) for row in after] == [(before.invoices, before.total_minor)]


def prove(person: Person) -> None:
    """The password, once more."""
    person.page.wait_for_url("**/reauthenticate/**")
    person.fill(password=PASSWORD)
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/confirm/")


def wait_until_erased(person: Person) -> None:
    """The page that says how it stands, until the worker is done."""
    for _try in range(60):
        if "Everything that was held is gone" in person.words:
            return
        time.sleep(0.5)
        person.page.reload()
    raise AssertionError(person.words)


def accessible(person: Person) -> None:
    """The page that asks for the name, which nobody reaches without a proof."""
    assert _violations(person) == []
