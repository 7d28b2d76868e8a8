"""The product's own settings and the yardsticks' addresses. Nothing but ``make bench`` reads this module."""

from config.environment import BASE_DIR
from config.settings import *  # noqa: F403
from config.settings import LOGGING, TEMPLATES

ROOT_URLCONF = "tests.benchmarks.urls"
TEMPLATES = [
    TEMPLATES[0] | {"DIRS": [BASE_DIR / "templates", BASE_DIR / "tests" / "benchmarks" / "templates"]}
]
LOGGING = LOGGING | {"root": {"handlers": ["console"], "level": "WARNING"}}
