"""Who may act for whom, as a list, at the size that is measured: one statement, found by indexes."""

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Member, Organization
from relationships import authority
from relationships.enums import FamilyPermission
from tests.benchmarks.data import FAMILY, FAMILY_USER, ORG
from tests.benchmarks.report import Row

MOST_MS = 5.0
ROUNDS = 25
LARGE = 1_000  # rows from which on a table must not be read whole


def measure() -> list[Row]:
    """A row for each form of the question that pages ask."""
    return [_row(words, asked) for words, asked in questions()]


def questions() -> Iterator[tuple[str, QuerySet[Member]]]:
    """In words, and as the list: of an owner of five who is linked with a sixth, over all and at one place."""
    owner = Member.objects.get(user=FAMILY_USER)
    adult = Member.objects.get(
        pk=(FAMILY_USER - 1) * FAMILY + 2
    )  # neither owner nor linked: themselves alone
    place = Organization.objects.get(pk=ORG)
    for words, asker, permission, where in (
        ("everybody one may see", owner, FamilyPermission.VIEW, None),
        ("everybody one may see, at one place", owner, FamilyPermission.VIEW, place),
        ("everybody one may book for, at one place", owner, FamilyPermission.BOOK, place),
        ("everybody one may sign for, at one place", owner, FamilyPermission.SIGN, place),
        ("the same of somebody who runs nothing", adult, FamilyPermission.VIEW, place),
    ):
        yield words, authority.subjects(Actor.of_member(asker), permission, where)


def plan_of(asked: QuerySet[Member]) -> Iterator[dict[str, Any]]:
    """Every node of the plan that PostgreSQL carries out for the list."""
    [top] = json.loads(asked.explain(analyze=True, format="json"))
    waiting = [top["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        yield node


def read_whole(asked: QuerySet[Member]) -> list[str]:
    """The large tables that the plan reads from end to end; there should be none."""
    scanned = {node["Relation Name"] for node in plan_of(asked) if node["Node Type"] == "Seq Scan"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples >= %s ORDER BY relname",
            [sorted(scanned), LARGE],
        )
        return [name for (name,) in cursor.fetchall()]


def _row(words: str, asked: QuerySet[Member]) -> Row:
    times, count = [], 0
    for _round in range(ROUNDS):
        with CaptureQueriesContext(connection) as queries:
            people = len(asked.all())
        count = len(queries)
        times.append(1000 * sum(float(query["time"]) for query in queries.captured_queries))
    whole = read_whole(asked)
    reads = f", reads all of {', '.join(whole)}" if whole else ", by indexes"
    return Row(
        goal="G3",
        work=f"{words} ({people} people){reads}",
        measured=f"{median(times):.1f} ms",
        wanted=f"≤ {MOST_MS:.0f} ms",
        is_kept=median(times) <= MOST_MS and not whole,
        sql=f"{count} (= 1)",
        sql_kept=count == 1,
    )
