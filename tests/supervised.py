"""The running product: the supervisor and all it starts, as real processes, for tests that need them."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from config.environment import BASE_DIR

SECONDS_TO_START = 90
SECONDS_TO_STOP = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """One copy of the product on a data folder and a port of its own."""

    def __init__(self, data: Path, port: int | None = None, **environment: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.log = data.with_name(f"{data.name}.log")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KINROLL_", "DATABASE_", "DJANGO_", "STRIPE_", "PYTEST_", "EMAIL_"))
        }
        self.environment = inherited | {
            "KINROLL_DATA": str(data),
            "PORT": str(self.port),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def begin(self) -> None:
        """Start the supervisor without waiting for anything."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the supervisor and wait until it says that it is ready."""
        already = self.output().count("Kinroll is ready")
        self.begin()
        assert self.process is not None
        until = time.monotonic() + SECONDS_TO_START
        while self.output().count("Kinroll is ready") == already:
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < until, self.output()
            time.sleep(0.1)

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def get(self, path: str) -> tuple[int, str]:
        """The status and the body of a page, without following redirects."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for this copy: told by the data folder in its environment or its command."""
        return [process for process in psutil.process_iter() if _is_of(process, str(self.data))]

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(SECONDS_TO_STOP)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask the supervisor to end, as Ctrl-C does, and answer its status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def clear_away(self) -> None:
        """End whatever is left of this copy, for the end of a test."""
        for process in self.processes():
            process.kill()
        psutil.wait_procs(self.processes(), timeout=10)


def _is_of(process: psutil.Process, data: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get("KINROLL_DATA") == data:
            return True
        return any(re.search(rf"{re.escape(data)}(/|$)", word) for word in process.cmdline())
    except psutil.Error:
        return False
