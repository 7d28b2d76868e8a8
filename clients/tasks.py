"""The jobs of clients. Each is safe to run twice."""

from procrastinate.contrib.django import app

from accounts.actors import Actor
from accounts.models import Organization
from clients.operations import hiding

HIDE_INACTIVE = "clients.hide_inactive"


@app.periodic(cron="10 4 * * *")
@app.task(name=HIDE_INACTIVE, queueing_lock=HIDE_INACTIVE)
def hide_inactive(timestamp: int) -> None:
    """Each night: households without activity leave the lists (D09)."""
    for organization in Organization.objects.order_by("id"):
        hiding.hide_inactive(by=Actor.of_job(HIDE_INACTIVE), organization=organization)
