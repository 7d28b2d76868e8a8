"""Who works at an organisation: roles given, taken and locked out, and an administrator who always stays."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts.errors import AboveYou, ChangedMeanwhile, LastAdministrator, NotAllowed
from accounts.models import AuditEvent, Staff
from accounts.operations import roles as role_operations
from accounts.operations import staff as operations
from accounts.permissions import Permission
from tests.accounts.staffing import OPERATOR, acting, club, keys_of, own_role, roles, works
from tests.cast import Cast
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_a_coach_is_listed_by_name_and_never_logs_in() -> None:
    organization = club()
    boss = works(organization, "administrator")
    coach = operations.add(
        by=acting(boss),
        organization=organization,
        name="Ilse Brandt",
        roles=roles(organization, "instructor"),
    )
    assert (coach.name, coach.user, keys_of(coach), coach.is_active) == (
        "Ilse Brandt",
        None,
        ["instructor"],
        True,
    )
    event = AuditEvent.objects.get(action="accounts.staff_added")
    assert (event.target_id, event.staff_id, event.changes) == (coach.pk, boss.pk, {"roles": ["instructor"]})


def test_roles_are_given_and_taken_and_the_audit_names_them() -> None:
    organization = club()
    boss, desk = works(organization, "administrator"), works(organization, "front-desk")
    operations.change(
        by=acting(boss), staff=desk, name="Dana", roles=roles(organization, "bookkeeper", "instructor")
    )
    desk.refresh_from_db()
    assert (desk.name, keys_of(desk)) == ("Dana", ["bookkeeper", "instructor"])
    assert AuditEvent.objects.get(action="accounts.staff_changed").changes == {
        "gave": ["bookkeeper", "instructor"],
        "took": ["front-desk"],
    }


def test_nobody_gives_or_takes_what_they_may_not_do_themselves() -> None:
    organization = club()
    works(organization, "administrator")
    lead = works(organization)
    lead.roles.add(own_role(organization, "Lead", Permission.STAFF_EDIT, Permission.CLIENTS_READ))
    other, boss = works(organization), works(organization, "administrator")
    by = acting(lead)
    attempts: list[Callable[[], object]] = [
        lambda: operations.change(by=by, staff=lead, name="x", roles=roles(organization, "administrator")),
        lambda: operations.change(by=by, staff=other, name="x", roles=roles(organization, "front-desk")),
        lambda: operations.change(by=by, staff=boss, name="x", roles=[]),
        lambda: operations.deactivate(by=by, staff=boss),
        lambda: operations.add(
            by=by, organization=organization, name="x", roles=roles(organization, "bookkeeper")
        ),
        lambda: role_operations.create(
            by=by, organization=organization, name="x", permissions=[Permission.REFUND]
        ),
        lambda: role_operations.change(
            by=by,
            role=roles(organization, "instructor")[0],
            name="x",
            permissions=[Permission.CLIENTS_READ],
        ),
    ]
    for attempt in attempts:
        with pytest.raises(AboveYou):
            attempt()
    assert (keys_of(other), keys_of(boss), boss.is_active) == ([], ["administrator"], True)


def test_a_page_that_knew_more_than_is_true_now_gives_nothing() -> None:
    organization = club()
    boss, second = works(organization, "administrator"), works(organization, "administrator")
    before = acting(second)
    operations.change(by=acting(boss), staff=second, name="Second", roles=roles(organization, "front-desk"))
    with pytest.raises(NotAllowed):
        operations.change(by=before, staff=second, name="x", roles=roles(organization, "administrator"))
    assert keys_of(second) == ["front-desk"]


def test_the_last_administrator_stays_whoever_asks() -> None:
    organization = club()
    boss = works(organization, "administrator")
    works(organization, "administrator", user=None)  # by name only: nobody who could log in
    works(organization, "administrator", is_active=False)
    attempts: list[Callable[[], object]] = [
        lambda: operations.deactivate(by=OPERATOR, staff=boss),
        lambda: operations.change(by=acting(boss), staff=boss, name=boss.name, roles=[]),
        lambda: operations.change(
            by=OPERATOR, staff=boss, name=boss.name, roles=roles(organization, "supervisor")
        ),
    ]
    for attempt in attempts:
        with pytest.raises(LastAdministrator):
            attempt()
    boss.refresh_from_db()
    assert (boss.is_active, keys_of(boss)) == (True, ["administrator"])


def test_a_role_that_makes_the_last_administrator_keeps_what_it_takes() -> None:
    organization = club()
    boss = works(organization)
    running = own_role(organization, "Running", *Permission)
    boss.roles.add(running)
    with pytest.raises(LastAdministrator):
        role_operations.change(
            by=acting(boss), role=running, name="Running", permissions=[Permission.STAFF_EDIT]
        )
    running.refresh_from_db()
    assert running.held == frozenset(Permission)


def test_a_place_that_never_had_an_administrator_can_still_be_ordered() -> None:
    organization = club()
    desk = works(organization, "front-desk")
    operations.deactivate(by=OPERATOR, staff=desk)
    desk.refresh_from_db()
    assert not desk.is_active


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_lock_each_other_out_at_once_one_stays() -> None:
    organization = club()
    one, two = works(organization, "administrator"), works(organization, "administrator")
    pairs = [(acting(one), two), (acting(two), one)]
    results = at_once(2, lambda n: operations.deactivate(by=pairs[n][0], staff=pairs[n][1]))
    assert sorted(type(result).__name__ for result in results) == ["NotAllowed", "Staff"]
    assert Staff.objects.filter(organization=organization, is_active=True).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_step_down_at_once_one_stays() -> None:
    organization = club()
    both = [works(organization, "administrator"), works(organization, "administrator")]
    desk = roles(organization, "front-desk")
    results = at_once(
        2, lambda n: operations.change(by=acting(both[n]), staff=both[n], name=both[n].name, roles=desk)
    )
    assert sorted(type(result).__name__ for result in results) == ["LastAdministrator", "Staff"]
    assert sorted(keys_of(staff) for staff in both) == [["administrator"], ["front-desk"]]


def test_whoever_is_deactivated_is_locked_out_at_once_and_comes_back_with_their_roles(
    cast: Cast, web: Web
) -> None:
    boss, desk = web.as_(cast.administrator), web.as_(cast.front_desk)
    clients = reverse("staff:clients", args=["riverside"])
    assert desk.get(clients).status == 200
    page = boss.post(reverse("staff:staff_deactivate", args=["riverside", cast.front_desk.code]))
    assert "Dana Petrov can open nothing here any more." in page
    assert desk.get(clients).status == 404
    assert "Riverside" not in desk.get("/").words
    page = boss.post(reverse("staff:staff_reactivate", args=["riverside", cast.front_desk.code]))
    assert "Dana Petrov works here again." in page
    assert desk.get(clients).status == 200


def test_nobody_locks_themselves_out(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    address = reverse("staff:staff_deactivate", args=["riverside", cast.administrator.code])
    assert "You can’t lock yourself out. Ask another administrator." in boss.post(address)
    assert "Only another administrator can lock you out." in boss.get(
        reverse("staff:staff_member", args=["riverside", cast.administrator.code])
    )


def test_a_role_of_another_organisation_is_no_role_here(cast: Cast) -> None:
    theirs = cast.rival.roles.get(key="administrator")
    with pytest.raises(NotAllowed):
        operations.change(by=acting(cast.administrator), staff=cast.front_desk, name="Dana", roles=[theirs])
    assert keys_of(cast.front_desk) == ["front-desk"]


def test_of_two_open_pages_the_second_is_told_and_keeps_what_was_typed(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    address = reverse("staff:staff_member", args=["riverside", cast.front_desk.code])
    seen = operations.state_of(cast.front_desk)
    operations.change(by=OPERATOR, staff=cast.front_desk, name="Dana P", roles=[])
    page = boss.post(address, {"seen": seen, "name": "Dana Q", "roles": ["instructor"]})
    assert page.status == 422
    assert str(ChangedMeanwhile.message) in page
    assert 'value="Dana Q"' in page.html
    cast.front_desk.refresh_from_db()
    assert (cast.front_desk.name, keys_of(cast.front_desk)) == ("Dana P", [])


def test_the_form_of_who_may_less_keeps_the_roles_that_they_cannot_give(cast: Cast, web: Web) -> None:
    lead = works(cast.organization)
    lead.roles.add(own_role(cast.organization, "Lead", Permission.STAFF_EDIT, Permission.CLIENTS_READ))
    small = own_role(cast.organization, "Small", Permission.CLIENTS_READ)
    browser = web.as_(lead)
    address = reverse("staff:staff_member", args=["riverside", cast.front_desk.code])
    assert "It may do more than you." in browser.get(address)
    seen = operations.state_of(cast.front_desk)
    page = browser.post(address, {"seen": seen, "name": "Dana Petrov", "roles": [small.key]})
    assert "Saved" in page
    assert keys_of(cast.front_desk) == ["front-desk", "own-small"]
    page = browser.post(address, {"seen": "", "name": "Dana Petrov", "roles": ["administrator", small.key]})
    assert page.status == 422
    assert keys_of(cast.front_desk) == ["front-desk", "own-small"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"name": "\u202e\u200b  "}, "This field is required."),
        ({"name": "Ada", "email": "ada@"}, "not complete"),
        ({"name": "Ada", "email": "ada@riverside.test", "roles": []}, "Choose at least one role"),
        ({"name": "Ada", "email": "ada@riverside.test", "roles": ["czar"]}, "czar"),
    ],
)
def test_what_is_wrong_with_somebody_new_is_said_by_its_field_and_nothing_is_kept(
    cast: Cast, web: Web, sent: dict[str, object], said: str
) -> None:
    before = Staff.objects.count()
    page = web.as_(cast.administrator).post(reverse("staff:staff_new", args=["riverside"]), sent)
    assert (page.status, said in page.text) == (422, True)
    assert Staff.objects.count() == before


def test_a_name_of_any_script_and_kind_is_kept_and_shown_as_text(cast: Cast, web: Web) -> None:
    name = "<b>علي</b> 🦆 O’Neil"
    page = web.as_(cast.administrator).post(reverse("staff:staff_new", args=["riverside"]), {"name": name})
    assert (page.status, Staff.objects.filter(name=name).count()) == (200, 1)
    assert "&lt;b&gt;علي&lt;/b&gt; 🦆 O’Neil" in page.html


def test_adding_somebody_twice_adds_them_once(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    address = reverse("staff:staff_new", args=["riverside"])
    sent = {"name": "Ada Lark", "once": boss.get(address).once}
    first, second = boss.post(address, sent, follow=False), boss.post(address, sent, follow=False)
    assert (first.status, first.location) == (303, second.location)
    assert Staff.objects.filter(name="Ada Lark").count() == 1


def test_the_list_costs_the_same_however_many_work_here_and_goes_on_by_name(
    cast: Cast, web: Web, django_assert_max_num_queries: object
) -> None:
    Staff.objects.bulk_create(
        Staff(organization=cast.organization, name=f"Coach {number:03}") for number in range(120)
    )
    boss = web.as_(cast.administrator)
    address = reverse("staff:staff_list", args=["riverside"])
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        first = boss.get(address)
    assert ("Coach 000" in first, "Coach 119" in first) == (True, False)
    code = Staff.objects.get(name="Coach 099").code
    rest = boss.get(address, {"after": code})
    assert ("Coach 119" in rest, "Coach 099" in rest) == (True, False)
