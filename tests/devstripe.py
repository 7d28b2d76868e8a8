"""The ``devstripe`` fixture: the local Stripe over real HTTP, one a worker, emptied before each test."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from pytest_django import Settings

STARTS_WITHIN = 20.0
KEY = {"Authorization": "Bearer sk_test_tests"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class DevStripe:
    """A running local Stripe and the handles tests need. ``post`` and ``get`` return (status, JSON)."""

    data: Path
    port: int = field(default_factory=free_port)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "billing.devstripe",
            "--port",
            str(self.port),
            "--data",
            str(self.data),
        ]
        self.process = subprocess.Popen([*command, "--end-with-stdin"], stdin=subprocess.PIPE)
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/_calls")
            except (URLError, ConnectionError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the local Stripe did not start")

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(10) == 0
        if self.process.stdin:
            self.process.stdin.close()

    def reset(self) -> None:
        self.request("DELETE", "/_config/data")
        for webhook in {row["webhook"] for row in self.deliveries()} | {"tests"}:
            self.request("DELETE", f"/_config/webhooks/{webhook}")

    def fault(self, match: str, mode: str, *, times: int = 1, seconds: float = 1.0) -> None:
        """The next ``times`` requests like ``match`` fail: 500, timeout, drop_after or delay."""
        wish = {"match": match, "mode": mode, "times": times, "seconds": seconds}
        assert self.request("POST", "/_faults", body=json.dumps(wish).encode())[0] == 200

    def calls(self, start: str = "") -> list[dict[str, Any]]:
        """What was asked; ``start`` selects by ``METHOD /path``."""
        found: list[dict[str, Any]] = self.get("/_calls")[1]
        return [call for call in found if f"{call['method']} {call['path']}".startswith(start)]

    def webhook(self, url: str, secret: str) -> None:
        assert self.post("/_config/webhooks/tests", url=url, secret=secret)[0] == 200

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/_deliveries")[1]
        return found

    def redeliver(self, event: str | None = None) -> None:
        """Send an event, or all of them, once more."""
        self.post("/_redeliver", **({"event": event} if event else {}))

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, key: str | None = None, **fields: str) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        return self.request("POST", path, body=urlencode(fields).encode(), headers=headers)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        asked = Request(self.base + path, data=body, headers=KEY | (headers or {}), method=method)
        try:
            with urlopen(asked, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture(scope="session")
def devstripe_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevStripe]:
    server = DevStripe(tmp_path_factory.mktemp("devstripe"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def devstripe(devstripe_server: DevStripe, settings: Settings) -> DevStripe:
    """An empty local Stripe, with the settings pointing at it."""
    devstripe_server.reset()
    settings.STRIPE_API_BASE = devstripe_server.base
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_tests"
    settings.STRIPE_READ_TIMEOUT = 5.0
    return devstripe_server
