"""Once: the same form, sent twice, is carried out one time."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import SubmissionChanged
from accounts.models import Submission
from accounts.transactions import operation

# A password is not even hashed with the rest: a stored hash of it could be guessed at leisure.
IGNORED = {"csrfmiddlewaretoken", "once", "password"}
KEPT_FOR = timedelta(days=7)  # longer than anybody leaves a page open and still sends its form

CLAIM = """
INSERT INTO accounts_submission (once, actor_key, path, body_hash, location, created_at)
VALUES (%s, %s, %s, %s, '', now()) ON CONFLICT (once) DO NOTHING
"""


def body_hash(data: Mapping[str, Sequence[str]]) -> str:
    """A hash of what was sent, whatever the order of the fields."""
    digest = hashlib.sha256()
    for name in sorted(set(data) - IGNORED):
        for value in data[name]:
            digest.update(f"{name}\x1f{value}\x1e".encode())
    return digest.hexdigest()


@operation
def carry_out(
    *, by: Actor, once: str, path: str, data: Mapping[str, Sequence[str]], do: Callable[[], str]
) -> str:
    """Run ``do`` in this transaction unless ``once`` was carried out before; return where to go next.

    ``do`` returns the location of the answer. A second sender waits for the first and gets the same
    location. Raises SubmissionChanged when the same ``once`` comes from another actor, for another page
    or with another body. When ``do`` raises, nothing is kept, and the same form can be sent again.
    """
    try:
        key = UUID(once)
    except ValueError as error:
        raise SubmissionChanged from error
    seen = body_hash(data)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [key, by.key, path[:300], seen])
        is_first = cursor.rowcount == 1
    submission = Submission.objects.get(once=key)
    if is_first:
        submission.location = do()
        submission.save(update_fields=["location"])
    elif (submission.actor_key, submission.path, submission.body_hash) != (by.key, path[:300], seen):
        raise SubmissionChanged
    return submission.location


def forget_old() -> int:
    """Delete what was sent in more than seven days ago; how many. Safe to repeat."""
    forgotten, _by_model = Submission.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return forgotten
