"""Brings a copy of Kinroll up to date before it serves (``python -m config.prepare``).

Migrations, the shared cache's table, translations and static files; in demo mode also the demo data, the
first time. Safe to run again, and in production part of each deployment.
"""

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands

from config.catalogues import compile_catalogues

DEMO_COMMAND = "create_demo"


def prepare() -> None:
    """Run each step in turn, quietly; a failing one raises."""
    compile_catalogues()
    django.setup()
    call_command("migrate", interactive=False, verbosity=1 if settings.IS_PRODUCTION else 0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    if settings.IS_DEMO:
        _create_demo()


def _create_demo() -> None:
    """Fill the database, once: a mark beside the data says that it was done.

    The command is run again after it failed or was killed, so it must be safe to run twice.
    """
    done = settings.DATA_DIR / "demo-created"
    if not settings.HAS_DEMO_DATA or done.exists() or DEMO_COMMAND not in get_commands():
        return
    print("making the demo data, once ...", flush=True)  # noqa: T201
    call_command(DEMO_COMMAND)
    done.touch()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        prepare()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
