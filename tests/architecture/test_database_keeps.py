"""What no code path can break: raw SQL against the invariants is refused by the database itself."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import AccountOwner, AuditEvent
from billing.models import Invoice, LedgerAccount, LedgerEntry, LedgerTransaction
from clients.models import Household
from scheduling.enums import RegistrationState
from scheduling.models import Registration, Session
from tests import factories as make
from tests.cast import Cast
from waivers.models import DocumentVersion, Signature


def run(sql: str, *values: Any) -> None:
    """Run ``sql`` as if it were a whole transaction: deferred constraints are asked at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(because: str, sql: str, *values: Any) -> None:
    with pytest.raises(IntegrityError, match=because):
        run(sql, *values)


def seat(session: Session, state: str = "booked", client: Any = None) -> Registration:
    client = client or make.ClientFactory(organization=session.organization)
    registration: Registration = make.RegistrationFactory(session=session, client=client, state=state)
    return registration


INSERT_SEAT = """
INSERT INTO scheduling_registration (organization_id, session_id, client_id, state, held_until, created_at)
VALUES (%s, %s, %s, %s, now(), now())
"""


@pytest.fixture
def session(cast: Cast) -> Session:
    made: Session = make.SessionFactory(
        schedule__service__organization=cast.organization, schedule__capacity=2
    )
    return made


# seats


def test_a_session_cannot_be_overfull(cast: Cast, session: Session) -> None:
    seat(session)
    seat(session)

    refused(
        "session_not_overfull",
        INSERT_SEAT,
        cast.organization.pk,
        session.pk,
        cast.client(cast.child).pk,
        "held",
    )
    refused("session_not_overfull", "UPDATE scheduling_session SET capacity = 1 WHERE id = %s", session.pk)


def test_a_client_has_one_active_registration_a_session(cast: Cast, session: Session) -> None:
    child = cast.client(cast.child)
    seat(session, client=child)

    refused("registration_active_once", INSERT_SEAT, cast.organization.pk, session.pk, child.pk, "booked")


@pytest.mark.parametrize("state", RegistrationState.values)
def test_seats_are_counted_from_active_registrations(cast: Cast, session: Session, state: str) -> None:
    registration = seat(session, "lapsed")
    counts = []
    for move in (state, "booked", state, "cancelled"):
        run(
            "UPDATE scheduling_registration SET state = %s, held_until = now() WHERE id = %s",
            move,
            registration.pk,
        )
        session.refresh_from_db()
        counts.append(session.seats_taken)

    taken = int(state in ("held", "booked", "attended", "no_show"))
    assert counts == [taken, 1, taken, 0]


def test_moving_and_deleting_a_registration_moves_the_count(cast: Cast, session: Session) -> None:
    other = make.SessionFactory(schedule=session.schedule, starts_at=session.ends_at)
    registration = seat(session)

    run("UPDATE scheduling_registration SET session_id = %s WHERE id = %s", other.pk, registration.pk)
    after_move = list(Session.objects.order_by("id").values_list("seats_taken", flat=True))
    run("DELETE FROM scheduling_registration WHERE id = %s", registration.pk)
    after_delete = list(Session.objects.order_by("id").values_list("seats_taken", flat=True))

    assert (after_move, after_delete) == ([0, 1], [0, 0])


def test_the_counter_is_never_written_by_hand(session: Session) -> None:
    refused(
        "counted from registrations",
        "UPDATE scheduling_session SET seats_taken = 1 WHERE id = %s",
        session.pk,
    )


def test_a_held_seat_says_until_when(session: Session) -> None:
    registration = seat(session)

    refused(
        "registration_held_until",
        "UPDATE scheduling_registration SET state = 'held', held_until = NULL WHERE id = %s",
        registration.pk,
    )


# the books


def book(household: Household, *amounts: int) -> LedgerTransaction:
    """A transaction of the ledger with an entry an amount, on accounts of its own."""
    organization = household.organization
    made = LedgerTransaction.objects.create(organization=organization, kind="reversal", at=timezone.now())
    for place, amount in enumerate(amounts):
        account, _made = LedgerAccount.objects.get_or_create(
            organization=organization, code=f"account-{place}"
        )
        LedgerEntry.objects.create(
            organization=organization, transaction=made, account=account, amount_minor=amount
        )
    run("SELECT 1")
    return made


def test_a_ledger_transaction_balances(cast: Cast) -> None:
    book(cast.household, 9600, -8496, -1104)

    for amounts in ((), (9600,), (9600, -9500)):
        with pytest.raises(IntegrityError, match="ledger transaction"), transaction.atomic():
            book(cast.household, *amounts)


def test_an_entry_cannot_be_added_to_a_balanced_transaction(cast: Cast) -> None:
    made = book(cast.household, 100, -100)

    refused(
        "ledger transaction",
        "INSERT INTO billing_ledgerentry (organization_id, transaction_id, account_id, amount_minor) "
        "SELECT organization_id, transaction_id, account_id, 5 FROM billing_ledgerentry "
        "WHERE transaction_id = %s LIMIT 1",
        made.pk,
    )


@pytest.mark.parametrize("table", ["billing_ledgertransaction", "billing_ledgerentry"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET organization_id = organization_id", "DELETE FROM {}"])
def test_the_ledger_is_append_only(cast: Cast, table: str, sql: str) -> None:
    book(cast.household, 100, -100)

    refused("is append-only", sql.format(table))


@pytest.mark.parametrize(
    "sql", ["UPDATE billing_invoice SET due_on = due_on + 1", "DELETE FROM billing_invoiceline"]
)
def test_an_issued_invoice_stays_as_it_is(cast: Cast, sql: str) -> None:
    make.InvoiceLineFactory(invoice=make.InvoiceFactory(household=cast.household))

    refused("is append-only", sql)


def test_an_open_balance_is_never_written_by_hand(cast: Cast) -> None:
    insert = "INSERT INTO billing_openbalance (organization_id, household_id, minor) VALUES (%s, %s, 5)"
    refused("never written", insert, cast.organization.pk, cast.household.pk)
    movement = book(cast.household, 100, -100)
    refused(
        "sum to 200",  # an entry that would change a balance must still balance with others
        "INSERT INTO billing_ledgerentry (organization_id, transaction_id, account_id, household_id, amount_minor)"
        " SELECT organization_id, transaction_id, account_id, %s, 200 FROM billing_ledgerentry"
        " WHERE transaction_id = %s LIMIT 1",
        cast.household.pk,
        movement.pk,
    )


def test_the_currency_is_fixed_once_the_ledger_has_begun(cast: Cast) -> None:
    change = "UPDATE accounts_organization SET currency = 'USD' WHERE id = %s"
    run(change, cast.organization.pk)
    book(cast.household, 100, -100)

    refused("its ledger has begun", change.replace("USD", "CAD"), cast.organization.pk)


# the wall


def test_a_row_of_one_organisation_cannot_point_at_a_row_of_another(cast: Cast, session: Session) -> None:
    theirs = cast.client(cast.stranger, cast.rival)

    refused(
        "scheduling_registration_client_id_tenant",
        INSERT_SEAT,
        cast.organization.pk,
        session.pk,
        theirs.pk,
        "booked",
    )
    refused(
        "clients_client_household_id_tenant",
        "UPDATE clients_client SET household_id = %s WHERE id = %s",
        cast.household.pk,
        theirs.pk,
    )
    refused(
        "billing_invoice_household_id_tenant",
        "INSERT INTO billing_invoice (organization_id, household_id, number, code, currency, subtotal_minor,"
        " tax_minor, total_minor, issued_at, due_on) VALUES (%s, %s, 1, 'X', 'GBP', 1, 0, 1, now(), now())",
        cast.rival.pk,
        cast.household.pk,
    )
    assert Invoice.objects.count() == 0


def test_a_staff_member_of_another_organisation_cannot_coach(cast: Cast, session: Session) -> None:
    refused(
        "scheduling_session_coach_id_tenant",
        "UPDATE scheduling_session SET coach_id = %s WHERE id = %s",
        cast.rival_administrator.pk,
        session.pk,
    )


def test_an_owner_owns_their_own_account_only(cast: Cast) -> None:
    refused(
        "accounts_owner_in_account",
        "UPDATE accounts_accountowner SET account_id = %s WHERE member_id = %s",
        cast.stranger.account.pk,
        cast.owner.pk,
    )
    assert AccountOwner.objects.get(member=cast.owner).account == cast.owner.account


# what was said and done


@pytest.mark.parametrize(
    "sql", ["UPDATE accounts_auditevent SET action = 'x.y'", "DELETE FROM accounts_auditevent"]
)
def test_the_audit_stays_as_written(cast: Cast, sql: str) -> None:
    audit.record(by=Actor.of_command("test"), action="tests.tried", target=cast.child)

    refused("is append-only", sql)
    assert AuditEvent.objects.get().action == "tests.tried"


@pytest.mark.parametrize(
    "sql", ["UPDATE waivers_documentversion SET text = 'Mine'", "DELETE FROM waivers_documentversion"]
)
def test_a_published_text_stays_as_written(cast: Cast, sql: str) -> None:
    version = make.DocumentVersionFactory(document__organization=cast.organization)

    refused("is append-only", sql)
    assert DocumentVersion.objects.get().text == version.text


def test_a_text_that_is_not_published_can_change(cast: Cast) -> None:
    make.DocumentVersionFactory(document__organization=cast.organization, published_at=None)

    run("UPDATE waivers_documentversion SET text = 'Better'")

    assert DocumentVersion.objects.get().text == "Better"


@pytest.mark.parametrize(
    "sql", ["UPDATE waivers_signature SET typed_name = 'X'", "DELETE FROM waivers_signature"]
)
def test_a_signature_stays_as_given(cast: Cast, sql: str) -> None:
    signature = make.SignatureFactory(version__document__organization=cast.organization)

    refused("is append-only", sql)
    assert Signature.objects.get().typed_name == signature.typed_name


# links


@pytest.mark.parametrize(
    ("because", "change"),
    [
        ("link_flags_imply_view", "view = false"),
        ("link_sign_is_guardian", "sign = true"),
        ("link_not_to_oneself", "dependent_id = manager_id"),
        ("link_ends_after_start", "ends_on = starts_on"),
    ],
)
def test_a_link_cannot_contradict_itself(cast: Cast, because: str, change: str) -> None:
    refused(because, f"UPDATE relationships_managerlink SET {change}")


# owners


def test_an_account_that_its_family_runs_keeps_an_owner(cast: Cast) -> None:
    account = cast.stranger.account

    refused(
        "accounts_an_owner|no owner", "DELETE FROM accounts_accountowner WHERE account_id = %s", account.pk
    )
    run("DELETE FROM accounts_accountowner WHERE member_id = %s", cast.co_owner.pk)
    run("UPDATE accounts_account SET erased_at = now() WHERE id = %s", account.pk)
    run("DELETE FROM accounts_accountowner WHERE account_id = %s", account.pk)

    assert AccountOwner.objects.filter(account__in=[account, cast.owner.account]).count() == 1
