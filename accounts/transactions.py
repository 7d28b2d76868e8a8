"""One transaction an operation, and no savepoints between the operations inside it.

``@transaction.atomic`` makes a savepoint wherever it stands inside another: two statements each, a third of
what a booking would send. An operation that refuses undoes the whole act anyway, so it needs none.
"""

from collections.abc import Callable
from functools import wraps

from django.db import connection, transaction


def operation[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` in a transaction, or as part of the one it is called in.

    Inside another operation a refusal undoes that one too. Who wants to go on after one puts the call into
    ``with transaction.atomic():``.
    """

    @wraps(function)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(savepoint=not _is_part()):
            return function(*args, **kwargs)

    return in_transaction


def _is_part() -> bool:
    """Inside a transaction that is not merely the one a test is wrapped in."""
    blocks = connection.atomic_blocks
    return bool(blocks) and not getattr(
        blocks[-1], "_from_testcase", False
    )  # as Django's own ``durable`` asks
