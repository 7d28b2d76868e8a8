"""The product as ``make run`` serves it, on data of its own, with the yardsticks' addresses beside its own."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.environment import BASE_DIR
from config.postgres import Cluster, tools
from config.processes import Child
from config.supervisor import Supervisor
from tests.supervised import free_port

SETTINGS = "tests.benchmarks.settings"
WEB_WORKERS = 2
SECONDS_TO_START = 60.0
PRIVATE = ("KINROLL_", "DATABASE_", "DJANGO_", "STRIPE_", "PYTEST_", "EMAIL_", "PG", "MAKE", "MFLAGS", "WEB_")


@dataclass(frozen=True)
class Place:
    """Where one run of the benchmarks has its data, its database and its server."""

    data: Path
    port: int
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        """For every process of the run: demo mode, in which DEBUG is off, as ``make run`` has it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
        return kept | {
            "KINROLL_MODE": "demo",
            "KINROLL_DATA": str(self.data),
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
        }

    @property
    def cluster(self) -> Cluster:
        """The run's own PostgreSQL."""
        return Cluster(self.data / "postgres")


@contextmanager
def place(data: Path) -> Iterator[Place]:
    """A data folder with a running PostgreSQL of its own."""
    with Cluster(data / "postgres").using() as url:
        yield Place(data, free_port(), url)


def command(where: Place, *arguments: str) -> float:
    """Run a Python program of the product; answers the seconds it took. Its output shows when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=where.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


@contextmanager
def serving(where: Place) -> Iterator[Child]:
    """Granian, with the very options of the supervisor."""
    options = Supervisor(where.data, "127.0.0.1", where.port)._granian_options()
    web = Child("web", [sys.executable, "-m", "granian", *options], where.environment)
    web.start()
    try:
        until = time.monotonic() + SECONDS_TO_START
        while not _answers(where.port):
            if web.has_died or time.monotonic() > until:
                raise SystemExit("the server did not start (see above)")
            time.sleep(0.1)
        yield web
    finally:
        web.stop()


def worker_memory(web: Child) -> list[tuple[float, float]]:
    """PSS and RSS of each worker, in megabytes. Granian's main process and helpers are not workers."""
    assert web.process is not None
    sizes = []
    for child in psutil.Process(web.process.pid).children(recursive=True):
        memory = child.memory_full_info()
        sizes.append((memory.pss / 1e6, memory.rss / 1e6))
    return sorted(sizes, reverse=True)[:WEB_WORKERS]


def pgbench(where: Place, script: Path, seconds: float, **variables: int) -> float:
    """Transactions a second of an SQL script on eight connections. Raises on any failed transaction."""
    defined = [option for name, value in variables.items() for option in ("-D", f"{name}={value}")]
    output = where.cluster._run(
        "pgbench",
        *("-h", str(where.cluster.socket_dir), "-U", "kinroll", "-n", "-c", "8", "-j", "2", "-M", "prepared"),
        *("-T", f"{seconds:.0f}", "-f", str(script), *defined, "kinroll"),
    )
    for line in output.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise SystemExit(f"{tools() / 'pgbench'} said:\n{output}")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
