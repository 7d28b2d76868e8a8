"""What several journeys do the same way: choose a class, sign, type a card, and look into the books."""

from dataclasses import dataclass

from tests.e2e.browser import Person
from tests.e2e.conftest import Club

GOOD_CARD = "4242 4242 4242 4242"


def begin_booking(person: Person, club: Club, kind: str, offer: str, *names: str) -> None:
    """From the book page to checkout: the places are held."""
    person.open(f"/o/{club.setting.slug}/book/{kind}/{club.setting.offers[offer]}/")
    choose(person, *names)
    person.page.wait_for_url("**/checkout/**")


def choose(person: Person, *names: str) -> None:
    """Tick people on the book page and go on."""
    for name in names:
        person.page.get_by_label(name).check()
    person.press("Go to checkout")


def sign(person: Person, name: str) -> None:
    """Type the name under the waiver."""
    person.page.get_by_label("Type your full name to sign").fill(name)


def type_card(person: Person, number: str = GOOD_CARD) -> None:
    """Type a new card into the card element."""
    page = person.page
    page.get_by_label("Card number").fill("")
    page.get_by_label("Card number").press_sequentially(number)
    page.get_by_label("Expiry month").fill("12")
    page.get_by_label("Expiry year (two digits)").fill("34")
    page.get_by_label("Security code").fill("123")


def wait_until_booked(person: Person) -> None:
    """The last page of a checkout."""
    person.page.wait_for_url("**/done/")
    person.page.get_by_role("heading", name="Booked", exact=True).wait_for()


@dataclass(frozen=True, kw_only=True)
class Books:
    """Everything one family bought, counted in the database."""

    invoices: int = 0
    total_minor: int = 0
    payments: int = 0  # succeeded ones
    ledger_transactions: int = 0
    ledger_sum: int = 0  # 0: every transaction balances
    seats: int = 0  # active registrations
    signatures: int = 0
    stripe_customers: int = 0


def books_of(club: Club, family: str) -> Books:
    """Count what the family with this key has."""
    email = club.setting.logins[family]
    row = club.sql(
        """
        WITH house AS (
            SELECT h.id, h.account_id FROM clients_household h
            JOIN accounts_member m ON m.account_id = h.account_id WHERE m.email = %(email)s
        ), bought AS (SELECT * FROM billing_invoice WHERE household_id IN (SELECT id FROM house)),
        moved AS (
            SELECT DISTINCT transaction_id AS id FROM billing_ledgerentry
            WHERE household_id IN (SELECT id FROM house)
        ),
        people AS (SELECT id FROM clients_client WHERE household_id IN (SELECT id FROM house))
        SELECT
            (SELECT count(*) FROM bought),
            (SELECT coalesce(sum(total_minor), 0) FROM bought),
            (SELECT count(*) FROM billing_payment
             WHERE household_id IN (SELECT id FROM house) AND state = 'succeeded'),
            (SELECT count(*) FROM moved),
            (SELECT coalesce(sum(amount_minor), 0) FROM billing_ledgerentry
             WHERE transaction_id IN (SELECT id FROM moved)),
            (SELECT count(*) FROM scheduling_registration WHERE client_id IN (SELECT id FROM people)
             AND state IN ('held', 'booked', 'attended', 'no_show')),
            (SELECT count(*) FROM waivers_signature WHERE client_id IN (SELECT id FROM people)),
            (SELECT count(*) FROM billing_stripecustomer WHERE account_id IN (SELECT account_id FROM house))
        """.replace("%(email)s", "%s"),
        email,
    )[0]
    names = Books.__dataclass_fields__
    return Books(**dict(zip(names, map(int, row), strict=True)))
