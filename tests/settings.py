"""The product's settings, in test mode, on the test run's own database cluster.

pytest-django reads this before any conftest. Where no ``DATABASE_URL`` is set, the first process of a run
chooses a folder for a cluster (``tests/conftest.py`` starts and removes it); xdist's workers inherit both.
"""

import os
import tempfile
from pathlib import Path

os.environ["KINROLL_MODE"] = "test"
if "KINROLL_TEST_FOLDER" not in os.environ:
    os.environ["KINROLL_TEST_FOLDER"] = tempfile.mkdtemp(prefix="kinroll-tests-")
    os.environ["KINROLL_TEST_OWNER"] = str(os.getpid())
    Path(os.environ["KINROLL_TEST_FOLDER"], "owner").write_text(str(os.getpid()))
TEST_FOLDER = Path(os.environ["KINROLL_TEST_FOLDER"]).resolve()
os.environ["KINROLL_DATA"] = str(TEST_FOLDER)
(TEST_FOLDER / "static").mkdir(exist_ok=True)  # WhiteNoise warns of a missing one
for name in (
    "BASE_URL",
    "PORT",
    "HOST",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_API_BASE",
):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403

STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody answers there: the devstripe fixture sets a real address
