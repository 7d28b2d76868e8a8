"""A card is lent to a teenager who books alone; the desk registers somebody for who asks, with a reason."""

import re

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.steps import begin_booking, sign, type_card, wait_until_booked

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CHANGE = re.compile(r"^Change\s*:\s*Enzo$")
OWN = "swifts sleep on the wing"
SEE_ONLY = """
INSERT INTO relationships_managerlink (code, manager_id, dependent_id, kind, starts_on, waiting, guardian_reason,
    view, book, forms, sign, notify, use_passes, edit_profile, pick_up, is_legal_guardian, dependent_may_pay,
    dependent_cap_currency, dependent_may_use_passes, staff_may_charge, may_book_self, may_edit_self, created_at)
SELECT 'SEE' || right('0000000' || m.id, 7), m.id, d.id, 'other', current_date - 9, '{}', '', true, false, false,
    false, false, false, false, false, false, false, '', false, false, false, false, now()
FROM accounts_member m, accounts_member d
WHERE m.email = %s AND d.given_name = 'Daan' AND d.account_id =
    (SELECT account_id FROM accounts_member WHERE email = %s)
"""


def test_a_teenager_pays_with_the_lent_card_up_to_the_cap_and_is_refused_above_it(
    club: Club, enter: Enter
) -> None:
    owner, teenager = enter("lending"), enter(width=390)
    address = club.setting.address("enzo.marchetti")
    begin_booking(owner, club, "session", "today", "Enzo")
    sign(owner, "Bianca Marchetti")
    type_card(owner)
    owner.press("Pay $13.56")
    wait_until_booked(owner)

    [(code,)] = club.sql(
        "SELECT code FROM accounts_member WHERE given_name = 'Enzo' ORDER BY id DESC LIMIT 1"
    )
    owner.open(f"/my/people/{code}/login/")
    owner.fill(email=address)
    owner.page.get_by_label("May book and cancel alone").check()
    owner.press("Send the link")
    owner.sees("Invited", address)
    link = re.search(r"http://[^/]+(/own-login/\S+)", club.mail_to(address, "/own-login/"))
    assert link is not None
    teenager.open(link[1])
    teenager.fill(password=OWN)
    teenager.press("Open my login")
    teenager.page.wait_for_url("**/my/")
    booking = f"/o/{club.setting.slug}/book/session"
    teenager.open(f"{booking}/{club.setting.offers['art']}/")
    teenager.sees("Only an owner of the account can do this.")

    owner.open("/my/who-can-do-what/")
    owner.page.get_by_role("link", name=CHANGE).click()
    owner.page.get_by_label("May pay with my card").check()
    owner.fill(cap="20.00")
    owner.press("Save")
    owner.page.wait_for_url("**/who-can-do-what/")

    begin_booking(teenager, club, "session", "art", "You")
    teenager.sees("Card of Bianca", "$20.00 left for you this month")
    assert "4242" not in teenager.page.content()
    teenager.press("Pay $16.95")
    wait_until_booked(teenager)
    teenager.sees("Card of Bianca", "The bill went to who lent the card.")

    begin_booking(teenager, club, "session", "clay", "You")
    teenager.sees("$3.05 left for you this month, and this costs $22.60")
    assert teenager.page.get_by_role("button", name="Pay").count() == 0
    checkout = teenager.path
    teenager.page.evaluate(
        """() => { const form = document.querySelector("form.checkout");
        form.querySelector("[name=card]").disabled = false; form.querySelector("[name=card]").checked = true;
        form.submit(); }"""
    )
    teenager.sees("Nothing was charged. Ask Bianca to raise the limit, or to pay")

    assert "Enzo booked this with the card you lend" in club.mail_to(
        club.setting.logins["lending"], "Open art"
    )
    owner.open("/my/who-can-do-what/")
    owner.page.get_by_role("link", name=CHANGE).click()
    owner.sees("Spent with your card this month", f"$16.95 at {club.setting.name}")
    owner.open(checkout)
    owner.press("Pay $22.60")
    wait_until_booked(owner)


def test_the_desk_registers_somebody_for_who_asks_and_passes_a_missing_right_over_with_a_reason(
    club: Club, enter: Enter
) -> None:
    setting = club.setting
    club.sql(SEE_ONLY, setting.logins["asks"], setting.logins["asked"])
    desk = enter("desk")
    desk.open(f"/staff/{setting.slug}/sessions/{setting.offers['art']}/")
    desk.press("Register")
    desk.page.locator("#id_q").fill("Zubiri")
    desk.page.locator("#id_q").press("Enter")
    desk.press("Maite Zubiri")
    desk.sees("Maite Zubiri asks.", "Maite may book for them.", "Maite may not book for them:")
    assert desk.page.get_by_label("Daan Hollander").is_disabled()
    desk.page.get_by_label("Maite Zubiri").uncheck()
    desk.page.get_by_label("Xabi Zubiri").check()
    desk.press("Go on to paying")
    desk.sees("Xabi has not signed “Season waiver”", "Zubiri family pays later")
    desk.press("Register", exact=True)
    desk.sees("The bill is left open.")

    boss = enter("supervisor")
    boss.open(f"/staff/{setting.slug}/clients/{setting.clients['Maite']}/")
    boss.press("Register")
    row = boss.page.get_by_role("listitem").filter(has_text="Open art")
    row.get_by_role("link", name="This day").click()
    boss.page.get_by_label("Maite Zubiri").uncheck()
    boss.page.get_by_label("Daan Hollander").check()
    boss.press("Go on to paying")
    boss.sees("Write why you pass over the missing right.")
    boss.fill(reason="His mother phoned us")
    boss.press("Go on to paying")
    boss.sees("Hollander family pays later")
    boss.press("Register", exact=True)
    boss.sees("The bill is left open.")
    boss.open(f"/staff/{setting.slug}/activity/")
    boss.sees("The desk booked though a right was missing: His mother phoned us")
