"""The outbox: a row first, sent once, tried again, and silent about secrets afterwards."""

from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Organization
from accounts.money import Money
from messaging import flows, outbox, secrets
from messaging.contexts import pack, unpack
from messaging.enums import MessageState
from messaging.models import AddressSuppression, Message
from messaging.tasks import sweep
from tests.races import at_once

LINK = "https://kinroll.test/claim/abc/"
pytestmark = pytest.mark.django_db(transaction=True)


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture(autouse=True)
def _no_jobs() -> None:
    """Jobs outlive the flush between tests."""
    forget_jobs()


@pytest.fixture
def club() -> Organization:
    return Organization.objects.create(
        slug="club",
        name="Harbour & Sons Club",
        time_zone="America/Toronto",
        currency="CAD",
        country="CA",
        locale="fr_CA",
    )


def queue(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "template": "messaging/email/claim",
        "address": "amara@example.com",
        "dedupe_key": "claim:1",
        "context": {"name": "Amara", "sender": "Harbour & Sons"},
        "secret": LINK,
        "language": "en",
    }
    message = outbox.queue(**{**fields, **changes})
    assert message is not None
    return message


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(job.task_name, job.args) for job in ProcrastinateJob.objects.order_by("id")]


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send_messages(self: EmailBackend, messages: Any) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)


def test_a_message_is_a_row_and_a_poke_and_goes_with_the_transaction(club: Organization) -> None:
    def queue_and_fail() -> None:
        with transaction.atomic():
            queue()
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        queue_and_fail()
    assert (Message.objects.count(), jobs()) == (0, [])
    message = queue(organization=club)
    assert jobs() == [("messaging.send", {"message_id": message.pk})]
    assert LINK not in message.secret
    assert secrets.decrypt(message.secret) == LINK


def test_a_sent_message_comes_from_the_organisation_and_forgets_its_secret(club: Organization) -> None:
    message = queue(organization=club)
    assert flows.deliver(message_id=message.pk) is MessageState.SENT
    message.refresh_from_db()
    assert (message.state, message.secret, message.attempts) == ("sent", "", 1)
    assert message.sent_at is not None
    [letter] = mail.outbox
    assert (letter.from_email, letter.to) == (
        "Harbour & Sons Club <kinroll@demo.kinroll.test>",
        ["amara@example.com"],
    )
    assert LINK in letter.body
    assert "Harbour & Sons" in letter.body
    [html] = letter.alternatives  # type: ignore[attr-defined]
    assert f'href="{LINK}"' in html.content
    assert "Harbour &amp; Sons" in html.content


def test_one_event_to_one_reader_is_one_message() -> None:
    queue()
    again = outbox.queue(
        template="messaging/email/claim", address="amara@example.com", dedupe_key="claim:1", context={}
    )
    assert again is None
    assert (Message.objects.count(), len(jobs())) == (1, 1)


def test_the_same_job_twice_sends_one_mail() -> None:
    message = queue()
    states = [flows.deliver(message_id=message.pk) for _ in range(2)]
    assert (states, len(mail.outbox)) == ([MessageState.SENT, None], 1)


@pytest.mark.race
def test_eight_workers_at_once_send_one_mail() -> None:
    message = queue()
    states = at_once(8, lambda _index: flows.deliver(message_id=message.pk) or "nothing to do")
    assert sorted(map(str, states)) == ["nothing to do"] * 7 + ["sent"]
    assert len(mail.outbox) == 1


def test_a_server_that_is_down_is_tried_again_and_given_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(monkeypatch, SMTPServerDisconnected("gone"))
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        message = queue()
        states = []
        for wait in (*flows.WAITS, timedelta()):
            states.append(flows.deliver(message_id=message.pk))
            assert flows.deliver(message_id=message.pk) is None, "not due yet"
            clock.shift(wait)
    message.refresh_from_db()
    assert states == [MessageState.QUEUED] * len(flows.WAITS) + [MessageState.FAILED]
    assert (message.state, message.secret, message.last_error) == ("failed", "", "gone")


@pytest.mark.parametrize(
    "error", [SMTPServerDisconnected("gone"), ConnectionError("reset"), ValueError("odd")]
)
def test_whatever_fails_once_is_poked_again_within_seconds(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, error)
    message = queue()
    forget_jobs()
    before = timezone.now()
    assert flows.deliver(message_id=message.pk) is MessageState.QUEUED
    [poke] = ProcrastinateJob.objects.all()
    assert poke.args == {"message_id": message.pk}
    assert poke.scheduled_at is not None
    assert poke.scheduled_at - before < timedelta(seconds=10)
    monkeypatch.undo()
    with time_machine.travel(poke.scheduled_at):
        assert flows.deliver(message_id=message.pk) is MessageState.SENT
    assert len(mail.outbox) == 1


def test_an_address_that_refuses_for_good_gets_no_more_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = queue(), queue(dedupe_key="claim:2")
    refuse(monkeypatch, SMTPRecipientsRefused({"amara@example.com": (550, b"no such user")}))
    assert flows.deliver(message_id=first.pk) is MessageState.FAILED
    assert flows.deliver(message_id=second.pk) is MessageState.SUPPRESSED
    third = queue(dedupe_key="claim:3", address="Amara@Example.com")
    assert (third.state, third.secret) == (MessageState.SUPPRESSED, "")
    assert AddressSuppression.objects.get().reason == "550 no such user"


def test_nobody_to_write_to_is_kept_as_a_row_without_a_job() -> None:
    message = queue(address="")
    assert (message.state, message.secret, jobs()) == (MessageState.NO_ADDRESS, "", [])


def test_the_sweeper_pokes_what_lost_its_job() -> None:
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC)) as clock:
        message = queue()
        forget_jobs()
        sweep(timestamp=0)
        assert jobs() == []
        clock.shift(61)
        sweep(timestamp=0)
        assert jobs() == [("messaging.send", {"message_id": message.pk})]


def test_money_days_and_times_survive_in_a_context() -> None:
    context = {
        "total": Money(4200, "CAD"),
        "on": date(2027, 3, 1),
        "at": datetime(2027, 3, 1, 12, tzinfo=UTC),
        "lines": [{"name": "Swim 3", "price": Money(100, "CAD")}],
    }
    assert unpack(pack(context)) == context


def test_a_model_has_no_place_in_a_context(club: Organization) -> None:
    with pytest.raises(TypeError, match="holds no Organization"):
        pack({"club": club})
