"""Accounts without activity are hidden, never deleted, and come back by themselves (D09)."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.calendars import months_before
from accounts.enums import ActorKind
from accounts.events import AccountClaimed, emit
from accounts.models import AuditEvent, Organization
from accounts.money import Money
from accounts.people import PersonFields
from accounts.permissions import Permission
from billing import ledger
from billing.enums import CartState, LedgerKind
from billing.operations import fulfilment
from clients import tasks
from clients.models import Household
from clients.operations import activity, desk, hiding, households, memos
from scheduling.operations import attendance
from tests import factories as make
from tests.billing.purse import course, held_cart
from tests.cast import Cast, assemble
from tests.races import at_once
from tests.web import Web
from waivers.operations import signing

BY = Actor.of_command("test")


def long_ago(household: Household, days: int = 1000) -> Household:
    """As if nobody had done anything for so long."""
    household.last_activity_at = timezone.now() - timedelta(days=days)
    household.save(update_fields=["last_activity_at"])
    return household


def is_hidden(household: Household) -> bool:
    return Household.objects.get(pk=household.pk).hidden_at is not None


def owe(household: Household, minor: int) -> None:
    """A movement of the books; negative is credit."""
    amount = Money(abs(minor), household.organization.currency)
    sides = [ledger.debit(ledger.RECEIVABLE, amount, household), ledger.credit(ledger.revenue("x"), amount)]
    if minor < 0:
        sides = [
            ledger.credit(ledger.RECEIVABLE, amount, household),
            ledger.debit(ledger.CASH, amount),
        ]
    with transaction.atomic():
        ledger.post(
            by=BY,
            organization=household.organization,
            kind=LedgerKind.INVOICE,
            at=timezone.now(),
            entries=sides,
        )


def hide(organization: Organization) -> int:
    return hiding.hide_inactive(by=BY, organization=organization)


def test_only_those_without_activity_for_the_organisations_months_are_hidden(cast: Cast) -> None:
    cast.organization.hidden_after_months = 6
    cast.organization.save(update_fields=["hidden_after_months"])
    long_ago(cast.household, 190)
    long_ago(cast.stranger_household, 170)
    elsewhere = long_ago(cast.client(cast.stranger, cast.rival).household, 1000)

    assert hide(cast.organization) == 1
    assert [is_hidden(h) for h in (cast.household, cast.stranger_household, elsewhere)] == [
        True,
        False,
        False,
    ]
    assert hide(cast.organization) == 0
    assert list(
        AuditEvent.objects.filter(action="clients.household_hidden").values_list(
            "target_id", "organization_id", "actor_name"
        )
    ) == [(cast.household.pk, cast.organization.pk, "test")]


@pytest.mark.parametrize(("minor", "stays"), [(4200, True), (-500, True), (0, False)])
def test_who_owes_money_or_has_credit_stays(cast: Cast, minor: int, stays: bool) -> None:
    owe(cast.household, 1000)
    owe(cast.household, -1000)
    if minor:
        owe(cast.household, minor)
    long_ago(cast.household)

    hide(cast.organization)

    assert is_hidden(cast.household) is not stays


def test_who_is_booked_stays_until_the_class_is_over(cast: Cast) -> None:
    session = make.course(service__organization=cast.organization).sessions.earliest("pk")
    seat = make.RegistrationFactory(session=session, client=cast.client(cast.child))
    long_ago(cast.household)
    assert hide(cast.organization) == 0

    session.starts_at, session.ends_at = (timezone.now() - timedelta(hours=n) for n in (2, 1))
    session.save(update_fields=["starts_at", "ends_at"])
    assert (seat.state, hide(cast.organization)) == ("booked", 1)


def test_a_cancelled_place_keeps_nobody_and_a_held_cart_does(cast: Cast) -> None:
    session = make.course(service__organization=cast.organization).sessions.first()
    make.RegistrationFactory(session=session, client=cast.client(cast.child), state="cancelled")
    cart = make.CartFactory(
        organization=cast.organization,
        buyer=cast.owner,
        state=CartState.HELD,
        held_until=timezone.now() + timedelta(minutes=5),
    )
    long_ago(cast.household)
    assert hide(cast.organization) == 0

    cart.state = CartState.LAPSED
    cart.save()
    assert hide(cast.organization) == 1


def by_staff(cast: Cast) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user=cast.administrator.user,
        staff=cast.administrator,
        organization=cast.organization,
        permissions=frozenset(Permission),
    )


def claim(cast: Cast) -> None:
    with transaction.atomic():
        emit(
            AccountClaimed(
                account=cast.owner.account, member=cast.owner, organization=cast.organization, by=BY
            )
        )


def come_in(cast: Cast) -> None:
    seat = make.RegistrationFactory(
        session=make.session_today(cast.organization), client=cast.client(cast.child)
    )
    attendance.check_in(by=by_staff(cast), registration=seat)


def sign_a_waiver(cast: Cast) -> None:
    text = make.DocumentVersionFactory(document__organization=cast.organization)
    signing.sign(
        by=Actor(kind=ActorKind.PERSON, user=cast.owner.user, member=cast.owner),
        organization=cast.organization,
        versions=[text],
        members=[cast.child],
        typed_name=cast.owner.full_name,
    )


def buy(cast: Cast) -> None:
    cart = held_cart(cast.owner, course(cast.organization, price=0), [cast.child])
    long_ago(cast.household)
    fulfilment.fulfil(by=BY, cart=cart)


def change(cast: Cast) -> None:
    client = cast.client(cast.child)
    person = PersonFields(given_name="Tobias", family_name="Okafor", born_on=client.born_on)
    desk.change_client(by=by_staff(cast), client=client, person=person, participates=True)


ACTIVITY: dict[str, Callable[[Cast], object]] = {
    "a claim": claim,
    "a check-in": come_in,
    "a signature": sign_a_waiver,
    "a cart that is held": lambda cast: held_cart(cast.owner, course(cast.organization), [cast.child]),
    "a purchase": buy,
    "a change by staff": change,
    "a memo": lambda cast: memos.write(by=by_staff(cast), client=cast.client(cast.child), text="Shy"),
    "another sign-up or purchase": lambda cast: households.begin(
        by=BY, organization=cast.organization, account=cast.owner.account
    ),
    "staff who want it back": lambda cast: hiding.show_again(
        by=by_staff(cast), household=Household.objects.get(pk=cast.household.pk)
    ),
}


@pytest.mark.parametrize("what", ACTIVITY)
def test_any_activity_brings_an_account_back_and_it_stays(cast: Cast, what: str) -> None:
    long_ago(cast.household)
    assert hide(cast.organization) == 1

    ACTIVITY[what](cast)

    assert not is_hidden(cast.household)
    assert timezone.now() - Household.objects.get(pk=cast.household.pk).last_activity_at < timedelta(
        minutes=1
    )


def test_what_a_family_does_at_one_organisation_is_no_activity_at_another(web: Web, cast: Cast) -> None:
    theirs = cast.client(cast.stranger, cast.rival).household
    for household in (cast.stranger_household, theirs):
        long_ago(household)
    hide(cast.organization)
    hide(cast.rival)

    households.begin(by=BY, organization=cast.rival, account=cast.stranger.account)
    at_home = web.as_(cast.stranger)
    at_home.get(reverse("portal:home"))
    at_home.post(
        reverse("portal:person", args=[cast.stranger.code]),
        {"given_name": "Sven", "family_name": "Lindqvist", "phone": "416 555 0199", "born_on": "1985-02-01"},
    )

    assert [is_hidden(household) for household in (cast.stranger_household, theirs)] == [True, False]


def test_activity_is_written_once_a_day(cast: Cast) -> None:
    household = long_ago(cast.household, 2)
    now = timezone.now()

    with CaptureQueriesContext(connection) as queries:
        activity.touch(household, now)
        activity.touch(household, now + timedelta(hours=3))
    assert len(queries) == 1

    activity.touch_where(Q(pk=household.pk), now + timedelta(hours=9))
    assert Household.objects.get(pk=household.pk).last_activity_at == now


@pytest.mark.django_db(transaction=True)
def test_hiding_beside_a_sale_hides_nobody_who_just_bought() -> None:
    cast = assemble()
    for _round in range(5):
        long_ago(cast.household)
        at_once(2, lambda index: hide(cast.organization) if index else claim(cast))
        assert not is_hidden(cast.household)


def test_more_than_a_batch_is_hidden_with_the_same_few_queries_each(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hiding, "BATCH", 2)
    for _ in range(5):
        long_ago(make.HouseholdFactory(organization=cast.organization))

    with CaptureQueriesContext(connection) as queries:
        assert hide(cast.organization) == 5
    reads_and_writes = [q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(reads_and_writes) <= 4 * 3


def test_the_nightly_job_goes_through_every_organisation_and_twice_does_no_harm(cast: Cast) -> None:
    theirs = cast.client(cast.stranger, cast.rival).household
    for household in (cast.household, theirs):
        long_ago(household)

    for _night in range(2):
        tasks.hide_inactive(timestamp=0)

    assert [is_hidden(household) for household in (cast.household, theirs)] == [True, True]
    assert AuditEvent.objects.filter(action="clients.household_hidden").count() == 2


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("hide_inactive_accounts", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_would_do_and_does_it_for_one_organisation(cast: Cast) -> None:
    theirs = cast.client(cast.stranger, cast.rival).household
    for household in (cast.household, theirs):
        long_ago(household)

    assert run("--organization", "riverside", "--dry-run") == (
        f"riverside: 1 would be hidden: accounts {cast.household.number}\n"
    )
    assert not is_hidden(cast.household)
    assert run("--organization", "riverside") == "riverside: 1 hidden\n"
    assert run() == "lumen: 1 hidden\nriverside: 0 hidden\n"
    with pytest.raises(CommandError, match="There is no organisation 'nowhere'"):
        run("--organization", "nowhere")


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 1), 120, date(2016, 12, 1)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before
