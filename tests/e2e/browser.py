"""Chromium, driven by Playwright in a thread of our own.

Playwright's sync API keeps an asyncio loop in the thread that started it, and Django's ORM refuses such a
thread; so the browser has one to itself, in which whole journeys run (``tests/e2e/conftest.py``).
"""

import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
PATIENCE = 15_000  # milliseconds; two cores may be busy with other tests

# A form with a mistake, a dead link, and a card that Stripe refuses are answers of 4xx, which Chromium
# reports as failures to load.
EXPECTED = re.compile(
    r"Failed to load resource: the server responded with a status of (400|402|403|404|410|422)"
)

LONGEST = 300  # seconds
SETTLED = """
async () => {
  const until = performance.now() + 1500;
  let moving;
  do {  // an inherited colour moves on when its ancestor's has arrived
    await Promise.race([
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      new Promise((done) => setTimeout(done, 200)),  // a page that is not painted has no frames
    ]);
    moving = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.race([
      Promise.allSettled(moving.map((each) => each.finished)),
      new Promise((done) => setTimeout(done, 200)),
    ]);
  } while (moving.length && performance.now() < until);
}
"""

type Theme = Literal["light", "dark"]


def executable() -> str:
    """The browser that ``make test`` found (``KINROLL_BROWSER``), or the first on the path."""
    found = os.environ.get("KINROLL_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium or Chrome here; make test installs one")
    return found


class Person:
    """One person at a browser of their own; ``page`` is the tab in front."""

    def __init__(self, context: BrowserContext, address: str, shots: Path) -> None:
        self.context = context
        self.address = address
        self.shots = shots
        self.problems: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        """Errors of scripts and breaches of the CSP are both reported as errors."""
        if message.type == "error" and not EXPECTED.search(message.text):
            self.problems.append(f"{message.page.url if message.page else ''}: {message.text}")

    def open(self, path: str) -> Page:
        """Go to a path of the product, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.address + path)
        return self.page

    def tab(self) -> Page:
        """Another tab, now in front."""
        self.page = self.context.new_page()
        return self.page

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address)

    @property
    def words(self) -> str:
        """What the page shows, in one line."""
        return " ".join(self.page.locator("body").inner_text().split())

    def press(self, name: str, *, exact: bool = False) -> None:
        """A button or a link by its words."""
        page = self.page
        page.get_by_role("button", name=name, exact=exact).or_(
            page.get_by_role("link", name=name, exact=exact)
        ).first.click()

    def fill(self, **fields: str) -> None:
        """Type into fields by their form names."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").first.fill(value)

    def turn(self, theme: Theme) -> None:
        """Switch to light or dark, and wait until every colour has arrived."""
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        self.page.evaluate(SETTLED)

    def sees(self, *texts: str) -> None:
        """Wait until each of these is shown."""
        for text in texts:
            self.page.get_by_text(text).filter(visible=True).first.wait_for()

    def close(self, *, failed_as: str = "") -> None:
        """Close the browser's window; keep a picture of each tab where the journey failed."""
        if failed_as:
            self.shots.mkdir(parents=True, exist_ok=True)
            for index, page in enumerate(self.context.pages):
                page.screenshot(path=self.shots / f"{failed_as}-{index}.png", full_page=True)
                (self.shots / f"{failed_as}-{index}.html").write_text(page.content())
        self.context.close()


class Chromium:
    """The browser and its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        path = executable()
        self._playwright: Playwright = self.run(lambda: sync_playwright().start())
        self.browser: Browser = self.run(
            lambda: self._playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        )

    def run[T](self, work: Callable[[], T]) -> T:
        """Do ``work`` in the browser's thread; nothing there may take for ever."""
        return self._thread.submit(work).result(timeout=LONGEST)

    def person(
        self,
        address: str,
        shots: Path,
        *,
        state: Any = None,
        scripts: bool = True,
        width: int = 1280,
        theme: Theme = "light",
    ) -> Person:
        """A new window, with nothing of any other; in the browser's thread only."""
        context = self.browser.new_context(
            storage_state=state,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-CA",
        )
        return Person(context, address, shots)

    def close(self) -> None:
        self.run(self.browser.close)
        self.run(self._playwright.stop)
        self._thread.shutdown()
