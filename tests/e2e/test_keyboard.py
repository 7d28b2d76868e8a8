"""Step 8: everything is reached by the keyboard alone."""

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.steps import Books, books_of, wait_until_booked

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
MOST_STEPS = 120

FOCUSED = """
() => {
  const element = document.activeElement;
  if (element === document.body) return { words: "", ringed: true };
  const shown = getComputedStyle(element);
  const label = element.labels?.[0]?.textContent ?? "";
  const words = [element.getAttribute("aria-label"), label, element.textContent, element.placeholder];
  return {
    words: words.find((each) => each?.trim())?.replace(/\\s+/g, " ").trim() ?? "",
    ringed: shown.outlineStyle !== "none" || shown.boxShadow !== "none",
  };
}
"""


def tab_to(person: Person, words: str) -> None:
    """Press Tab until what has these words is focused; everything passed shows that it is focused."""
    seen = []
    for _step in range(MOST_STEPS):
        person.page.keyboard.press("Tab")
        focused = person.page.evaluate(FOCUSED)
        seen.append(focused["words"])
        if words in focused["words"]:
            assert focused["ringed"], f"{words} shows no focus"
            return
    raise AssertionError(f"{words!r} was not reached: {seen}")


def test_a_class_is_booked_signed_for_and_paid_with_the_keyboard_alone(club: Club, enter: Enter) -> None:
    owner = enter("keyboard")
    press = owner.page.keyboard.press
    owner.open(f"/o/{club.setting.slug}/")
    tab_to(owner, "Book Open art")
    press("Enter")
    owner.page.wait_for_url("**/book/**")
    tab_to(owner, "Basile")
    press("Space")
    tab_to(owner, "Go to checkout")
    press("Enter")
    owner.page.wait_for_url("**/checkout/**")
    tab_to(owner, "Type your full name to sign")
    owner.page.keyboard.type("Lise Fontaine")
    for label, value in (
        ("Card number", "4242424242424242"),
        ("Expiry month", "12"),
        ("Expiry year", "34"),
        ("Security code", "123"),
    ):
        tab_to(owner, label)
        owner.page.keyboard.type(value)
    tab_to(owner, "Pay $16.95")
    press("Enter")
    wait_until_booked(owner)
    assert books_of(club, "keyboard") == Books(
        invoices=1,
        total_minor=1695,
        payments=1,
        ledger_transactions=2,
        seats=1,
        signatures=1,
        stripe_customers=1,
    )


def test_the_desk_finds_a_family_with_a_slash_from_anywhere(club: Club, enter: Enter) -> None:
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("gruber")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/clients/?**")
    desk.sees("Gruber")
