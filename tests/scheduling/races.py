"""Races for seats: threads on connections of their own, let go at the same moment (G8)."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import sleep
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from accounts.actors import Actor
from scheduling.enums import ACTIVE_STATES
from scheduling.errors import SessionIsFull
from scheduling.models import Registration, Session
from scheduling.operations import seats
from scheduling.operations.seats import Wanted
from tests import factories as make

DESK = Actor.of_command("race")


@dataclass(frozen=True)
class Outcome:
    """What the threads got: how many seats, and what each of the others was told."""

    won: int
    full: int
    by_database: int  # told by the database's CHECK, not by counting under the lock
    others: tuple[BaseException, ...]


def race(attempts: Sequence[Callable[[], Any]]) -> Outcome:
    """Run every attempt in a thread of its own, all from the same moment."""
    start = threading.Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> BaseException | None:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            attempt()
        except BaseException as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(attempts)) as pool:
        outcomes = list(pool.map(run, attempts))
    full = [each for each in outcomes if isinstance(each, SessionIsFull)]
    return Outcome(
        won=outcomes.count(None),
        full=len(full),
        by_database=sum(each.__cause__ is not None for each in full),
        others=tuple(each for each in outcomes if each and not isinstance(each, SessionIsFull)),
    )


def holding(wanted: Sequence[Wanted], minutes: float = 15) -> Callable[[], None]:
    """An attempt to hold."""
    until = timezone.now() + timedelta(minutes=minutes)
    organization = wanted[0].client.organization
    return lambda: seats.hold(by=DESK, organization=organization, wanted=wanted, until=until)


def taking(wanted: Sequence[Wanted]) -> Callable[[], None]:
    """An attempt to book."""
    organization = wanted[0].client.organization
    return lambda: seats.take(by=DESK, organization=organization, wanted=wanted)


def wants(target: Any, count: int, each: int = 1) -> list[list[Wanted]]:
    """``count`` families who each want ``each`` places in a session or course."""
    kind = "session" if isinstance(target, Session) else "schedule"
    line = make.CartLineFactory(cart__organization=target.organization)
    household = make.HouseholdFactory(organization=target.organization)
    families = []
    for _ in range(count):
        family = []
        for _ in range(each):
            member = make.MemberFactory(account=household.account)
            client = make.ClientFactory(organization=target.organization, member=member, household=household)
            own = make.CartLineFactory(cart=line.cart, product=line.product, member=member)
            family.append(Wanted(client=client, line=own, **{kind: target}))
        families.append(family)
    return families


def books_agree() -> bool:
    """Whether every session's counter is the number of its active registrations, and within its seats."""
    rows = Counter(Registration.objects.filter(state__in=ACTIVE_STATES).values_list("session_id", flat=True))
    sessions = list(Session.objects.all())
    return all(s.seats_taken == rows[s.pk] and s.seats_taken <= s.seats for s in sessions)


@contextmanager
def without_the_lock(seconds: float = 0.02) -> Iterator[None]:
    """Sessions are read without locking, and each reader dawdles: what the lock is there to prevent."""
    locked = seats.lock

    def unlocked(which: Any) -> dict[int, Session]:
        found = Session.objects.select_related("schedule").filter(which).order_by("pk")
        sessions = {session.pk: session for session in found}
        sleep(seconds)
        return sessions

    seats.lock = unlocked
    try:
        yield
    finally:
        seats.lock = locked


class FortyForTen:
    """G8: forty buyers in eight threads want ten places, three holds of others run out meanwhile."""

    def __init__(self) -> None:
        session = make.SessionFactory(capacity=10)
        self.schedule = session.schedule
        self.families = wants(session, 43)
        self.shuffle = random.Random(2026)

    def round(self) -> Outcome:
        """One race, for a session of its own."""
        Registration.objects.all().delete()
        self.schedule.sessions.all().delete()
        session = make.SessionFactory(schedule=self.schedule, capacity=10)
        families = [[replace(want, session=session) for want in family] for family in self.families]
        for wanted in families[:3]:
            holding(wanted, minutes=-1)()
        buyers = [taking(wanted) for wanted in families[3:23]] + [holding(wanted) for wanted in families[23:]]
        self.shuffle.shuffle(buyers)
        return _in_eight(buyers)


def _in_eight(attempts: Sequence[Callable[[], Any]]) -> Outcome:
    queues = [attempts[n::8] for n in range(8)]
    outcomes: list[BaseException | None] = []

    def work(queue: Sequence[Callable[[], Any]]) -> None:
        for attempt in queue:
            try:
                attempt()
            except BaseException as error:
                outcomes.append(error)
            else:
                outcomes.append(None)

    race([partial(work, queue) for queue in queues])
    full = [each for each in outcomes if isinstance(each, SessionIsFull)]
    return Outcome(
        won=outcomes.count(None),
        full=len(full),
        by_database=sum(each.__cause__ is not None for each in full),
        others=tuple(each for each in outcomes if each and not isinstance(each, SessionIsFull)),
    )
