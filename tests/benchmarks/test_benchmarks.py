"""The benchmarks stay able to run: their data fit the schema, their pages answer, their bookings book."""

import pytest
from django.core.cache import caches
from django.db import connection

from scheduling.enums import RegistrationState
from scheduling.models import Registration
from tests.benchmarks import bookings, data, rights
from tests.benchmarks.pages import browser, counted, pages

pytestmark = pytest.mark.urls("tests.benchmarks.urls")
ROWS = 2_000
# Titles of pages known to miss (docs/performance.md); a page leaves when it keeps to its budget.
OVER_BUDGET: set[str] = set()


def _know_the_data() -> None:
    """As autovacuum does within a minute: a planner that counts on empty tables reads whole ones again and again."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.django_db
def test_every_measured_page_answers_on_the_generated_data_within_its_budget_of_sql() -> None:
    made = data.make(ROWS)
    _know_the_data()
    caches["local"].clear()
    over = {
        page.title: str(count)
        for page in pages(made)
        if page.title not in OVER_BUDGET
        for count in [counted(browser(page.user), page.path() or "")]
        if count.statements > page.queries
    }
    assert over == {}


@pytest.mark.django_db(transaction=True)
def test_generated_carts_of_every_kind_are_booked_and_call_nobody_meanwhile() -> None:
    data.make(ROWS)
    _know_the_data()
    groups = bookings.make(4)
    calls = [bookings.looked_into(group, 0, 3).calls_in_transaction for group in groups]
    booked = Registration.objects.filter(cart_line__isnull=False, state=RegistrationState.BOOKED)
    by_group = [
        booked.filter(cart_line__in=range(group.before + 1, group.before + 5)).count() for group in groups
    ]
    assert (by_group, calls) == ([3, 3, 3, 3], [0, 0, 0, 0])


@pytest.mark.django_db
def test_a_list_of_rights_is_one_statement_that_reads_no_large_table_whole() -> None:
    data.make(10_000)
    _know_the_data()
    rows = rights.measure()

    assert [(row.sql, "reads all of" in row.work) for row in rows] == [("1 (= 1)", False)] * 5
    assert [row.work for row in rows if "(6 people)" in row.work] != []
