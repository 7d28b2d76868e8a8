"""Run as a program: carry erasures on, each in a process that is killed (SIGKILL) at a named step.

``python -m tests.erasure.killed DATABASE STRIPE < jobs.json``, a job being ``{"id": request, "at": step}``.
Prints for each how it ended.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any

from tests.billing.killed import die_at


def in_a_child(job: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            die_at(job["at"])
            import_module("accounts.flows").erase(request_id=job["id"])
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
    return os.waitpid(child, 0)[1]


def main(database: str, stripe: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.STRIPE_API_BASE = stripe
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    django.setup()
    jobs = json.load(sys.stdin)
    sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(in_a_child(job)) for job in jobs]))


if __name__ == "__main__":
    main(*sys.argv[1:])
