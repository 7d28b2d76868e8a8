"""The jobs of scheduling. Rows are the truth; a job that runs twice or late does no harm."""

from procrastinate.contrib.django import app

from scheduling.operations import seats


@app.periodic(cron="* * * * *")
@app.task(name="scheduling.lapse_overdue", queueing_lock="scheduling.lapse_overdue")
def lapse_overdue(timestamp: int) -> None:
    """Each minute: seats whose hold ran out are free again (RULES 3.2)."""
    seats.lapse_all_overdue()
