"""A job goes with the transaction it was deferred in, in a page and inside another job alike."""

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_page(act: Callable[[], None]) -> None:
    act()


def in_a_job(act: Callable[[], None]) -> None:
    """Run ``act`` where the worker runs a job: beside its event loop, the app on the worker's own connections."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    async def work() -> None:
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        with app.replace_connector(connector.get_worker_connector()):
            async with app.open_async():
                await sync_to_async(run, thread_sensitive=False)()

    asyncio.run(work())


def waiting() -> list[tuple[str, str, str | None, dict[str, int]]]:
    rows = ProcrastinateJob.objects.filter(queue_name="tests").order_by("id")
    return list(rows.values_list("task_name", "queue_name", "lock", "args"))


def defer_and_fail() -> None:
    with transaction.atomic():
        jobs.defer("messaging.send", queue="tests", message_id=1)
        raise RuntimeError("undone")


def defer() -> None:
    with transaction.atomic():
        jobs.defer("messaging.send", queue="tests", lock="mine", message_id=2)


@pytest.mark.parametrize("place", [in_a_page, in_a_job])
def test_a_job_goes_with_the_transaction_it_was_deferred_in(
    place: Callable[[Callable[[], None]], None],
) -> None:
    ProcrastinateJob.objects.filter(queue_name="tests").delete()
    with pytest.raises(RuntimeError, match="undone"):
        place(defer_and_fail)
    assert waiting() == []
    place(defer)
    assert waiting() == [("messaging.send", "tests", "mine", {"message_id": 2})]
