"""The embedded PostgreSQL: started when needed, stopped by whoever leaves last, never in the way."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from config.postgres import Cluster

pytestmark = pytest.mark.processes


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "postgres", is_throwaway=True)
    yield made
    made.stop()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_it_runs_while_used_and_stops_with_the_last_user(cluster: Cluster) -> None:
    with cluster.using() as first:
        with cluster.using() as second:
            assert first == second
        assert ask(first, "SELECT current_database()") == "kinroll"
        assert ask(first, "SHOW max_connections") == "200"
    assert cluster.pid() is None


def test_many_users_at_once_share_one_server(cluster: Cluster) -> None:
    pids: list[object] = []
    everybody_is_in = threading.Barrier(5)

    def use() -> None:
        with cluster.using():
            pids.append(cluster.pid())
            everybody_is_in.wait(60)

    users = [threading.Thread(target=use) for _ in range(5)]
    for user in users:
        user.start()
    for user in users:
        user.join()

    assert len(pids) == 5
    assert len(set(pids)) == 1
    assert cluster.pid() is None


def test_a_killed_server_keeps_its_data_and_starts_again(cluster: Cluster) -> None:
    cluster = replace(cluster, is_throwaway=False)
    cluster.start()
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    killed = cluster.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    cluster.start()

    assert ask(cluster.url(), "SELECT seven FROM kept") == 7


def test_a_pid_file_that_names_some_other_process_is_put_right(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.pgdata / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.pgdata}\n")

    assert cluster.pid() is None
    cluster.start()

    assert ask(cluster.url(), "SELECT 1") == 1


def test_an_initdb_that_was_killed_is_begun_anew(cluster: Cluster) -> None:
    (cluster.folder / "data.new").mkdir(parents=True)
    (cluster.folder / "data.new" / "PG_VERSION").write_text("18\n")

    cluster.start()

    assert ask(cluster.url(), "SELECT 1") == 1


def test_a_long_path_gets_a_socket_elsewhere_that_only_its_owner_can_open(tmp_path: Path) -> None:
    long = tmp_path / ("a-data-folder-with-a-long-name-" * 3) / "postgres"
    long.parent.mkdir()
    cluster = Cluster(long, is_throwaway=True)

    with cluster.using() as url:
        assert ask(url, "SELECT 1") == 1
        assert len(str(cluster.socket_dir)) < 60
        assert cluster.socket_dir.stat().st_mode & 0o077 == 0
