"""Step 6: the front desk, from the live schedule over the roster to the client."""

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.steps import begin_booking, sign, type_card, wait_until_booked

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
MEMO = "Wears a hearing aid on land"


def test_the_desk_opens_the_class_reads_the_marks_checks_both_in_and_reaches_the_client(
    club: Club, enter: Enter
) -> None:
    owner = enter("roster")
    begin_booking(owner, club, "session", "today", "Pilar", "Rafael")
    sign(owner, "Marisol Castellan")
    type_card(owner)
    owner.press("Pay $27.12")
    wait_until_booked(owner)

    supervisor = enter("supervisor")
    supervisor.open(f"/staff/{club.setting.slug}/clients/?q=pilar")
    supervisor.press("Pilar Castellan")
    supervisor.press("Write", exact=True)
    dialog = supervisor.page.get_by_role("dialog")
    dialog.get_by_label("Memo").fill(MEMO)
    dialog.get_by_label("Star").check()
    dialog.get_by_role("button", name="Save the memo").click()
    supervisor.sees(MEMO)

    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/?day={club.setting.today}")
    desk.page.get_by_role("link", name="Open gym").click()
    desk.sees("Still to come, 2", "Pilar Castellan", "Rafael Castellan", MEMO)
    pilar = desk.page.get_by_role("row", name="Pilar Castellan")
    assert pilar.get_by_text("Signed", exact=True).count() == 1
    assert pilar.get_by_text("Paid", exact=True).count() == 1

    desk.press("Check in Pilar Castellan")
    desk.sees("Here, 1", "Still to come, 1")
    desk.press("Check in Rafael Castellan")
    desk.sees("Here, 2")
    desk.press("Undo Rafael Castellan")
    desk.sees("Here, 1", "Still to come, 1")
    state = club.sql(
        "SELECT c.given_name, r.state FROM scheduling_registration r JOIN clients_client c ON c.id = r.client_id"
        " JOIN scheduling_session s ON s.id = r.session_id WHERE s.code = %s AND r.state <> 'cancelled' ORDER BY 1",
        club.setting.offers["today"],
    )
    assert state == [("Pilar", "attended"), ("Rafael", "booked")]

    desk.press("Pilar Castellan", exact=True)
    desk.page.get_by_role("heading", name="Pilar Castellan").wait_for()
    desk.sees("About me", "Season waiver", MEMO, "Rafael Castellan")
