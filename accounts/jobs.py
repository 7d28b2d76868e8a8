"""Deferring a job, in the caller's transaction wherever the caller runs.

Inside the worker Procrastinate swaps its app's connector for a pool of the worker's own, on which a job
stands at once: another slot would take it before the rows it is about are committed, find nothing to do and
end. So jobs are always written on Django's connection here, never by ``app`` or a task.
"""

from datetime import datetime

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

QUEUE = "default"
_manager = JobManager(DjangoConnector())


def defer(
    name: str, *, queue: str = QUEUE, lock: str | None = None, at: datetime | None = None, **ids: int | str
) -> None:
    """Put the job ``name`` in the queue, now or not before ``at``; undone when the caller's transaction is.

    Jobs of one ``lock`` run one after another. ``ids`` are the job's arguments: ids only.
    """
    deferrer = configure_task(name=name, job_manager=_manager, queue=queue, lock=lock, schedule_at=at)
    deferrer.defer(**ids)
