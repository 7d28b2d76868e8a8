"""Households and clients begin, and follow the family's own fields (RULES 1.1 and 1.2)."""

from threading import Thread
from time import sleep

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import AuditEvent, Member
from accounts.operations import families
from accounts.people import PersonFields
from clients.enums import ClientStatus
from clients.models import Client, Household
from clients.operations import admission, households
from tests import factories as make
from tests.cast import Cast

BY = Actor.of_command("tests")


def change(member: Member, **fields: object) -> None:
    person = PersonFields(**PersonFields.of(member).values() | fields)
    families.change_member(by=BY, member=member, person=person)


@pytest.mark.django_db
def test_a_household_begins_once_with_the_next_number_and_the_first_owner_as_billing_contact() -> None:
    organization = make.OrganizationFactory()
    owner = make.MemberFactory(owner=True)
    first, again = (
        households.begin(by=BY, organization=organization, account=owner.account) for _ in range(2)
    )
    assert first == again
    assert (first.number, first.name, first.billing_contact) == (1, owner.account.name, owner)


@pytest.mark.django_db
def test_members_are_admitted_as_leads_in_the_order_given_with_a_copy_of_their_fields() -> None:
    organization = make.OrganizationFactory()
    owner = make.MemberFactory(owner=True, given_name="Amara", family_name="Okafor", phone="+14165550134")
    child = make.MemberFactory(
        account=owner.account,
        given_name="Toby",
        family_name="O’Kafor",
        email="",
        born_on=make.years_ago(9),
    )
    clients = admission.admit(by=BY, organization=organization, members=[child, owner, child])
    assert [(c.member_id, c.number, c.status, c.participates) for c in clients] == [
        (child.pk, 1, ClientStatus.LEAD, True),
        (owner.pk, 2, ClientStatus.LEAD, True),
        (child.pk, 1, ClientStatus.LEAD, True),
    ]
    kept = Client.objects.get(member=owner)
    assert PersonFields.of(kept) == PersonFields.of(owner)
    assert kept.sort_name == "okafor amara"
    for words in ("okafor", "416 555-0134", owner.email, "2"):
        assert list(Client.objects.at(organization).matching(words).filter(member=owner)) == [kept]
    found = Client.objects.at(organization).matching("amara toby")
    assert [client.member for client in found] == [child]  # by the parent's name
    assert [client.member for client in Client.objects.matching("okafor toby")] == [child]


@pytest.mark.django_db
def test_admitting_who_is_a_client_already_takes_one_query(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        clients = admission.admit(by=BY, organization=cast.organization, members=cast.family)
    assert [c.member_id for c in clients] == [m.pk for m in cast.family]
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 1


@pytest.mark.django_db
def test_a_merged_client_is_answered_by_the_one_it_was_merged_into(cast: Cast) -> None:
    stays = cast.client(cast.sibling)
    Client.objects.filter(pk=cast.client(cast.child).pk).update(status=ClientStatus.MERGED, merged_into=stays)
    assert admission.admit(by=BY, organization=cast.organization, members=[cast.child]) == [stays]


@pytest.mark.django_db
def test_a_payer_who_books_takes_part_from_then_on_and_a_participant_stays_one() -> None:
    organization, member = make.OrganizationFactory(), make.MemberFactory(owner=True)
    for participates, expected in ((False, False), (True, True), (False, True)):
        [client] = admission.admit(
            by=BY, organization=organization, members=[member], participates=participates
        )
        assert client.participates is expected
        assert Client.objects.get().participates is expected


@pytest.mark.django_db
def test_only_leads_are_activated() -> None:
    lead, gone = (make.ClientFactory(status=status) for status in (ClientStatus.LEAD, ClientStatus.INACTIVE))
    admission.activate(by=BY, clients=[lead, gone])
    assert [Client.objects.get(pk=c.pk).status for c in (lead, gone)] == ["active", "inactive"]
    assert [e.target_id for e in AuditEvent.objects.filter(action="clients.activated")] == [lead.pk]


@pytest.mark.django_db
def test_the_copy_follows_the_family_save_what_staff_set_and_what_is_not_shared(cast: Cast) -> None:
    client = cast.client(cast.owner)
    Client.objects.filter(pk=client.pk).update(staff_set=["preferred_name"], shares=["contact", "photo"])
    change(
        cast.owner,
        given_name="Mara",
        preferred_name="Em",
        email="mara@mail.test",
        city="Lagos",
    )
    client.refresh_from_db()
    assert (client.given_name, client.preferred_name, client.email, client.city) == (
        "Mara",
        "",
        "mara@mail.test",
        "",
    )
    assert client.sort_name == "okafor mara"
    assert cast.client(cast.child) in Client.objects.at(cast.organization).matching("toby mara")


@pytest.mark.django_db
def test_a_birth_date_that_makes_a_minor_an_adult_waits_for_staff(cast: Cast) -> None:
    client = cast.client(cast.teenager)
    before = client.born_on
    change(cast.teenager, born_on=make.years_ago(20))
    client.refresh_from_db()
    assert client.born_on == before
    change(cast.teenager, born_on=make.years_ago(16))
    client.refresh_from_db()
    assert client.born_on == make.years_ago(16)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_desks_that_admit_one_family_at_once_make_one_household_and_each_client_once() -> None:
    organization = make.OrganizationFactory()
    owner = make.MemberFactory(owner=True)
    family = [owner, *(make.MemberFactory(account=owner.account) for _ in range(3))]
    failures: list[Exception] = []

    def desk() -> None:
        try:
            admission.admit(by=BY, organization=organization, members=family)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    desks = [Thread(target=desk) for _ in range(10)]
    for each in desks:
        each.start()
    for each in desks:
        each.join()
    assert failures == []
    assert Household.objects.count() == 1
    assert sorted(Client.objects.values_list("member_id", "number")) == sorted(
        zip([m.pk for m in family], range(1, 5), strict=True)
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_family_that_begins_and_a_child_of_another_who_is_admitted_do_not_wait_for_each_other() -> None:
    organization = make.OrganizationFactory()
    buyer, child = make.MemberFactory(owner=True), make.MemberFactory()
    failures: list[Exception] = []

    def admit_child() -> None:
        try:
            admission.admit(by=BY, organization=organization, members=[child])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    other = Thread(target=admit_child)
    with transaction.atomic():  # as checkout: the buyer's household first, then the clients
        households.begin(by=BY, organization=organization, account=buyer.account)
        other.start()
        wait_until_somebody_waits()
        admission.admit(by=BY, organization=organization, members=[buyer])
    other.join()

    assert failures == []
    assert sorted(Client.objects.values_list("member_id", "number")) == [(buyer.pk, 1), (child.pk, 2)]


def wait_until_somebody_waits() -> None:
    """Until another connection to this database waits for a lock."""
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_family_that_changes_a_name_and_pays_at_once_does_not_wait_for_itself() -> None:
    client = make.ClientFactory(status=ClientStatus.LEAD)
    failures: list[Exception] = []

    def rename() -> None:
        try:
            change(client.member, given_name="Tobias")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    other = Thread(target=rename)
    with transaction.atomic():  # as fulfilment: the household's row first, then its clients
        Household.objects.select_for_update().get(pk=client.household_id)
        other.start()
        wait_until_somebody_waits()
        admission.activate(by=BY, clients=[client])
    other.join()

    client.refresh_from_db()
    assert (failures, client.given_name, client.status) == ([], "Tobias", ClientStatus.ACTIVE)
