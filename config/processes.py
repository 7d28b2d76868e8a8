"""Child processes for the supervisor: each in a group of its own, its output prefixed, ended whole."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.environment import BASE_DIR, local_ports, ports_file

PATIENCE = 15  # seconds a process has to end after SIGTERM
DEATHS_FORGIVEN = 5  # within RECENT seconds
RECENT = 60.0


def say(name: str, line: str) -> None:
    """One line on standard output, whose it is in front. A closed output is nobody's trouble."""
    with suppress(BrokenPipeError, ValueError):
        print(f"{name:<8} | {line}", flush=True)  # noqa: T201


@dataclass
class Child:
    """A program that the supervisor runs, and runs again when it dies."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    deaths: deque[float] = field(default_factory=deque)
    starts_again_at: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(  # nosec B603
            self.command,
            cwd=BASE_DIR,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=_relay, args=(self.name, self.process), daemon=True).start()

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def keep_alive(self, now: float) -> bool:
        """Start the program again if it died, after a pause that doubles; False when it died too often."""
        if self.has_died and self.process is not None:
            say(self.name, f"ended with status {self.process.returncode}")
            self.end_group(signal.SIGKILL)  # what it began may outlive it
            self.process = None
            self.deaths.append(now)
            while self.deaths and now - self.deaths[0] > RECENT:
                self.deaths.popleft()
            if len(self.deaths) >= DEATHS_FORGIVEN:
                return False
            self.starts_again_at = now + 2 ** (len(self.deaths) - 1)
        if self.process is None and now >= self.starts_again_at:
            say(self.name, "starting again")
            self.start()
        return True

    def end_group(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """End the program and everything it began: asked first, killed when it does not listen."""
        if self.process is None:
            return
        self.end_group(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.end_group(signal.SIGKILL)
        self.process.wait()
        self.process = None


def _relay(name: str, process: subprocess.Popen[str]) -> None:
    for line in process.stdout or ():
        say(name, line.rstrip())


class Ledger:
    """The running children, written down, so that the next start can end what a killed supervisor left."""

    def __init__(self, data: Path) -> None:
        self.path = data / "run" / "processes.json"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, children: Iterable[Child]) -> None:
        rows = {}
        for child in children:
            with suppress(psutil.Error):
                if child.process is not None:
                    rows[str(child.process.pid)] = psutil.Process(child.process.pid).create_time()
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps(rows))
        draft.replace(self.path)

    def end_left_overs(self) -> int:
        """End the groups of children written down that still run; answers how many there were."""
        try:
            rows = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return 0
        found = left = [psutil.Process(int(pid)) for pid, born in rows.items() if _is_alive(int(pid), born)]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, number)
            left = wait_until_ended(left, PATIENCE)
        self.path.unlink(missing_ok=True)
        return len(found)


def wait_until_ended(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes that are not our children; answers those still running.

    A zombie has ended: some containers have nobody who collects them.
    """
    until = time.monotonic() + seconds
    while processes and time.monotonic() < until:
        processes = [process for process in processes if _runs(process)]
        time.sleep(0.05)
    return processes


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_alive(pid: int, born: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - float(born)) < 1 and _runs(process)
    except psutil.Error:
        return False


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen at this address now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose_ports(data: Path, names: Iterable[str], *, taken: int) -> dict[str, int]:
    """A free loopback port for each name: last time's where it is still free. Stored for other processes."""
    chosen: dict[str, int] = {}
    former = local_ports(data)
    for name in names:
        port = former.get(name)
        while port is None or port == taken or port in chosen.values() or not is_free("127.0.0.1", port):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
        chosen[name] = port
    ports_file(data).parent.mkdir(parents=True, exist_ok=True)
    ports_file(data).write_text(json.dumps(chosen))
    return chosen


def wait_for_port(port: int, *, seconds: float, child: Child) -> bool:
    """Whether something listens at the loopback ``port`` before the time is out or ``child`` has died."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not child.has_died:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False
