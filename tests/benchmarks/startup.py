"""G14: how long ``make run`` takes to its first page, with its demo data made on the way."""

import http.client
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from config.environment import BASE_DIR
from tests.benchmarks.server import PRIVATE
from tests.supervised import Product

SECONDS_TO_START = 240.0


def first_page(data: Path) -> float:
    """Seconds from ``make run`` on an empty folder to its first page; ends all of it again."""
    product = Product(data)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    environment |= {"KINROLL_DATA": str(data), "PORT": str(product.port)}
    began = time.monotonic()
    with product.log.open("ab") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not _answers(product):
            if process.poll() is not None or time.monotonic() - began > SECONDS_TO_START:
                raise SystemExit(f"make run showed no page:\n{product.output()[-3000:]}")
            time.sleep(0.1)
        return time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        product.clear_away()
        shutil.rmtree(data, ignore_errors=True)


def _answers(product: Product) -> bool:
    try:
        return product.get("/login/login/")[0] == 200
    except (OSError, http.client.HTTPException):
        return False
