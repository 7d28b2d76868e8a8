"""Step 1: the front desk makes a family, and its owner takes the account over."""

import re

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import NAME, birth_date

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_the_desk_makes_a_family_and_its_owner_takes_it_over_with_the_mailed_link(
    club: Club, enter: Enter
) -> None:
    wanda = club.setting.address("wanda.jelinek")
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/clients/")
    desk.press("New account")

    desk.fill(given_name="Wanda", family_name="Jelinek", born_on=birth_date(37))
    desk.fill(email=club.setting.logins["booking"])
    desk.page.keyboard.press("Tab")
    desk.sees("Already a client here.", "Abara family")
    desk.fill(email="wanda@gmial.com")
    desk.page.keyboard.press("Tab")
    desk.sees("Did you mean wanda@gmail.com?")
    desk.fill(email="wanda@kingfisher")
    desk.page.keyboard.press("Tab")
    desk.page.locator("#email-check .note.stop").wait_for()
    desk.fill(email=wanda)
    desk.press("Save and add their family")

    desk.sees("In the family so far")
    desk.fill(given_name="Otto", born_on=birth_date(8))
    desk.press("Save and add another")
    desk.sees("Otto Jelinek is in the family.")
    desk.fill(given_name="Klara", born_on=birth_date(6))
    desk.press("Save and finish")
    desk.sees("Klara Jelinek", "Otto Jelinek", "Wanda Jelinek", "Run by staff")

    owner = enter()
    owner.open(claim_link(club.mail_to(wanda)))
    owner.sees(f"{NAME} made an account for you.")
    owner.fill(born_on=birth_date(36), password="wagtails wade in water")
    owner.press("Open my account")
    owner.page.locator("[aria-invalid=true]").first.wait_for()
    owner.fill(born_on=birth_date(37), password="wagtails wade in water")
    owner.press("Open my account")
    owner.page.wait_for_url("**/my/")
    owner.sees("Welcome. This is your family’s home.", "Otto", "Klara")


def test_the_desk_code_opens_the_account_and_five_wrong_tries_end_the_link(club: Club, enter: Enter) -> None:
    address = club.setting.address("bogdan.ilic")
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/accounts/new/")
    desk.fill(given_name="Bogdan", family_name="Ilic", email=address, born_on=birth_date(41))
    desk.press("Save and add their family")
    desk.press("Nobody else")
    owner = enter()
    owner.open(claim_link(club.mail_to(address)))
    for _try in range(5):
        owner.sees("Open your account")
        owner.fill(desk_code="000000", password="redstarts rest in rafters")
        owner.press("Open my account")
    owner.sees("This link no longer works")
    desk.page.reload()
    desk.sees("no longer works")

    club.sql(
        "UPDATE accounts_invitation SET created_at = created_at - interval '1 hour' WHERE email = %s", address
    )
    owner.press("Send a new mail")
    owner.sees("a new mail is on its way")
    dead = owner.page.url
    desk.page.reload()
    code = desk.page.locator("b.money.big").inner_text().replace("\xa0", "")
    owner.open(claim_link(club.mail_to(address, without=dead)))
    owner.fill(desk_code=code, password="redstarts rest in rafters")
    owner.press("Open my account")
    owner.page.wait_for_url("**/my/")
    owner.sees("Ilic family")


def claim_link(mail: str) -> str:
    """The activation link in a mail's text."""
    found = re.search(r"http://\S+/claim/[^\s\"<]+", mail)
    assert found is not None, mail
    return found[0]
