"""Runs the whole product on one machine (``python -m config.supervisor``, what ``make run`` runs).

Starts, in this order: PostgreSQL (when ``DATABASE_URL`` is unset), the mail catcher (demo), the local Stripe
(demo without a Stripe key), what ``config.prepare`` does, the job worker, and the web server. A program that
dies is started again after a pause that doubles; one that dies five times within a minute ends everything,
with a message. Ctrl-C or SIGTERM ends all of it in the opposite order, PostgreSQL last.
"""

import fcntl
import http.client
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.demo_logins import DEMO_LOGINS, PASSWORD
from config.environment import data_dir, stored_secret
from config.mailcatcher import mail_folder
from config.postgres import Cluster, PostgresFailed
from config.processes import Child, Ledger, choose_ports, is_free, say, wait_for_port

ME = "kinroll"
WEB_WORKERS = 2
# Jobs that succeeded are deleted: some run each minute, for years. Failed ones stay for whoever looks into them.
WORKER = ("worker", "--concurrency", "2", "--delete-jobs", "successful")
SECONDS_TO_READY = 90.0


class CannotRun(Exception):
    """The product cannot be started or kept running; the message says why, in one line."""


class Supervisor:
    """One run of the product. ``run`` returns when it was asked to end."""

    def __init__(self, data: Path, host: str, port: int) -> None:
        self.data = data
        self.host = host
        self.port = port
        self.is_demo = os.environ.get("KINROLL_MODE", "demo") == "demo"
        self.cluster: Cluster | None = None
        self.children: list[Child] = []
        self.ending = threading.Event()
        self.environment = {
            **os.environ,
            "KINROLL_MODE": os.environ.get("KINROLL_MODE", "demo"),
            "KINROLL_DATA": str(data),
            "HOST": host,
            "PORT": str(port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self) -> None:
        """Start everything, say when it is ready, and watch over it until asked to end.

        Raises CannotRun, PostgresFailed or ImproperlyConfigured; nothing is left running then.
        """
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(_only_one(self.data))
            self.ledger = Ledger(self.data)
            if self.ledger.end_left_overs():
                say(ME, "ended what a killed run had left behind")
            if not is_free(self.host, self.port):
                raise CannotRun(f"port {self.port} is in use. Choose another: make run PORT={self.port + 1}")
            _check_settings()
            self._listen_to_signals()
            stack.enter_context(self._database())
            stack.callback(self._stop_children)
            self._start_peers()
            self._prepare()
            self._start("worker", "manage.py", "procrastinate", *WORKER)
            self._start("web", "-m", "granian", *self._granian_options())
            self._wait_until_ready()
            self._watch()

    def _listen_to_signals(self) -> None:
        def end(number: int, frame: FrameType | None) -> None:
            if self.ending.is_set():  # asked twice: no more patience
                for child in self.children:
                    child.end_group(signal.SIGKILL)
            self.ending.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)

    @contextmanager
    def _database(self) -> Iterator[None]:
        if os.environ.get("DATABASE_URL"):
            yield
            return
        say(ME, f"starting PostgreSQL under {self.data}")
        self.cluster = Cluster(self.data / "postgres")
        with self.cluster.using() as url:
            self.environment["DATABASE_URL"] = url
            yield
            say(ME, "stopping PostgreSQL")

    def _start(self, name: str, *arguments: str) -> Child:
        child = Child(name, [sys.executable, *arguments], self.environment)
        if not self.ending.is_set():
            child.start()
            self.children.append(child)
            self.ledger.write(self.children)
        return child

    def _start_peers(self) -> None:
        """The demo's own mail server and Stripe, at ports of this data folder's own."""
        if not self.is_demo:
            return
        ports = choose_ports(self.data, ["mail", "stripe"], taken=self.port)
        if not os.environ.get("EMAIL_URL"):
            self._peer("mail", "config.mailcatcher", ports["mail"], mail_folder(self.data))
        if not os.environ.get("STRIPE_SECRET_KEY"):
            secret = f"whsec_{stored_secret(self.data, 'stripe_webhook')}"
            self.environment |= {
                "STRIPE_API_BASE": f"http://127.0.0.1:{ports['stripe']}",
                "STRIPE_JS_URL": f"http://localhost:{ports['stripe']}/js.stripe.com/v3/",
                "STRIPE_SECRET_KEY": "sk_test_12345",
                "STRIPE_PUBLISHABLE_KEY": "pk_test_12345",
                "STRIPE_WEBHOOK_SECRET": secret,
            }
            webhook = [
                "--webhook",
                f"http://127.0.0.1:{self.port}/stripe/webhook/",
                "--webhook-secret",
                secret,
            ]
            self._peer("stripe", "billing.devstripe", ports["stripe"], self.data / "stripe", *webhook)

    def _peer(self, name: str, module: str, port: int, folder: Path, *options: str) -> None:
        child = self._start(name, "-m", module, "--port", str(port), "--data", str(folder), *options)
        if not wait_for_port(port, seconds=30, child=child) and not self.ending.is_set():
            raise CannotRun(f"the process {name} did not start")

    def _prepare(self) -> None:
        say(ME, "bringing the database up to date")
        child = self._start("prepare", "-m", "config.prepare")
        while child.process is not None and not child.has_died and not self.ending.is_set():
            time.sleep(0.05)
        if child.process is not None and child.has_died:
            self.children.remove(child)
            if child.process.returncode:
                raise CannotRun("the database could not be brought up to date (see above)")

    def _granian_options(self) -> list[str]:
        return [
            *("--interface", "wsgi", "--host", self.host, "--port", str(self.port)),
            *("--workers", os.environ.get("WEB_WORKERS", str(WEB_WORKERS)), "--blocking-threads", "4"),
            *("--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "5"),
            *("--log-level", "warning", "config.wsgi:application"),
        ]

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + SECONDS_TO_READY
        while not self.ending.wait(0.1):
            self._look_after_children()
            if self._is_healthy():
                self._welcome()
                return
            if time.monotonic() > until:
                raise CannotRun(f"no healthy answer within {SECONDS_TO_READY:.0f} seconds")

    def _is_healthy(self) -> bool:
        name = urlsplit(os.environ.get("BASE_URL", "")).hostname or "localhost"
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  # nosec B104
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": name})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _welcome(self) -> None:
        address = os.environ.get("BASE_URL") or f"http://localhost:{self.port}"
        lines = ["", f"Kinroll is ready: {address}/", ""]
        if self.is_demo:
            lines += [
                f"  log in    {address}/login/login/",
                f"  mailbox   {address}/dev/mail/   (every mail it sends)",
                f"  data      {self.data}",
                "",
                f"Demo logins, all with the password {PASSWORD}",
                *(f"  {login.email:<28} {login.role}" for login in DEMO_LOGINS),
                "",
                "Ctrl-C ends it; the data stay.",
            ]
        for line in lines:
            say(ME, line)

    def _watch(self) -> None:
        while not self.ending.wait(0.5):
            if self.cluster is not None and self.cluster.pid() is None:
                say(ME, "PostgreSQL ended; starting it again")
                self.cluster.start()
            self._look_after_children()

    def _look_after_children(self) -> None:
        before = [child.process for child in self.children]
        for child in self.children:
            if not child.keep_alive(time.monotonic()):
                raise CannotRun(f"the process {child.name} died five times within a minute")
        if before != [child.process for child in self.children]:
            self.ledger.write(self.children)

    def _stop_children(self) -> None:
        for child in reversed(self.children):
            say(ME, f"stopping {child.name}")
            child.stop()
        self.ledger.write([])


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the data folder for this run; a second run on the same folder is refused."""
    with (data / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"it already runs on the data in {data}. Stop it, or give this one a KINROLL_DATA of its own"
            ) from None
        yield


def _check_settings() -> None:
    """Read the settings once, so that a missing variable is named before anything is started."""
    importlib.import_module("config.settings")


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CannotRun(f"PORT is {value!r}, which is not a port number")
    return int(value)


def main() -> None:
    try:
        os.environ["KINROLL_DATA"] = str(data_dir())
        Supervisor(data_dir(), os.environ.get("HOST") or "127.0.0.1", _port()).run()
    except (CannotRun, PostgresFailed, ImproperlyConfigured) as error:
        sys.exit(f"Kinroll cannot run: {error}")


if __name__ == "__main__":
    main()
