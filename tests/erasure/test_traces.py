"""A family that has used everything is erased: no trace is left, and every total stays (D10, B13)."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import models
from django.db.models import Count, Sum

from accounts.flows import erase
from accounts.models import Account, Member, PrivacyRequest, User
from accounts.privacy import erasing
from accounts.privacy.leaving import Leaving
from billing.models import Invoice, LedgerEntry, Payment, StripeCustomer
from clients.models import Client, Household
from messaging.flows import deliver
from messaging.models import Message
from relationships.operations import erasing as operations
from scheduling.models import Registration
from tests.billing.purse import person
from tests.cast import Cast, assemble
from tests.devstripe import DevStripe
from tests.erasure.family import use_everything
from tests.erasure.traces import Traces, dump

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

MODELS = [model for app in settings.KINROLL_APPS for model in apps.get_app_config(app).get_models()]
# Models with personal fields of which the family has no row, each with the reason.
EXEMPT: dict[str, str] = {}
# Rows that go as a whole: there is nothing in them but what is personal.
GONE = {"accounts.User", "accounts.EmailChange", "accounts.Submission", "messaging.AddressSuppression"}
# Rows that an erasure adds: itself, what it tells, and what it did.
GROWS = {"accounts.PrivacyRequest", "accounts.PrivacyConsent", "accounts.AuditEvent", "messaging.Message"}


def erase_whole(cast: Cast) -> PrivacyRequest:
    """As the owner asks for it, and the other owner agrees."""
    request = operations.ask(by=person(cast.owner), account=cast.owner.account, member=None)
    operations.agree(by=person(cast.co_owner), request=request)
    return erase(request_id=request.pk)


def totals() -> dict[str, Any]:
    """What stays equal: the books, bills, payments, visits, and how many rows there are."""
    entries = LedgerEntry.objects.values_list("organization", "account__code", "household")
    been = Registration.objects.filter(state__in=("attended", "no_show"))
    return {
        "rows": {
            model._meta.label: models.QuerySet[Any](model).count()
            for model in MODELS
            if model._meta.label not in GONE | GROWS
        },
        "books": sorted(map(str, entries.annotate(total=Sum("amount_minor")))),
        "bills": list(Invoice.objects.order_by("pk").values_list("number", "total_minor")),
        "payments": list(Payment.objects.order_by("pk").values_list("state", "amount_minor")),
        "visits": list(been.order_by("session").values_list("session", "state").annotate(n=Count("pk"))),
    }


def test_no_trace_of_an_erased_family_is_left_and_every_total_stays(devstripe: DevStripe) -> None:
    cast = assemble()
    use_everything(cast)
    leaving = Leaving.of(cast.owner.account, cast.family, is_whole=True, asker=cast.owner.pk)
    traces = Traces()
    traces.leave(leaving)
    stored, before = traces.found(), totals()

    request = erase_whole(cast)
    for message in Message.objects.filter(state="queued"):
        deliver(message_id=message.pk)

    personal = {model._meta.label for model in MODELS if erasing.personal_fields(model)}
    unused = {label for label in personal if not traces.rows.get(label)}
    assert unused == set(EXEMPT)  # a new model needs a row in tests/erasure/family.py
    assert {trace: where for trace, where in traces.left.items() if trace not in stored} == {}
    assert (request.state, request.last_error) == ("done", "")
    assert {trace: (traces.left[trace], where) for trace, where in traces.found().items()} == {}
    assert totals() == before
    is_nameless(cast)
    assert not Session.objects.exists()
    assert not User.objects.filter(pk__in=leaving.users).exists()
    [customer] = StripeCustomer.objects.filter(account=cast.owner.account)
    assert customer.deleted_at is not None
    assert devstripe.get(f"/v1/customers/{customer.stripe_id}")[0] == 404
    told = sorted(sent.to[0] for sent in mail.outbox if sent.subject == "Everything about you is erased")
    assert told == sorted(
        each.email for each in (cast.owner, cast.teenager)
    )  # the co-owner's address refuses
    everything = " ".join(text for _table, text in dump())
    others = (
        cast.stranger.email,
        cast.stranger_child.given_name,
        cast.other_guardian.email,
        cast.stranger_card.last4,
    )
    assert [text for text in others if text not in everything] == []


def is_nameless(cast: Cast) -> None:
    """What stands in the place of names: the organisation's own numbers."""
    names = Member.objects.filter(account=cast.owner.account).values_list("given_name", "family_name")
    assert set(names) == {("Erased person", "")}
    assert Account.objects.get(pk=cast.owner.account_id).name == "Erased account"
    here = Household.objects.get(account=cast.owner.account, organization=cast.organization)
    assert (here.name, here.number) == (f"Erased account {here.number}", cast.household.number)
    clients = Client.objects.filter(household=here)
    assert {client.given_name for client in clients} == {f"Erased person {each.number}" for each in clients}
    assert {client.status for client in clients} == {"erased"}
