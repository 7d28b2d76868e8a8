"""Step: an administrator invites a contributor, who works, is locked out, and the place changes its look."""

import re

import pytest
from playwright.sync_api import FilePayload

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import NAME
from tests.pictures import plain

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PASSWORD = "avocets amble at ebb"


def test_a_contributor_is_invited_works_and_is_locked_out(club: Club, enter: Enter) -> None:
    address, here = club.setting.address("orla.finch"), f"/staff/{club.setting.slug}"
    chief, orla = enter("administrator"), enter()
    chief.open(f"{here}/")
    chief.press("Settings")
    chief.press("Staff")
    chief.press("Add somebody")
    chief.fill(name="Orla Finch", email=address)
    chief.press("Add and invite")
    chief.sees("Choose at least one role")
    chief.page.get_by_label("Account contributor").check()
    chief.press("Add and invite")
    chief.sees(f"Invitation sent to {address}")
    page_of_orla = chief.path

    orla.open(join_link(club.mail_to(address)))
    orla.sees("Hello Orla Finch", f"{NAME} invites you to its staff.")
    orla.fill(password="orla")
    orla.press("Make my login")
    orla.page.locator("[aria-invalid=true]").first.wait_for()
    orla.fill(password=PASSWORD)
    orla.press("Make my login")
    orla.sees("Welcome. This is what you may do here.", "Make new accounts, add people to them")
    assert orla.page.get_by_role("link", name="New role").count() == 0

    orla.press("Accounts")
    orla.press("New account")
    orla.fill(given_name="Piet", family_name="Bakker")
    orla.press("Save and add their family")
    orla.sees("In the family so far")
    for closed in ("/", "/settings/", "/settings/staff/", "/settings/organization/"):
        orla.open(here + closed)
        orla.sees("This page is not part of your role")

    chief.open(page_of_orla)
    chief.press("Deactivate")
    chief.sees("They are locked out at once. You can let them back in.")
    chief.page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    chief.sees("Orla Finch can open nothing here any more.")
    orla.open(f"{here}/accounts/")
    assert "Accounts" not in orla.words
    orla.open("/")
    assert NAME not in orla.words

    chief.press("Let them back in")
    chief.sees("Orla Finch works here again.")
    orla.open(f"{here}/accounts/")
    orla.sees("Bakker")


def test_the_last_administrator_cannot_step_down(club: Club, enter: Enter) -> None:
    chief = enter("administrator")
    chief.open(f"/staff/{club.setting.slug}/settings/staff/")
    chief.page.get_by_role("main").get_by_role("link", name="Priya Nair").click()
    chief.sees("Only another administrator can lock you out.")
    chief.page.get_by_label("Administrator", exact=False).first.uncheck()
    chief.page.get_by_label("Front desk").check()
    chief.press("Save", exact=True)
    chief.sees("Then nobody could manage staff and settings any more.")


def test_name_logo_and_colour_are_seen_on_the_public_page(club: Club, enter: Enter) -> None:
    chief, stranger = enter("administrator"), enter()
    public = f"/o/{club.setting.slug}/"
    settings = f"/staff/{club.setting.slug}/settings/organization/"
    chief.open(settings)
    second = chief.context.new_page()
    second.goto(chief.page.url)
    logo: FilePayload = {
        "name": "kingfisher.png",
        "mimeType": "image/png",
        "buffer": plain((300, 300), "orange", "PNG"),
    }
    chief.fill(tagline="Dive in at any age", hold_minutes="20")
    chief.page.locator("input[name=logo]").set_input_files(files=[logo])
    chief.page.get_by_label("Violet").check()
    chief.press("Save the settings")
    chief.sees("Settings saved", "Whoever checks out has 20 minutes")
    assert is_shown(chief)

    second.get_by_role("button", name="Save the settings").click()
    second.get_by_text("Somebody else changed this while your page was open.").wait_for()
    second.get_by_text("Saved now: Dive in at any age").first.wait_for()

    for _try in range(20):  # another process may know the organisation as it was five seconds ago
        stranger.open(public)
        if "Dive in at any age" in stranger.words:
            break
        stranger.page.wait_for_timeout(500)
    stranger.sees("Dive in at any age")
    assert is_shown(stranger)

    chief.open(settings)
    chief.fill(tagline="", hold_minutes="15")
    chief.page.get_by_label("Show the letter instead of the logo").check()
    chief.press("Save the settings")
    chief.sees("Settings saved")
    assert chief.page.locator(".topbar .avatar.logo").count() == 0
    assert chief.page.locator(".topbar-place .avatar.hue-7").count() == 1


def is_shown(person: Person) -> bool:
    """Whether the organisation's logo has been loaded and painted."""
    logo = person.page.locator(".avatar.logo img").first
    logo.wait_for()
    return bool(logo.evaluate("image => image.decode().then(() => image.naturalWidth > 0)"))


def join_link(mail: str) -> str:
    """The invitation's link in a mail's text."""
    found = re.search(r"http://\S+/join/[^\s\"<]+", mail)
    assert found is not None, mail
    return found[0]
