"""Load over HTTP: by wrk for pages, by a client of our own for forms, and for pages where there is no wrk."""

import os
import re
import shutil
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("wrk.lua")


class LoadFailed(Exception):
    """A page did not answer as it should; the message says which and how."""


@dataclass(frozen=True)
class Result:
    """What one burst of load came to: requests a second, and the latency in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Request:
    """One request, made once and sent often."""

    path: str
    cookies: str = ""
    method: str = "GET"
    body: str = ""
    headers: Sequence[tuple[str, str]] = ()

    def raw(self, port: int) -> bytes:
        """The bytes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: localhost:{port}", "User-Agent: benchmark"]
        if self.cookies:
            lines.append(f"Cookie: {self.cookies}")
        if self.method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", self.body]).encode()


def find_wrk() -> str | None:
    """The path of wrk. As root, where there is none, apt is asked for it once."""
    if found := shutil.which("wrk"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "wrk"], capture_output=True, check=False, timeout=120
        )
    return shutil.which("wrk")


@dataclass
class Load:
    """The load generator of one run: ``wrk`` is its path, or None for the client of our own."""

    port: int
    wrk: str | None
    checked: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What the report calls it."""
        return "wrk" if self.wrk else "the benchmark's own client (there is no wrk)"

    def page(self, request: Request, seconds: float) -> Result:
        """Ask for one page over and over, on ``CONNECTIONS`` connections. Raises LoadFailed unless it is 200."""
        if request.path not in self.checked:
            _answer(self.port, request, expected=(200,))
            self.checked.add(request.path)
        if self.wrk:
            return self._by_wrk(self.wrk, request, seconds)
        return self.each(_until(request, time.monotonic() + seconds), expected=(200,))

    def each(self, requests: Iterable[Request], *, expected: Sequence[int]) -> Result:
        """Send every request once, the connections taking the next in turn."""
        queue, lock = iter(requests), threading.Lock()
        latencies: list[float] = []
        failures: list[Exception] = []

        def take() -> Request | None:
            with lock:
                return None if failures else next(queue, None)

        def work() -> None:
            try:
                latencies.extend(_send(self.port, take, expected))
            except (OSError, LoadFailed) as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        if failures:
            raise failures[0]
        return summed_up(latencies, took)

    def _by_wrk(self, wrk: str, request: Request, seconds: float) -> Result:
        command = [wrk, "-t2", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(SCRIPT)]
        if request.cookies:
            command += ["-H", f"Cookie: {request.cookies}"]
        url = f"http://127.0.0.1:{self.port}{request.path}"
        output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
        found = re.search(r"^KINROLL (.*)$", output, re.MULTILINE)
        if found is None:
            raise LoadFailed(output)
        rate, p50, p95, p99, bad = (float(number) for number in found[1].split())
        if bad:
            raise LoadFailed(f"{request.path}: {bad:.0f} answers were not right\n{output}")
        return Result(rate, p50, p95, p99)


def summed_up(latencies: list[float], took: float) -> Result:
    """Milliseconds each, and the seconds in all."""
    if len(latencies) < 2:
        raise LoadFailed("too few answers to say anything")
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return Result(len(latencies) / took, cuts[49], cuts[94], cuts[98])


def _until(request: Request, end: float) -> Iterator[Request]:
    while time.monotonic() < end:
        yield request


def _answer(port: int, request: Request, expected: Sequence[int]) -> None:
    one = iter([request])
    for _latency in _send(port, lambda: next(one, None), expected):
        pass


def _send(port: int, take: Callable[[], Request | None], expected: Sequence[int]) -> Iterator[float]:
    """Send what ``take`` gives on one connection that stays open; yields milliseconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (request := take()) is not None:
            began = time.perf_counter()
            connection.sendall(request.raw(port))
            status, body = _receive(connection)
            yield (time.perf_counter() - began) * 1000
            if status not in expected:
                raise LoadFailed(f"{request.method} {request.path} answered {status}: {body[:600]!r}")


def _receive(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer that says its length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    wanted = int(length[1]) if length else 0
    while len(body) < wanted:
        body += _more(connection)
    return status, body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise LoadFailed("the server closed the connection")
    return data
