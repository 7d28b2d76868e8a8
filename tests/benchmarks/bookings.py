"""Bookings (G7): carts that hold their seats, made by SQL, and the requests that turn them into bookings.

``free`` is the checkout form of a cart that costs nothing. ``paid`` is what runs when the money of a card has
come: payment, ledger, invoice, seat and mail in one transaction; what Stripe takes before is not in it.
Each is measured spread over many sessions, and into one whose lock all of them want.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Cart, CartLine, Payment
from scheduling.models import Place, Registration, Session
from tests.benchmarks import server
from tests.benchmarks.data import FAMILY, ORG, SLUG
from tests.benchmarks.filling import fill, reset_sequences
from tests.benchmarks.load import Request
from tests.benchmarks.pages import Count, browser, cookies, counted

FIRST_FAMILY, LOGINS = 21, 200  # these families have signed everything
CHILDREN = 3
SPREAD = 100  # sessions
BLOCK = SPREAD + 1  # and the one that all want
KINDS = ("free", "paid")
WHERE = ("spread", "one")
CSRF = "k" * 32
PLENTY = 1_000_000  # seats
RAW_SINGLES = 10  # sessions that all of one burst of the raw yardstick want
RAW_BURST = 4  # times the number of clients: more than one burst can book, and no pair comes twice
RAW = Path(__file__).with_name("raw_booking.sql")


@dataclass(frozen=True)
class Group:
    """The bookings of one kind into one choice of sessions: their ids begin after ``before``."""

    kind: str
    where: str
    before: int

    def requests(self, first: int, count: int, logins: Sequence[str]) -> Iterator[Request]:
        """The next ``count`` bookings, each as the owner of its family."""
        for number in range(first, first + count):
            yield Request(
                self.path(number),
                cookies=f"{logins[number % LOGINS]}; {settings.CSRF_COOKIE_NAME}={CSRF}",
                method="POST",
                headers=(("X-CSRFToken", CSRF),),
            )

    def path(self, number: int) -> str:
        """Where booking ``number`` of the group is sent."""
        pk = self.before + 1 + number
        if self.kind == "paid":
            return f"/benchmarks/paid/{pk}/"
        return reverse("public:checkout", args=[SLUG, f"H{pk:09d}"])

    @property
    def status(self) -> int:
        """What answers it when all went well."""
        return 204 if self.kind == "paid" else 303


@transaction.atomic
def make(count: int) -> list[Group]:
    """``count`` held carts of each group, on sessions of their own."""
    singles, last_cart = Session.objects.latest("id"), Cart.objects.latest("id").pk
    sessions = singles.pk + 1
    fill(
        Session,
        f"generate_series(0, {len(KINDS) * BLOCK + SPREAD + RAW_SINGLES - 1}) AS n",
        id=f"{sessions} + n",
        organization_id=str(ORG),
        service_id="1",
        schedule_id="1",
        code=f"'T' || lpad(({sessions} + n)::text, 9, '0')",
        starts_at="now() + (20 + n) * interval '1 day'",
        ends_at="now() + (20 + n) * interval '1 day' + interval '45 minutes'",
        capacity=str(PLENTY),
    )
    groups = []
    for at, (kind, where) in enumerate((kind, where) for where in WHERE for kind in KINDS):
        group = Group(kind, where, last_cart + at * count)
        block = sessions + KINDS.index(kind) * BLOCK
        _carts(group, count, f"{block} + n % {SPREAD}" if where == "spread" else f"{block + SPREAD}")
        groups.append(group)
    reset_sequences(Session, Cart, CartLine, Place, Payment)
    return groups


def raw(where: server.Place, burst: int, seconds: float, rows: int, *, into_one: bool) -> float:
    """R: bookings a second in bare SQL. Each burst needs a number of its own, below ``RAW_SINGLES``."""
    first = Session.objects.filter(code__startswith="T").earliest("id").pk + len(KINDS) * BLOCK
    return server.pgbench(
        where,
        RAW,
        seconds,
        i=0,
        begin=burst * RAW_BURST * rows,
        rows=rows,
        into_one=int(into_one),
        first_session=first,
        one_session=first + SPREAD + burst,
        sessions=SPREAD,
    )


def log_in() -> list[str]:
    """The cookies of the families' owners, in the order of the bookings."""
    return [cookies(browser(FIRST_FAMILY + at)) for at in range(LOGINS)]


def _carts(group: Group, count: int, session: str) -> None:
    """Carts, lines, places and held seats, under one id each."""
    paid = group.kind == "paid"
    source, here = f"generate_series(0, {count - 1}) AS n", {"organization_id": str(ORG)}
    number = f"({group.before + 1} + n)"
    family = f"({FIRST_FAMILY} + n % {LOGINS})"
    owner = f"(({family} - 1) * {FAMILY} + 1)"
    child = f"({owner} + 2 + (n / {LOGINS}) % {CHILDREN})"
    until = "now() + interval '2 hours'"
    fill(
        Cart,
        source,
        **here,
        id=number,
        account_id=family,
        buyer_id=owner,
        code=f"'H' || lpad(({number})::text, 9, '0')",
        state="'held'",
        held_until=until,
    )
    fill(
        CartLine,
        source,
        **here,
        id=number,
        cart_id=number,
        kind="'session'",
        member_id=child,
        product_id=str(ORG * 10 + (0 if paid else 2)),
        label="'Swim 1'",
        detail="'Next week'",
        amount_minor="1200" if paid else "0",
        tax_rate_id=str(ORG),
        tax_minor="156" if paid else "0",
    )
    fill(Place, source, **here, cart_line_id=number, session_id=session)
    fill(
        Registration,
        source,
        **here,
        session_id=session,
        client_id=child,
        cart_line_id=number,
        booked_by_id=owner,
        state="'held'",
        held_until=until,
    )
    if paid:
        fill(
            Payment,
            source,
            **here,
            id=number,
            household_id=family,
            cart_id=number,
            paid_by_id=owner,
            kind="'card'",
            amount_minor="1356",
            currency="'CAD'",
            stripe_intent_id=f"'pi_benchmark_' || {number}",
        )


@dataclass(frozen=True)
class Inside:
    """What one kind of booking does inside: its SQL, how long it holds a session's lock, and calls out."""

    count: Count
    lock_p95: float
    calls_in_transaction: int


def looked_into(group: Group, first: int, times: int) -> Inside:
    """Carry out ``times`` bookings of the group in this process, one after the other."""
    owners = [browser(FIRST_FAMILY + number % LOGINS) for number in range(first, first + times)]
    count = _counted(owners[0], group, first)
    held: list[float] = []
    calls = _Calls()
    with connection.execute_wrapper(_clock(held)), calls.watching():
        for number, owner in zip(range(first + 1, first + times), owners[1:], strict=True):
            answer = owner.post(group.path(number))
            if answer.status_code != group.status:
                raise SystemExit(f"a booking answered {answer.status_code}")
    return Inside(count, statistics.quantiles(held, n=20, method="inclusive")[18], calls.seen)


def _counted(owner: Browser, group: Group, number: int) -> Count:
    return counted(owner, group.path(number), method="post", expected=group.status)


def _clock(held: list[float]) -> Callable[..., Any]:
    """Notes the milliseconds from the lock of a session to its commit."""

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if "FOR UPDATE" in sql and 'FROM "scheduling_session"' in sql:
            began = time.perf_counter()
            transaction.on_commit(lambda: held.append((time.perf_counter() - began) * 1000))
        return answer

    return wrapper


class _Calls:
    """Counts connections that Python opens to anywhere while a transaction is open."""

    def __init__(self) -> None:
        self.seen = 0
        self.is_watching = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _arguments: tuple[Any, ...]) -> None:
        if self.is_watching and event == "socket.connect" and connection.in_atomic_block:
            self.seen += 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.is_watching = True
        try:
            yield
        finally:
            self.is_watching = False
