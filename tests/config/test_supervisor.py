"""``make run``'s supervisor, with the real processes it starts."""

import json
import os
import signal
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from config.environment import local_ports
from config.postgres import Cluster
from tests.supervised import Product

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("supervisor")]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One running copy for the tests of this module; each leaves it running."""
    running = Product(tmp_path_factory.mktemp("product") / "data", KINROLL_DEMO_DATA="no")
    running.start()
    yield running
    running.stop()
    running.clear_away()


def eventually(is_so: Callable[[], bool], *, seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.2)
    return False


def web_servers(product: Product) -> list[int]:
    """The processes of the web server that the supervisor itself began."""
    assert product.process is not None
    supervisor = psutil.Process(product.process.pid)
    running = [child for child in supervisor.children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child.pid for child in running if "granian" in child.cmdline()]


def is_healthy(product: Product) -> bool:
    try:
        return product.get("/healthz") == (200, "ok\n")
    except OSError:
        return False


def test_it_answers_and_names_its_addresses_and_the_demo_logins(product: Product) -> None:
    said = product.output()

    assert product.get("/healthz") == (200, "ok\n")
    assert f"Kinroll is ready: http://localhost:{product.port}/" in said
    assert "desk@demo.kinroll.test" in said
    assert "kinroll-demo-2026" in said


def test_a_mail_sent_to_the_catcher_is_shown_in_the_mailbox_and_its_html_is_kept_apart(
    product: Product,
) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = (
        "Your class is booked",
        "desk@example.org",
        "amara@example.org",
    )
    mail.set_content("See https://example.org/class today <b>soon</b>")
    mail.add_alternative("<p style='color:red'>See you</p><script>alert(1)</script>", subtype="html")
    with smtplib.SMTP("127.0.0.1", local_ports(product.data)["mail"]) as server:
        server.send_message(mail)

    (kept,) = (product.data / "mail").glob("*.eml")
    status, box = product.get("/dev/mail/")
    assert status == 200
    assert "Your class is booked" in box
    status, page = product.get(f"/dev/mail/{kept.stem}/")
    assert status == 200
    assert '<a href="https://example.org/class"' in page
    assert "&lt;b&gt;soon&lt;/b&gt;" in page
    assert "<p style=" not in page
    status, html = product.get(f"/dev/mail/{kept.stem}/html/")
    assert (status, html.strip()) == (200, "<p style='color:red'>See you</p><script>alert(1)</script>")


def test_a_web_server_that_dies_is_started_again(product: Product) -> None:
    former = web_servers(product)

    psutil.Process(former[0]).kill()

    assert eventually(lambda: len(web_servers(product)) == 1 and web_servers(product) != former)
    assert eventually(lambda: is_healthy(product))


def test_a_killed_database_is_started_again(product: Product) -> None:
    cluster = Cluster(product.data / "postgres")
    former = cluster.pid()
    assert former is not None

    os.kill(former, signal.SIGKILL)

    assert eventually(lambda: cluster.pid() not in (None, former))
    assert eventually(lambda: is_healthy(product))


def test_a_second_start_on_the_same_data_is_refused_in_one_line(product: Product) -> None:
    second = Product(product.data)
    second.log = product.data.with_name("second.log")
    second.begin()

    assert second.wait() == 1
    assert second.output() == (
        f"Kinroll cannot run: it already runs on the data in {product.data}."
        " Stop it, or give this one a KINROLL_DATA of its own\n"
    )
    assert is_healthy(product)


def test_a_port_in_use_is_one_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        copy = Product(tmp_path / "data", port)
        copy.begin()
        status = copy.wait()

    assert (status, copy.output()) == (
        1,
        f"Kinroll cannot run: port {port} is in use. Choose another: make run PORT={port + 1}\n",
    )
    assert not (copy.data / "postgres").exists()


def test_a_missing_secret_in_production_is_named_in_one_line(tmp_path: Path) -> None:
    copy = Product(tmp_path / "data", KINROLL_MODE="production", BASE_URL="https://kinroll.example.org")
    copy.begin()

    assert copy.wait() == 1
    assert copy.output() == (
        "Kinroll cannot run: SECRET_KEY is not set. In production it must be:"
        " 50 random characters that sign sessions and links.\n"
    )


def test_two_copies_run_side_by_side_and_ctrl_c_leaves_no_process_of_the_one_it_ends(
    product: Product, tmp_path: Path
) -> None:
    second = Product(tmp_path / "data", KINROLL_DEMO_DATA="no")
    second.start()
    try:
        assert is_healthy(second)
        assert not set(local_ports(second.data).values()) & set(local_ports(product.data).values())
        assert second.stop(signal.SIGINT) == 0
        assert [process.cmdline() for process in second.processes()] == []
        assert is_healthy(product)
    finally:
        second.clear_away()


def test_what_a_killed_supervisor_and_a_killed_database_leave_does_not_stop_the_next_start(
    tmp_path: Path,
) -> None:
    copy = Product(tmp_path / "data", KINROLL_DEMO_DATA="no")
    cluster = Cluster(copy.data / "postgres")
    try:
        copy.start()
        assert copy.process is not None
        copy.process.kill()
        copy.process.wait()
        database = cluster.pid()
        assert database is not None
        os.kill(database, signal.SIGKILL)
        assert json.loads((copy.data / "run" / "processes.json").read_text()) != {}

        copy.start()

        assert is_healthy(copy)
        assert copy.stop(signal.SIGTERM) == 0
        assert copy.processes() == []
    finally:
        copy.clear_away()
