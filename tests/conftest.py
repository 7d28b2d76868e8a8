"""What every test gets: the run's own PostgreSQL cluster, an empty cache, and no network mail."""

import os
import shutil
from collections.abc import Iterator

import psutil
import pytest
from django.core.cache import caches

from config.catalogues import compile_catalogues
from config.postgres import Cluster
from tests.devstripe import devstripe, devstripe_server  # noqa: F401
from tests.fixtures import cast, web  # noqa: F401
from tests.settings import TEST_FOLDER

# Without durability, shared by the workers of the run, each in a database of its own.
CLUSTER = Cluster(TEST_FOLDER / "postgres", is_throwaway=True)
OWNS_CLUSTER = "KINROLL_TEST_CLUSTER" not in os.environ and "DATABASE_URL" not in os.environ
OWNS_FOLDER = os.environ.get("KINROLL_TEST_OWNER") == str(os.getpid())


def pytest_configure(config: pytest.Config) -> None:
    if OWNS_CLUSTER:
        os.environ["KINROLL_TEST_CLUSTER"] = "started"
        _sweep()
        CLUSTER.start()
    if not hasattr(config, "workerinput"):  # xdist's workers find it done
        compile_catalogues()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's groups first, whatever the order within: begun last, one would keep a worker waiting."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


def _sweep() -> None:
    """End the clusters of test runs that were killed, and remove their folders."""
    for folder in TEST_FOLDER.parent.glob("kinroll-tests-*"):
        owner = folder / "owner"
        if owner.is_file() and not psutil.pid_exists(int(owner.read_text() or 0)):
            Cluster(folder / "postgres", is_throwaway=True).stop()
            shutil.rmtree(folder, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if OWNS_CLUSTER:
        CLUSTER.stop()
    if OWNS_FOLDER:
        shutil.rmtree(TEST_FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Log-in attempts counted in one test do not count in the next."""
    yield
    for cache in caches.all():
        cache.clear()
