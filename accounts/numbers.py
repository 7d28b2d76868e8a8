"""The organisation's own numbers: households, clients, invoices."""

from django.db import connection

from accounts.models import Organization

SQL = """
INSERT INTO accounts_numbercounter (organization_id, kind, last) VALUES (%s, %s, %s)
ON CONFLICT (organization_id, kind) DO UPDATE SET last = accounts_numbercounter.last + EXCLUDED.last
RETURNING last
"""


def next_number(organization: Organization, kind: str) -> int:
    """The next number of ``kind``, without gaps. Holds the counter's lock until the transaction ends,

    so it is taken last (RULES 3.9).
    """
    return next_numbers(organization, kind, 1)[0]


def next_numbers(organization: Organization, kind: str, count: int) -> range:
    """``count`` numbers at once, for imports."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction that uses it")
    with connection.cursor() as cursor:
        cursor.execute(SQL, [organization.pk, kind, count])
        last = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)
