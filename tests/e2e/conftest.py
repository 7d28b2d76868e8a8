"""What a journey gets: the running product, a browser, and people in it.

Tests of this folder run in the browser's thread: they speak HTTP and plain SQL, never the ORM.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config import mailcatcher
from config.environment import BASE_DIR
from config.postgres import Cluster
from tests.e2e.browser import Chromium, Person
from tests.e2e.setting import PASSWORD, Setting
from tests.supervised import Product

SHOTS = Path(os.environ.get("KINROLL_SHOTS") or BASE_DIR / ".data" / "failed-journeys")


class Club:
    """The running product with a club in it."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.address = product.address
        self.database = Cluster(product.data / "postgres").url()
        self.setting = self._make()
        self.states: dict[str, Any] = {}

    def _make(self) -> Setting:
        return Setting.read(self._run("-m", "tests.e2e.setting"))

    def manage(self, *arguments: str) -> str:
        """What an operator's command, beside the running product, says."""
        return self._run("manage.py", *arguments)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE_DIR,
            env=self.product.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the product's database, or change what time would have changed."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What the catcher kept for ``address``, newest first."""
        folder = mailcatcher.mail_folder(self.product.data)
        kept = [mailcatcher.read(folder, name) for name in mailcatcher.names(folder)]
        return [mail for mail in kept if mail is not None and address in str(mail["To"])]

    def mail_to(self, address: str, saying: str = "", *, without: str = "\0") -> str:
        """The text of the newest mail to ``address`` that says this and not that; waits for the job worker."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for mail in self.mails_to(address):
                body = mail.get_body(preferencelist=("plain",))
                text = f"{mail['Subject']}\n{body.get_content() if body else ''}"
                if saying in text and without not in text:
                    return text
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address} saying {saying!r}\n{self.about_mail_to(address)}")

    def about_mail_to(self, address: str) -> str:
        """Where mail to ``address`` stands, for whoever must find out why it did not come."""
        rows = self.sql(
            "SELECT id, template, state, attempts, created_at, due_at, sent_at, last_error"
            " FROM messaging_message WHERE address = %s ORDER BY id",
            address,
        )
        jobs = self.sql(
            "SELECT j.id, task_name, args, status, scheduled_at, array_agg(e.type || ' ' || e.at ORDER BY e.id)"
            " FROM procrastinate_jobs j LEFT JOIN procrastinate_events e ON e.job_id = j.id"
            " WHERE status <> 'succeeded' OR args ->> 'message_id' = ANY(%s) GROUP BY j.id ORDER BY j.id",
            [str(row[0]) for row in rows],
        )
        kept = [str(mail["Subject"]) for mail in self.mails_to(address)]
        said = [line for line in self.product.output().splitlines() if line.startswith(("worker", "mail"))]
        parts: dict[str, Sequence[Any]] = {
            "messages": rows,
            "jobs": jobs,
            "kept": kept,
            "the worker and the mail catcher": said[-40:],
        }
        return "\n".join(f"{name}:\n  " + "\n  ".join(map(str, lines)) for name, lines in parts.items())


type Enter = Callable[..., Person]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    """Run the test in the browser's thread."""
    chromium = pyfuncitem.funcargs["chromium"]
    assert isinstance(chromium, Chromium)
    names = pyfuncitem._fixtureinfo.argnames
    chromium.run(lambda: pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Remember for ``enter`` whether the journey failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report  # noqa: B901  (a wrapping hook returns what it was given)


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session", autouse=True)
def chromium() -> Iterator[Chromium]:
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    """The product as ``make run`` starts it, on a data folder and ports of its own.

    ``KINROLL_COPY=<data folder>:<port>`` walks a copy that runs already, for working on a journey.
    """
    if copy := os.environ.get("KINROLL_COPY"):
        data, port = copy.rsplit(":", 1)
        yield Club(Product(Path(data), int(port)))
        return
    product = Product(tmp_path_factory.mktemp("product") / "data", KINROLL_DEMO_DATA="no")
    try:
        product.start()
        yield Club(product)
        product.stop()
    finally:
        product.clear_away()


@pytest.fixture
def enter(club: Club, chromium: Chromium, request: pytest.FixtureRequest) -> Iterator[Enter]:
    """``enter("desk")`` is a window in which that person is logged in; ``enter()`` is a stranger's.

    A journey in whose windows a script failed, or the CSP was breached, fails.
    """
    people: list[Person] = []

    def come(who: str = "", **options: Any) -> Person:
        people.append(come_as(club, chromium, who, **options))
        return people[-1]

    yield come
    name = request.node.name if request.node.stash.get(FAILED, True) else ""
    problems = [problem for person in people for problem in person.problems]
    for index, person in enumerate(people):
        chromium.run(partial(person.close, failed_as=name and f"{name}-{index}"))
    assert problems == []


def come_as(club: Club, chromium: Chromium, who: str, **options: Any) -> Person:
    """A window in which ``who`` is logged in, or nobody; in the browser's thread only."""
    if who and who not in club.states:
        club.states[who] = _log_in(club, chromium, who)
    return chromium.person(club.address, SHOTS, state=club.states.get(who), **options)


def _log_in(club: Club, chromium: Chromium, who: str) -> Any:
    """Log in once, through the page, and keep the cookies for everybody who comes as ``who``."""
    person = chromium.person(club.address, SHOTS)
    person.open("/login/login/")
    person.fill(login=club.setting.logins[who], password=PASSWORD)
    person.press("Log in", exact=True)
    person.page.wait_for_url(lambda url: "/login/" not in url)
    state = person.context.storage_state()
    person.close()
    return state
