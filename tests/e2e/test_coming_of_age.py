"""Two who grew up in one account: one leaves for an own and lets a parent get messages, the other stays (B03)."""

import re

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

OWN = "bitterns boom by the reeds"


def grown_up(club: Club, enter: Enter, name: str) -> Person:
    """Somebody who came of age in the family, and opens the login that the owner invites them to."""
    club.sql(
        "UPDATE accounts_member SET created_at = now() - interval '3 years'"
        " WHERE given_name = %s AND family_name = 'Bergman'",
        name,
    )
    address = club.setting.address(f"{name.lower()}.bergman")
    owner, person = enter("grown"), enter()
    owner.open("/my/people/")
    owner.press(f"{name} Bergman", exact=True)
    owner.press("Invite to a login")
    owner.fill(email=address)
    owner.press("Send the link")
    owner.sees("Invited", address)
    found = re.search(r"http://\S+/own-login/[^\s\"<]+", club.mail_to(address))
    assert found is not None
    person.open(found[0])
    person.fill(password=OWN)
    person.page.locator("main form .primary").click()
    person.page.wait_for_url(re.compile(r"/my/$"))
    return person


def begin(person: Person) -> None:
    person.sees("You are an adult now")
    person.page.get_by_role("link", name="Decide").click()
    person.sees("Step 1 of 3", "What has changed", "Everything that is booked.")


def test_an_own_account_with_one_right_granted_to_a_parent(club: Club, enter: Enter) -> None:
    juno = grown_up(club, enter, "Juno")
    begin(juno)
    assert juno.page.get_by_label("An account of my own").is_checked()
    juno.press("Go on")
    juno.sees("You have an account of your own now.", "Step 2 of 3", "What Ines Bergman may do for you")
    assert juno.page.locator("main input[type=checkbox]:checked").count() == 0

    juno.open("/my/")
    juno.page.get_by_role("link", name="Go on").click()
    juno.page.get_by_label("Get messages").check()
    juno.press("Save and go on")
    juno.sees("Step 3 of 3", "Sign for Kingfisher Club", "Season waiver")
    juno.press("Done")
    juno.sees("You have taken your own affairs over.")

    address = club.setting.logins["grown"]
    assert "Get messages" in club.mail_to(address, "Get messages")
    owner = enter("grown")
    owner.open("/my/people/")
    assert "In other accounts" in owner.words
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/clients/{club.setting.clients['Juno']}/")
    desk.sees("Juno Bergman")


def test_staying_leaves_the_account_and_ends_what_the_owner_may(club: Club, enter: Enter) -> None:
    vera = grown_up(club, enter, "Vera")
    begin(vera)
    second = vera.page
    vera.tab()
    vera.open("/my/coming-of-age/")
    vera.page.get_by_label("I stay in my family").check()
    vera.press("Go on")
    vera.sees("You stay in your family’s account, and decide for yourself.", "Step 2 of 3")
    second.get_by_role("button", name="Go on").click()
    second.get_by_text("You have decided already").wait_for()
    vera.press("Save and go on")
    vera.press("Done")
    vera.sees("You have taken your own affairs over.")

    assert "decides alone from here on" in club.mail_to(club.setting.logins["grown"], "Vera")
    owner = enter("grown")
    owner.open("/my/people/")
    owner.sees("Has a login, and decides alone.")
