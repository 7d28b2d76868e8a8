"""The list of accounts, an account's tabs, and how it leaves the lists and comes back (A01, A04, D09)."""

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import birth_date

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

FAMILY = "Penhallow family"


def test_an_account_is_found_read_by_its_tabs_hidden_for_want_of_activity_and_back_with_the_next(
    club: Club, enter: Enter
) -> None:
    desk = enter("desk")
    accounts = f"/staff/{club.setting.slug}/accounts/"
    desk.open(f"{accounts}new/")
    desk.fill(
        given_name="Morwenna", family_name="Penhallow", email=club.setting.address("morwenna"),
        born_on=birth_date(39),
    )  # fmt: skip
    desk.press("Save and add their family")
    desk.fill(given_name="Jory", born_on=birth_date(8))
    desk.press("Save and finish")

    desk.open(accounts)
    desk.page.get_by_label("Family, owner, phone, e-mail or number").fill("penhallow")
    desk.page.get_by_label("Who runs it").select_option("staff")
    desk.press("Show", exact=True)
    desk.sees("1 found", "Morwenna Penhallow", "Staff, family invited")
    desk.page.get_by_label("Who runs it").select_option("family")
    desk.press("Show", exact=True)
    desk.sees("0 found")
    desk.press("Clear")
    desk.page.get_by_label("Family, owner, phone, e-mail or number").fill("penhallow")
    desk.press("Show", exact=True)
    desk.press(FAMILY)

    desk.sees("Run by staff", "Jory Penhallow", "Taking over the account")
    for tab, path in (("Billing", "billing/"), ("Purchases", "purchases/"), ("Documents", "documents/")):
        desk.press(tab, exact=True)
        desk.page.wait_for_url(f"**/{path}**")
        desk.page.locator("nav.tabs [aria-current=page]").filter(has_text=tab).wait_for()
    desk.press("Members", exact=True)
    desk.press("Take it back – Morwenna Penhallow")
    desk.sees("The invitation is taken back: the link no longer works.", "was taken back.")
    desk.press("Send it again – Morwenna Penhallow")
    desk.sees("The link works until")

    number = desk.path.strip("/").split("/")[-1]
    club.sql(
        "UPDATE clients_household SET last_activity_at = now() - interval '9 years'"
        " WHERE name = %s AND number = %s",
        FAMILY,
        int(number),
    )
    club.manage("hide_inactive_accounts", "--organization", club.setting.slug)
    desk.open(f"{accounts}?q=penhallow")
    desk.sees("0 found")
    desk.press("Also hidden ones")
    desk.sees("1 found", "Hidden")
    desk.press(FAMILY)
    desk.sees("because nothing happened for long")

    desk.press("Jory Penhallow")
    desk.press("Memos")
    desk.fill(text="Asked about the spring term")
    desk.press("Save the memo")
    desk.sees("Asked about the spring term")
    desk.open(f"{accounts}?q=penhallow")
    desk.sees("1 found", FAMILY)
