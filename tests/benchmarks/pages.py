"""The pages that have a goal (docs/performance.md). A new one is a line in ``PAGES``."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.benchmarks.data import FAMILY_USER, SLUG, STAFF_USER, Made
from tests.benchmarks.load import Request

BACKEND = "django.contrib.auth.backends.ModelBackend"
CONTROL = re.compile(r"^(BEGIN|COMMIT|ROLLBACK$)")
SAVEPOINT = re.compile(r"^(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO)")


@dataclass(frozen=True)
class Page:
    """One page and its goal: at least ``share`` of its yardstick's requests a second, at most ``queries``."""

    goal: str
    title: str
    name: str  # of the address
    yardstick: str
    share: float
    queries: int
    user: int | None = None
    arguments: tuple[str, ...] = ()
    exactly: bool = False  # neither more queries nor fewer

    def path(self) -> str | None:
        """Its address; None where the product has no such page yet."""
        try:
            return reverse(self.name, args=self.arguments)
        except NoReverseMatch:
            return None


def pages(made: Made) -> list[Page]:
    """Every page with a goal, on the data that was made."""
    return [
        Page("G1", "public schedule, anonymous", "public:schedule", "Q", 0.8, 1, None, (SLUG,), exactly=True),
        Page("G1", "public schedule, logged in", "public:schedule", "B", 0.35, 6, FAMILY_USER, (SLUG,)),
        Page("G5", "family dashboard", "portal:home", "B", 0.15, 15, FAMILY_USER),
        *_of_accounts(made),
        Page("G6", "roster of 30", "staff:session", "B", 0.15, 10, STAFF_USER, (SLUG, made.roster_session)),
    ]


def _of_accounts(made: Made) -> list[Page]:
    """The list of accounts and the page of one, with few and with many households: the same queries."""
    few, many = made.places
    return [
        Page(
            "A01",
            f"{what}, {place.count} accounts",
            name,
            "S",
            0.33,
            queries,
            STAFF_USER,
            (place.slug, *([place.measured] if "number" in what else [])),
            exactly=True,
        )
        for what, name, queries in (
            ("list of accounts", "staff:accounts", 6),
            ("account by number", "staff:account", 11),
        )
        for place in (few, many)
    ]


YARDSTICKS = {
    "H": "/benchmarks/empty/",
    "Q": "/benchmarks/one-row/",
    "B": "/benchmarks/list/",
    "S": f"/benchmarks/{SLUG}/list/",
}


@dataclass(frozen=True)
class Count:
    """What one request asked of the database. Savepoints are counted apart, BEGIN and COMMIT not at all."""

    statements: int
    savepoints: int
    milliseconds: float
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.statements}" + (f" + {self.savepoints} sp" if self.savepoints else "")


def browser(user: int | None) -> Browser:
    """A browser in this process, logged in as the user of this number."""
    made = Browser(headers={"host": "localhost"})
    if user is not None:
        made.force_login(User.objects.get(pk=user), backend=BACKEND)
    return made


def cookies(logged_in: Browser) -> str:
    """The header that carries the browser's login to the server."""
    return f"{settings.SESSION_COOKIE_NAME}={logged_in.cookies[settings.SESSION_COOKIE_NAME].value}"


def request_for(page: Page) -> Request:
    """The page as a request of somebody who is logged in as the page wants."""
    path = page.path()
    assert path is not None
    return Request(path, cookies(browser(page.user)) if page.user else "")


def request_of_yardstick(name: str) -> Request:
    """A yardstick as a request; S is for somebody who works there."""
    return Request(YARDSTICKS[name], cookies(browser(STAFF_USER)) if name == "S" else "")


def counted(reader: Browser, path: str, *, method: str = "get", expected: int = 200) -> Count:
    """Open a page twice and count what the second time asked of the database."""
    send = getattr(reader, method)
    if method == "get":
        send(path)
    with CaptureQueriesContext(connection) as queries:
        answer = send(path)
    if answer.status_code != expected:
        raise SystemExit(
            f"{method} {path} answered {answer.status_code}, not {expected}:\n{answer.content[:2000]}"
        )
    texts = [query["sql"] for query in queries.captured_queries]
    asked = [text for text in texts if not CONTROL.match(text)]
    savepoints = sum(1 for text in asked if SAVEPOINT.match(text))
    milliseconds = 1000 * sum(float(query["time"]) for query in queries.captured_queries)
    return Count(len(asked) - savepoints, savepoints, milliseconds, tuple(texts))
