"""Pictures of the product's main pages, with the demo's data (``python -m tests.e2e.screenshots OUTDIR``).

Starts a copy of its own as ``make run`` does, and writes ``<page>-<width>-<theme>.png``. With
``KINROLL_COPY=<data folder>:<port>`` it visits a demo that runs already.
"""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from config.demo_logins import FRONT_DESK, OTHER_GUARDIAN, OWNER, PASSWORD, DemoLogin
from tests.e2e.browser import Chromium, Person, Theme
from tests.supervised import Product

CENTRE = "harbour-lane"
SIZES = (1440, 390)
TALLEST = 2400
THEMES: tuple[Theme, ...] = ("light", "dark")

# Page: who opens it, and how they come there.
type Way = Callable[[Person], None]


def at(path: str) -> Way:
    """By its address."""

    def walk(person: Person) -> None:
        person.open(path)

    return walk


def through(path: str, *links: str) -> Way:
    """By the first link whose address matches each of these patterns in turn."""

    def walk(person: Person) -> None:
        person.open(path)
        for link in links:
            person.open(next(href for href in hrefs(person) if re.search(link, href)))

    return walk


def hrefs(person: Person) -> list[str]:
    """Where the links of the page lead."""
    return [link.get_attribute("href") or "" for link in person.page.locator("main a[href]").all()]


def booking(person: Person) -> None:
    """A course that the family can join, with whoever can join ticked."""
    person.open(f"/o/{CENTRE}/")
    for href in dict.fromkeys(href for href in hrefs(person) if "/book/" in href):
        person.open(href)
        if person.page.locator("input[name=member]").count() > 1:
            break


def checkout(person: Person) -> None:
    """Everybody who can join, at checkout."""
    booking(person)
    for box in person.page.locator("input[name=member]").all():
        box.check()
    person.press("Go to checkout")
    person.page.wait_for_url("**/checkout/**")


def roster(person: Person) -> None:
    """The fullest class of the day."""
    person.open(f"/staff/{CENTRE}/?by=time")
    rows = person.page.locator("main li.row").all()
    fullest = max(rows, key=lambda row: int("".join(re.findall(r"(\d+) of", row.inner_text())) or 0))
    href = fullest.locator("a").first.get_attribute("href") or ""
    person.open(href.removesuffix("?by=time"))


PAGES: dict[str, tuple[DemoLogin | None, Way]] = {
    "home": (None, at("/")),
    "login": (None, at("/login/login/")),
    "sign-up": (None, at(f"/o/{CENTRE}/sign-up/")),
    "schedule": (None, at(f"/o/{CENTRE}/")),
    "family-schedule": (OWNER, at(f"/o/{CENTRE}/")),
    "family-home": (OWNER, at("/my/")),
    "family-home-daniel": (OTHER_GUARDIAN, at("/my/")),
    "people": (OWNER, at("/my/people/")),
    "person": (OWNER, through("/my/people/", r"/my/people/\w{10}/")),
    "person-add": (OWNER, at("/my/people/add/")),
    "bills": (OWNER, at("/my/bills/")),
    "bill": (OWNER, through("/my/bills/", r"/my/bills/\w{10}/")),
    "cards": (OWNER, at("/my/cards/")),
    "book": (OWNER, booking),
    "checkout": (OWNER, checkout),
    "today": (FRONT_DESK, at(f"/staff/{CENTRE}/")),
    "today-by-time": (FRONT_DESK, at(f"/staff/{CENTRE}/?by=time")),
    "roster": (FRONT_DESK, roster),
    "clients": (FRONT_DESK, at(f"/staff/{CENTRE}/clients/")),
    "client": (FRONT_DESK, through(f"/staff/{CENTRE}/clients/?q=toby", r"/clients/\d+/")),
    "accounts": (FRONT_DESK, at(f"/staff/{CENTRE}/accounts/")),
    "account": (FRONT_DESK, through(f"/staff/{CENTRE}/accounts/", r"/accounts/\d+/")),
    "account-new": (FRONT_DESK, at(f"/staff/{CENTRE}/accounts/new/")),
    "security": (OWNER, at("/login/2fa/")),
    "mailbox": (None, at("/dev/mail/")),
}


def shoot(chromium: Chromium, address: str, folder: Path, names: list[str]) -> None:
    """Open each page once at each width, and photograph it light and dark."""
    states: dict[str, object] = {}
    for name in names:
        login, way = PAGES[name]
        for width in SIZES:
            if login is not None and login.email not in states:
                states[login.email] = _log_in(chromium, address, folder, login)
            person = chromium.person(
                address, folder, state=states.get(login.email) if login else None, width=width
            )
            way(person)
            for theme in THEMES:
                person.turn(theme)
                # As tall as the page: bars that stick to the window then stand at its ends.
                height = person.page.evaluate("document.documentElement.scrollHeight")
                person.page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
                person.page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
            person.close()


def _log_in(chromium: Chromium, address: str, folder: Path, login: DemoLogin) -> object:
    person = chromium.person(address, folder)
    person.open("/login/login/")
    person.fill(login=login.email, password=PASSWORD)
    person.press("Log in", exact=True)
    person.page.wait_for_url(lambda url: "/login/" not in url)
    state = person.context.storage_state()
    person.close()
    return state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*", choices=[*PAGES, []], help="all unless some are named")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    names = options.pages or list(PAGES)
    chromium = Chromium()
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder) / "data")
        if copy := os.environ.get("KINROLL_COPY"):
            data, port = copy.rsplit(":", 1)
            product = Product(Path(data), int(port))
        else:
            product.start()
        try:
            chromium.run(lambda: shoot(chromium, product.address, options.folder, names))
        finally:
            chromium.close()
            product.stop()
    sys.stdout.write(f"{len(names) * len(SIZES) * len(THEMES)} pictures in {options.folder}\n")


if __name__ == "__main__":
    main()
