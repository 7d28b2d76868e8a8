#!/usr/bin/env python
"""The operators' door: ``python manage.py <command>``.

Run alone, without ``DATABASE_URL``, a command finds the embedded database running or starts it, and the
last to leave stops it again.
"""

import os
import sys

from config.postgres import PostgresFailed, ensure_running


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        if os.environ.get("KINROLL_MODE") == "production":  # its DATABASE_URL is required
            execute_from_command_line(sys.argv)
        else:
            with ensure_running():
                execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, PostgresFailed) as error:
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main()
