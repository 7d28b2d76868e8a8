"""Run as a program: carry out payments, each in a process that is killed (SIGKILL) at a named step.

``python tests/billing/killed.py DATABASE STRIPE < jobs.json``, a job being ``{"do": "pay" | "settle",
"id": cart or payment id, "by": member id, "card": id, "at": step}``. Prints for each how it ended.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

BEFORE, AFTER = "before ", "after "


def die_at(step: str) -> None:
    """Wrap the function that ``step`` names, so that the process is killed before it begins or after it ends."""
    when, name = step.split(" ")
    module_name, function_name = name.rsplit(".", 1)
    module = import_module(module_name)
    real: Callable[..., Any] = getattr(module, function_name)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function_name, killed)


def carry_out(job: dict[str, Any]) -> None:
    """In a child process."""
    from accounts.models import Member
    from billing import flows
    from billing.models import Cart, PaymentMethod
    from tests.billing.purse import person

    die_at(job["at"])
    if job["do"] == "settle":
        flows.settle(payment_id=job["id"])
        return
    cart = Cart.objects.select_related("organization", "account").get(pk=job["id"])
    buyer = Member.objects.select_related("account", "user").get(pk=job["by"])
    card = PaymentMethod.objects.get(pk=job["card"])
    flows.pay(by=person(buyer, cart.organization), cart=cart, method=card)


def in_a_child(job: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            carry_out(job)
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
    import_module("billing.tasks")
    jobs = json.load(sys.stdin)
    sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(in_a_child(job)) for job in jobs]))


if __name__ == "__main__":
    main(*sys.argv[1:])
