"""An erasure goes on from wherever it was stopped: killed between two steps, or with Stripe out of reach (D10)."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import flows
from accounts.enums import PrivacyKind, PrivacyState
from accounts.models import AuditEvent, Member, PrivacyRequest
from accounts.operations import erasure
from accounts.privacy import erasing
from billing import flows as money
from billing.models import Payment, Refund, StripeCustomer
from clients.models import Client
from messaging.models import Message
from tests import factories as make
from tests.billing.purse import course, held_cart, person, real_card
from tests.cast import assemble
from tests.devstripe import DevStripe
from waivers.models import Signature

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

ROOT = Path(__file__).resolve().parents[2]
EDGES = (
    "after accounts.operations.erasure.begin",
    "before accounts.operations.erasure.let_go",
    "after accounts.operations.erasure.let_go",
    "before accounts.privacy.erasing.files_of",
    "after accounts.privacy.erasing.named",
    "before accounts.privacy.erasing.erase",
    "after accounts.privacy.erasing.erase",
    "after accounts.operations.erasure.erase_columns",
    "before billing.stripe_gateway.delete_customer",
    "after billing.stripe_gateway.delete_customer",
    "after accounts.operations.erasure.done_outside",
    "before accounts.operations.erasure.finish",
    "after accounts.operations.erasure.finish",
)


def family(number: int) -> Member:
    """An adult with a login, alone in an account, with a photo, a profile and a customer at Stripe."""
    member: Member = make.MemberFactory(
        given_name=f"Kill{number}", owner=True, with_login=True, email=f"kill{number}@trace.test"
    )
    member.photo.save("x.webp", ContentFile(b"a face"))
    make.ClientFactory(member=member)
    real_card(make.PaymentMethodFactory(holder=member, last4="7777"))
    return member


def due(member: Member) -> PrivacyRequest:
    """An erasure of the account that begins at once."""
    return PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE, account=member.account, requested_by=member, due_at=timezone.now()
    )


def killed(jobs: list[dict[str, object]], devstripe: DevStripe) -> list[int]:
    """The exit codes of processes that carried ``jobs`` on."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.erasure.killed", connection.settings_dict["NAME"], devstripe.base],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_killed_at_any_step_it_goes_on_and_nothing_is_left(devstripe: DevStripe) -> None:
    people = [family(number) for number in range(len(EDGES))]
    photos = [member.photo.name or "" for member in people]
    assert all(photos)
    requests = [due(member) for member in people]
    jobs = [{"id": asked.pk, "at": step} for asked, step in zip(requests, EDGES, strict=True)]

    assert killed(jobs, devstripe) == [-signal.SIGKILL] * len(EDGES)
    for asked in requests:
        flows.erase(request_id=asked.pk)

    ends = PrivacyRequest.objects.order_by("pk").values_list("state", "last_error")
    assert list(ends) == [(PrivacyState.DONE, "")] * len(EDGES)
    assert set(Member.objects.values_list("given_name", "email", "photo")) == {("Erased person", "", "")}
    assert set(Client.objects.values_list("email", "status")) == {("", "erased")}
    assert [name for name in photos if default_storage.exists(name)] == []
    assert not StripeCustomer.objects.filter(deleted_at=None).exists()
    last = Message.objects.filter(template="messaging/email/erased")
    assert (last.count(), set(last.values_list("state", flat=True))) == (len(EDGES), {"queued"})


def test_with_stripe_out_of_reach_it_is_being_erased_until_it_answers(devstripe: DevStripe) -> None:
    member = family(0)
    asked = due(member)
    devstripe.fault("DELETE /v1/customers/.*", "500", times=4)

    for _try in range(2):
        waiting = flows.erase(request_id=asked.pk)
        assert (waiting.state, waiting.last_error) == ("running", "stripe is out of reach")
        assert Member.objects.get(pk=member.pk).given_name == "Erased person"  # ours is gone already
        assert asked.pk in erasure.to_look_at()
        assert Message.objects.get(template="messaging/email/erased").due_at > timezone.now()
    done = flows.erase(request_id=asked.pk)

    assert (done.state, done.last_error) == ("done", "")
    [customer] = StripeCustomer.objects.all()
    assert devstripe.get(f"/v1/customers/{customer.stripe_id}")[0] == 404
    assert Message.objects.get(template="messaging/email/erased").due_at <= timezone.now()


def test_one_persons_cards_are_taken_from_stripe_and_the_others_stay(devstripe: DevStripe) -> None:
    cast = assemble()
    theirs = real_card(make.PaymentMethodFactory(holder=cast.co_owner, customer=cast.card.customer))
    own = real_card(cast.card)
    asked = PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE,
        account=cast.owner.account,
        member=cast.co_owner,
        requested_by=cast.co_owner,
        due_at=timezone.now(),
    )

    assert flows.erase(request_id=asked.pk).state == "done"

    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.brand, theirs.last4, theirs.exp_year, own.last4) == ("", "", 0, "94QX")
    assert devstripe.get(f"/v1/payment_methods/{theirs.stripe_id}")[1]["customer"] is None
    assert devstripe.get(f"/v1/payment_methods/{own.stripe_id}")[1]["customer"] is not None


def test_money_that_comes_for_somebody_who_is_gone_is_given_back(devstripe: DevStripe) -> None:
    cast = assemble()
    real_card(cast.card)
    cart = held_cart(cast.owner, course(cast.organization), [cast.child])
    devstripe.fault("POST /v1/payment_intents/.*/confirm", "drop_after", times=2)
    paid = money.pay(by=person(cast.owner, cast.organization), cart=cart, method=cast.card)
    asked = due(cast.owner)
    Member.objects.filter(account=cast.owner.account).update(erased_at=timezone.now())
    type(cast.owner.account).objects.filter(pk=cast.owner.account_id).update(erased_at=timezone.now())
    PrivacyRequest.objects.filter(pk=asked.pk).update(  # it began as the answer was on its way
        state=PrivacyState.RUNNING, steps_total=len(erasure.steps())
    )

    assert paid.state == "new"
    assert flows.erase(request_id=asked.pk).state == "done"

    assert list(Payment.objects.values_list("state", flat=True)) == ["succeeded"]
    assert list(Refund.objects.values_list("state", flat=True)) == ["succeeded"]
    cart.refresh_from_db()
    assert cart.state == "cancelled"


def test_what_was_written_meanwhile_goes_a_day_later(devstripe: DevStripe) -> None:
    member = family(0)
    asked = due(member)
    flows.erase(request_id=asked.pk)
    make.MemoFactory(client=member.clients.get(), text="Written by somebody who was still at it")

    assert asked.pk not in erasure.to_look_at()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert asked.pk in erasure.to_look_at()
        flows.erase(request_id=asked.pk)
        assert asked.pk not in erasure.to_look_at()

    assert member.clients.get().memos.get().text == ""
    assert Message.objects.filter(template="messaging/email/erased").count() == 1


def test_a_signature_that_has_to_be_kept_is_erased_on_its_day(devstripe: DevStripe) -> None:
    member = family(0)
    signed = make.SignatureFactory(
        client=member.clients.get(),
        version__document__organization=member.clients.get().organization,
        version__document__retention_years=7,
        typed_name="Kill Zero",
        ip="198.51.100.7",
    )
    asked = due(member)
    flows.erase(request_id=asked.pk)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        flows.erase(request_id=asked.pk)

    asked.refresh_from_db()
    assert Signature.objects.get().typed_name == "Kill Zero"
    assert asked.again_on is not None
    assert abs((asked.again_on - signed.signed_at.date()).days - 7 * 365.25) < 2
    with time_machine.travel(timezone.now() + timedelta(days=7 * 366)):
        flows.erase(request_id=asked.pk)
    assert list(Signature.objects.values_list("typed_name", "ip")) == [("", None)]
    asked.refresh_from_db()
    assert asked.again_on is None


def test_append_only_rows_forget_for_a_running_erasure_and_nothing_else(devstripe: DevStripe) -> None:
    member = family(0)
    asked = due(member)
    event = AuditEvent.objects.create(
        at=timezone.now(),
        actor_kind="person",
        actor_member_id=member.pk,
        action="tests.done",
        target_type="x",
        ip="198.51.100.7",
    )

    def changed(**columns: object) -> bool:
        try:
            with transaction.atomic():
                erasing.named(asked)
                return AuditEvent.objects.filter(pk=event.pk).update(**columns) == 1
        except IntegrityError:
            return False

    assert not changed(ip=None)  # it does not run yet
    PrivacyRequest.objects.filter(pk=asked.pk).update(state=PrivacyState.RUNNING)
    assert not changed(ip="203.0.113.9")
    assert not changed(action="tests.other")
    assert not changed(ip=None, action="tests.other")
    assert changed(ip=None, user_agent="")
    PrivacyRequest.objects.filter(pk=asked.pk).update(state=PrivacyState.DONE)
    assert not changed(user_agent="x")
