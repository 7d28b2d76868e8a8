"""The machinery of accounts: numbers, audit, guards, events, registries, actors."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections, transaction

from accounts import audit, events, guards
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, NumberCounter, Organization
from accounts.numbers import next_number, next_numbers
from accounts.permissions import BUILT_IN, Permission
from accounts.registries import Registry
from tests import factories as make
from tests.cast import Cast


@dataclass(frozen=True)
class Entry:
    key: str
    order: int
    word: str = ""


# numbers


@pytest.mark.django_db
def test_each_organisation_counts_each_kind_for_itself() -> None:
    here, there = make.OrganizationFactory(), make.OrganizationFactory()

    counted = [
        next_number(here, "client"),
        next_number(here, "client"),
        next_number(here, "household"),
        next_number(there, "client"),
        next_numbers(here, "client", 3),
        next_number(here, "client"),
    ]

    assert counted == [1, 2, 1, 1, range(3, 6), 6]


@pytest.mark.django_db
def test_a_number_that_was_not_used_is_given_again() -> None:
    here = make.OrganizationFactory()
    with transaction.atomic():
        next_number(here, "invoice")
        transaction.set_rollback(True)

    assert next_number(here, "invoice") == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_when_many_take_them_at_once() -> None:
    here: Organization = make.OrganizationFactory()
    taken: list[int] = []

    def take() -> None:
        try:
            for turn in range(5):
                with transaction.atomic():
                    number = next_number(here, "invoice")
                    if turn == 2:
                        transaction.set_rollback(True)
                    else:
                        taken.append(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(taken) == list(range(1, 25))
    assert NumberCounter.objects.get().last == 24


@pytest.mark.django_db(transaction=True)
def test_numbers_audits_and_events_belong_into_a_transaction() -> None:
    here = make.OrganizationFactory()

    for outside in (
        lambda: next_number(here, "client"),
        lambda: audit.record(by=Actor.of_command("test"), action="x.y", target=here),
        lambda: events.emit(object()),
    ):
        with pytest.raises(RuntimeError, match="inside the transaction"):
            outside()


# audit


def test_an_audit_event_says_who_did_what_for_whom_and_where(cast: Cast) -> None:
    by = Actor(
        kind=ActorKind.STAFF,
        user=cast.front_desk.user,
        staff=cast.front_desk,
        organization=cast.organization,
        ip="203.0.113.9",
        user_agent="x" * 300,
        request_id="r-9",
    ).acting_for(cast.owner)

    audit.record(
        by=by, action="tests.tried", target=cast.household, members=[cast.sibling, cast.child.pk, cast.child]
    )

    event = AuditEvent.objects.get(action="tests.tried")
    assert (event.actor_kind, event.user_id, event.staff_id, event.for_member_id) == (
        "staff",
        cast.front_desk.user.pk,  # type: ignore[union-attr]
        cast.front_desk.pk,
        cast.owner.pk,
    )
    assert (event.target_type, event.target_id, event.organization_id) == (
        "clients.household",
        cast.household.pk,
        cast.organization.pk,
    )
    assert (event.member_ids, event.ip, event.user_agent, event.request_id) == (
        [cast.child.pk, cast.sibling.pk],
        "203.0.113.9",
        "x" * 200,
        "r-9",
    )


# guards


def test_an_empty_guard_registry_fails_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guards.check_guards(None) == []

    monkeypatch.setattr(guards, "_guards", [])

    assert [error.id for error in guards.check_guards(None)] == ["accounts.E001"]


def test_every_guard_is_asked_and_one_refusal_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[guards.Act] = []

    def note(act: guards.Act, *_rest: Any) -> None:
        asked.append(act)

    def refuse(*_all: Any) -> None:
        raise NotAllowed

    monkeypatch.setattr(guards, "_guards", [])
    guards.register(note)
    guards.register(note)
    guards.register(refuse)

    with pytest.raises(NotAllowed):
        guards.refuse_if(act=guards.Act.MERGE, subjects=[], organization=None, by=Actor.of_command("test"))
    assert asked == [guards.Act.MERGE]


# events


@pytest.mark.django_db
def test_a_listener_that_fails_undoes_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(event: Entry) -> None:
        raise NotAllowed

    fail.__module__ = "accounts.tests"
    monkeypatch.setattr(events, "_handlers", {})
    events.on(Entry, fail)

    @transaction.atomic
    def do() -> None:
        make.OrganizationFactory()
        events.emit(Entry("a", 1))

    with pytest.raises(NotAllowed):
        do()
    assert Organization.objects.count() == 0


@pytest.mark.django_db
def test_listeners_hear_once_in_the_order_of_the_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def listener(app: str) -> events.Handler[Entry]:
        def hear(event: Entry) -> None:
            heard.append(app)

        hear.__module__ = f"{app}.handlers"
        return hear

    monkeypatch.setattr(events, "_handlers", {})
    for hear in [listener("billing"), listener("clients"), *[listener("messaging")] * 2]:
        events.on(Entry, hear)
    events.emit(Entry("a", 1))

    assert heard == ["clients", "messaging", "billing"]


# registries


def test_a_registry_keeps_its_order_and_refuses_a_second_entry_under_a_key() -> None:
    registry: Registry[Entry] = Registry("things")
    for entry in (Entry("late", 9), Entry("b", 1), Entry("a", 1), Entry("a", 1)):
        registry.register(entry)

    assert [entry.key for entry in registry] == ["a", "b", "late"]
    assert ("a" in registry, "z" in registry, registry["late"]) == (True, False, Entry("late", 9))
    with pytest.raises(ValueError, match="two entries named 'a'"):
        registry.register(Entry("a", 1, "another"))


# actors and roles


def test_staff_have_what_their_roles_hold_and_jobs_have_all() -> None:
    desk = Actor(kind=ActorKind.STAFF, permissions=BUILT_IN["front-desk"])
    family = Actor(kind=ActorKind.PERSON, permissions=frozenset(Permission))

    assert [desk.has(p) for p in (Permission.SELL, Permission.REFUND)] == [True, False]
    assert [family.has(p) for p in (Permission.SELL, Permission.REFUND)] == [False, False]
    assert all(Actor.of_job("nightly").has(permission) for permission in Permission)
    with pytest.raises(NotAllowed):
        desk.needs(Permission.REFUND)


def test_only_administrators_change_settings_and_staff() -> None:
    holders = {
        permission: sorted(key for key, held in BUILT_IN.items() if permission in held)
        for permission in (Permission.SETTINGS_EDIT, Permission.STAFF_EDIT, Permission.LINKS_OVERRIDE)
    }

    assert holders == {
        Permission.SETTINGS_EDIT: ["administrator"],
        Permission.STAFF_EDIT: ["administrator"],
        Permission.LINKS_OVERRIDE: ["administrator", "supervisor"],
    }
