"""A family claims whom the desk entered, person by person; a child moves to another account."""

import re

import pytest

from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import birth_date
from tests.e2e.test_desk import claim_link

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_family_says_who_is_who_and_the_books_stay_equal(club: Club, enter: Enter) -> None:
    address = club.setting.logins["claims"]
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/accounts/new/")
    desk.fill(given_name="Ebba", family_name="Lindgren", email=address, born_on=birth_date(38))
    desk.press("Save and add their family")
    desk.sees("Already a client here.")
    desk.press("Add anyway")
    desk.sees("In the family so far")
    for name, age, button in (
        ("Olle", 8, "Save and add another"),
        ("Tuva", 5, "Save and add another"),
        ("Sixten", 7, "Save and finish"),
    ):
        desk.fill(given_name=name, born_on=birth_date(age))
        desk.press(button)
        if "Perhaps a client already" in desk.page.content():
            desk.press("Add anyway, then another")
    number = int(re.search(r"/accounts/(\d+)/", desk.page.url)[1])  # type: ignore[index]
    household = club.sql(
        "SELECT id FROM clients_household WHERE number = %s AND name LIKE 'Lindgren%%'", number
    )[0][0]
    _owe(club, household)
    before = _books(club)

    family = enter("claims")
    family.open(claim_link(club.mail_to(address)))
    family.sees("you have one of your own")
    family.fill(born_on=birth_date(38))
    family.press("Go on")
    family.sees("Who is who?", "Tuva Lindgren", "Sixten Lindgren")
    card = family.page.locator("section.card", has_text="Sixten Lindgren")
    card.get_by_label("Not of my family").check()
    family.press("Connect these people")
    family.sees("Connected", "1 person is not of your family")
    family.open("/my/people/")
    family.sees("Tuva")
    assert "Sixten" not in family.page.content()
    assert _books(club) == before
    assert club.sql("SELECT merged_into_id IS NOT NULL FROM clients_household WHERE id = %s", household)[0][0]


def test_a_child_moves_when_the_owners_of_both_accounts_agree(club: Club, enter: Enter) -> None:
    owner = enter("moving")
    owner.open("/my/people/")
    owner.page.get_by_role("link", name="Signe").first.click()
    owner.page.get_by_role("link", name="Move to another account").click()
    owner.sees("Every owner of both accounts is asked.")
    owner.fill(target=club.setting.logins["claims"])
    owner.press("Ask the owners")
    owner.sees("The owners of the other account", "Not answered yet")
    address = owner.page.url

    other = enter("claims")
    other.open("/my/")
    other.sees("Shall Signe Nygaard move to another account?")
    other.open(address)
    other.press("Agree")
    other.sees("All have agreed: Signe has moved.")
    other.open("/my/people/")
    other.sees("Signe")
    owner.open("/my/people/")
    owner.sees("In another account. You may book.")


def _owe(club: Club, household: int) -> None:
    """Something is owed in the books, as an issued bill would have it."""
    club.sql(
        """
        WITH home AS (SELECT id, organization_id FROM clients_household WHERE id = %s),
        owed AS (
            INSERT INTO billing_ledgeraccount (organization_id, code)
            SELECT organization_id, code FROM home, (VALUES ('receivable'), ('revenue:swim')) AS c(code)
            ON CONFLICT (organization_id, code) DO UPDATE SET code = EXCLUDED.code RETURNING id, code
        ),
        moved AS (
            INSERT INTO billing_ledgertransaction (organization_id, kind, at)
            SELECT organization_id, 'invoice', now() FROM home RETURNING id, organization_id
        )
        INSERT INTO billing_ledgerentry (organization_id, transaction_id, account_id, household_id, amount_minor)
        SELECT moved.organization_id, moved.id, owed.id,
            CASE WHEN code = 'receivable' THEN home.id END,
            CASE WHEN code = 'receivable' THEN 4200 ELSE -4200 END
        FROM moved, owed, home RETURNING id
        """,
        household,
    )


def _books(club: Club) -> list[tuple[object, ...]]:
    """The sum of each account of the books."""
    rows = club.sql(
        "SELECT a.code, sum(e.amount_minor)::bigint FROM billing_ledgerentry e "
        "JOIN billing_ledgeraccount a ON a.id = e.account_id "
        "JOIN accounts_organization o ON o.id = a.organization_id WHERE o.slug = %s GROUP BY a.code ORDER BY 1",
        club.setting.slug,
    )
    return [tuple(row) for row in rows]
