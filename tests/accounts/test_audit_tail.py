"""``manage.py audit_tail``: the newest of the audit in ids, and what comes."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.management.commands import audit_tail
from accounts.models import AuditEvent
from tests import factories as make
from tests.cast import Cast
from tests.relationships.copies import acting


def did(by: Actor, cast: Cast, action: str = "scheduling.booked", **where: Any) -> None:
    with transaction.atomic():
        audit.record(by=by, action=action, target=cast.child, members=[cast.child], **where)


def told(*args: str, **options: Any) -> list[str]:
    said = StringIO()
    call_command("audit_tail", *args, stdout=said, **options)
    return said.getvalue().splitlines()


def test_each_entry_is_a_line_of_ids_oldest_first(cast: Cast) -> None:
    did(acting(cast.owner, ip="203.0.113.7"), cast, organization=cast.organization)
    did(Actor.of_job("scheduling.lapse"), cast, "scheduling.released")

    first, second = told()

    owner, child = cast.owner.pk, cast.child.pk
    assert first.endswith(
        f"Z  riverside  person {owner} for {child}  scheduling.booked (A place was booked)  "
        f"accounts.member {child} from 203.0.113.7"
    )
    assert "job scheduling.lapse" in second
    assert [name for name in ("Toby", "Amara") if name in first + second] == []


def test_one_organisation_so_many_lines_and_json(cast: Cast) -> None:
    for organization in (cast.organization, cast.rival, cast.organization):
        did(acting(cast.owner), cast, organization=organization)

    assert len(told("-n", "1")) == 1
    lines = [json.loads(line) for line in told("--organization", "riverside", "--json")]
    assert [(line["organization"], line["action"], line["for_members"]) for line in lines] == [
        ("riverside", "scheduling.booked", [cast.child.pk])
    ] * 2


def test_since_reads_lengths_of_time_days_and_moments(cast: Cast) -> None:
    did(acting(cast.owner), cast)

    assert len(told("--since", "1h")) == 1
    assert told("--since", "2999-01-01") == []
    assert audit_tail.since("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)
    assert audit_tail.since("2026-03-01T14:00+02:00") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert timezone.now() - audit_tail.since("3d") - timedelta(days=3) < timedelta(seconds=5)


@pytest.mark.django_db
def test_an_organisation_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match="There is no organisation 'nowhere'") as refused:
        call_command("audit_tail", organization="nowhere")
    assert refused.value.returncode == 1


def test_what_is_not_understood_ends_with_two_and_help_teaches() -> None:
    run = [sys.executable, "-W", "ignore", "-m", "django"]
    where: dict[str, Any] = {"cwd": settings.BASE_DIR, "capture_output": True, "text": True}

    wrong = subprocess.run([*run, "audit_tail", "--since", "soon"], **where)
    taught = subprocess.run([*run, "audit_tail", "--help"], **where)

    assert (wrong.returncode, "'soon' is neither a length of time as 2h nor a day" in wrong.stderr) == (
        2,
        True,
    )
    assert (taught.returncode, "manage.py audit_tail --since 2h --follow" in taught.stdout) == (0, True)


@pytest.mark.django_db(transaction=True)
def test_following_shows_what_comes_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    member = make.MemberFactory()
    turns = iter(range(3))

    def sleep(_seconds: float) -> None:
        if next(turns, None) is None:
            raise KeyboardInterrupt
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()

    def write() -> None:
        with transaction.atomic():
            audit.record(by=Actor.of_job("a.job"), action="scheduling.released", target=member)
        connections.close_all()

    monkeypatch.setattr("accounts.management.commands.audit_tail.time.sleep", sleep)

    assert len(told("--follow")) == 3
    assert AuditEvent.objects.count() == 3
