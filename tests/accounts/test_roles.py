"""Roles: built in and an organisation's own, and what each may do in plain words (D11)."""

import pytest
from django.urls import reverse

from accounts.errors import ChangedMeanwhile, NotAllowed
from accounts.models import AuditEvent, Role
from accounts.operations import roles as operations
from accounts.operations.roles import RoleInUse, RoleNameTaken
from accounts.permission_words import ABOUT_ROLES, GROUPS, WORDS
from accounts.permissions import BUILT_IN, Permission
from tests.accounts.staffing import OPERATOR, acting, club, own_role, works
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_every_permission_and_every_built_in_role_is_said_in_words_once() -> None:
    said = [words.permission for group in GROUPS for words in group.words]
    assert sorted(said) == sorted(Permission)
    assert set(ABOUT_ROLES) == set(BUILT_IN)
    sentences = [str(words.sentence) for words in WORDS.values()]
    assert [sentence for sentence in sentences if not sentence.endswith(".") or "_" in sentence] == []


def test_the_administrator_holds_what_later_versions_bring() -> None:
    organization = club()
    boss = works(organization, "administrator")
    organization.roles.filter(key="administrator").update(permissions=["sell"])
    assert acting(boss).permissions == frozenset(Permission)
    role = organization.roles.get(key="administrator")
    operations.change(by=acting(boss), role=role, name="Chief", permissions=[])
    role.refresh_from_db()
    assert (role.name, role.held) == ("Chief", frozenset(Permission))


def test_a_role_of_ones_own_is_made_changed_and_deleted_while_nobody_has_it() -> None:
    organization = club()
    by = acting(works(organization, "administrator"))
    role = operations.create(
        by=by, organization=organization, name="Lifeguard", permissions=[Permission.ROSTER_CHECK_IN]
    )
    operations.change(by=by, role=role, name="Lifeguards", permissions=[Permission.SCHEDULE_READ])
    role.refresh_from_db()
    assert (role.name, role.permissions) == ("Lifeguards", ["schedule_read"])
    guard = works(organization)
    guard.roles.add(role)
    guard.is_active = False
    guard.save(update_fields=["is_active"])
    with pytest.raises(RoleInUse):
        operations.delete(by=by, role=role)
    guard.roles.clear()
    operations.delete(by=by, role=role)
    operations.delete(by=by, role=role)  # pressed twice
    assert not Role.objects.filter(name="Lifeguards").exists()
    assert list(
        AuditEvent.objects.filter(action__startswith="accounts.role_")
        .order_by("id")
        .values_list("action", "changes__permissions")
    ) == [
        ("accounts.role_created", ["roster_check_in"]),
        ("accounts.role_changed", ["roster_check_in", "schedule_read"]),
        ("accounts.role_deleted", ["schedule_read"]),
    ]


def test_a_built_in_role_is_adjusted_set_back_and_never_deleted() -> None:
    organization = club()
    by = acting(works(organization, "administrator"))
    desk = organization.roles.get(key="front-desk")
    operations.change(by=by, role=desk, name="Welcome", permissions=[Permission.CLIENTS_READ])
    operations.restore(by=by, role=desk)
    desk.refresh_from_db()
    assert (desk.name, desk.held) == ("Welcome", BUILT_IN["front-desk"])
    with pytest.raises(NotAllowed):
        operations.delete(by=by, role=desk)
    with pytest.raises(NotAllowed):
        operations.restore(by=by, role=own_role(organization, "Mine"))


def test_two_roles_of_one_name_and_two_open_pages_are_refused() -> None:
    organization = club()
    by = acting(works(organization, "administrator"))
    desk = organization.roles.get(key="front-desk")
    with pytest.raises(RoleNameTaken):
        operations.create(by=by, organization=organization, name="FRONT DESK", permissions=[])
    seen = operations.state_of(desk)
    operations.change(by=by, role=desk, name="Desk", permissions=desk.held)
    with pytest.raises(ChangedMeanwhile):
        operations.change(by=by, role=desk, name="Welcome", permissions=desk.held, seen=seen)


def test_everybody_on_the_staff_reads_what_they_and_each_role_may_do(cast: Cast, web: Web) -> None:
    page = web.as_(cast.account_reader).get(reverse("staff:roles", args=["riverside"]))
    own = page.words[page.words.index("What you may do") : page.words.index("Side by side")]
    held = [str(WORDS[permission].sentence) for permission in BUILT_IN["account-reader"]]
    assert sorted(text for text in map(str, (w.sentence for w in WORDS.values())) if text in own) == sorted(
        held
    )
    assert ("New role" in page, "Settings" in page.words) == (False, False)


def test_the_page_of_a_role_says_what_it_may_and_may_not(cast: Cast, web: Web) -> None:
    page = web.as_(cast.instructor).get(reverse("staff:role", args=["riverside", "front-desk"]))
    may, may_not = page.words.split("May not", 1)
    assert "Check people in, and mark who is away." in may
    assert "Invite staff, give them roles" in may_not
    assert ("Dana Petrov" in page, cast.front_desk.user.email in page) == (True, False)  # type: ignore[union-attr]


def test_the_pages_make_change_restore_and_delete_a_role(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    page = boss.post(
        reverse("staff:role_new", args=["riverside"]),
        {"name": "Lifeguard", "permissions": ["schedule_read", "roster_check_in"]},
    )
    role = Role.objects.get(name="Lifeguard")
    assert (page.path, role.held) == (
        reverse("staff:role", args=["riverside", role.key]),
        frozenset({Permission.SCHEDULE_READ, Permission.ROSTER_CHECK_IN}),
    )
    edit = reverse("staff:role_edit", args=["riverside", role.key])
    page = boss.post(edit, {"name": "instructor", "permissions": [], "seen": operations.state_of(role)})
    assert (page.status, "There is a role of this name already." in page) == (422, True)
    page = boss.post(edit, {"name": "x" * 81, "permissions": ["rule"], "seen": operations.state_of(role)})
    assert (page.status, "at most 80 characters" in page, "rule" in page) == (422, True, True)
    boss.post(edit, {"name": "Guard", "permissions": ["schedule_read"], "seen": operations.state_of(role)})
    role.refresh_from_db()
    assert (role.name, role.permissions) == ("Guard", ["schedule_read"])
    page = boss.post(reverse("staff:role_delete", args=["riverside", role.key]))
    assert ("Role deleted" in page, Role.objects.filter(pk=role.pk).exists()) == (True, False)
    desk = cast.organization.roles.get(key="front-desk")
    operations.change(by=OPERATOR, role=desk, name="Desk", permissions=[])
    assert "Back to the default" in boss.get(reverse("staff:role", args=["riverside", "front-desk"]))
    boss.post(reverse("staff:role_restore", args=["riverside", "front-desk"]))
    desk.refresh_from_db()
    assert desk.held == BUILT_IN["front-desk"]


def test_what_one_may_not_do_oneself_stays_in_a_role_one_changes(cast: Cast, web: Web) -> None:
    lead = works(cast.organization)
    lead.roles.add(own_role(cast.organization, "Lead", Permission.STAFF_EDIT, Permission.CLIENTS_READ))
    desk = cast.organization.roles.get(key="front-desk")
    page = web.as_(lead).post(
        reverse("staff:role_edit", args=["riverside", "front-desk"]),
        {"name": "Desk", "permissions": ["refund"], "seen": operations.state_of(desk)},
    )
    desk.refresh_from_db()
    assert ("Saved" in page, desk.held) == (True, BUILT_IN["front-desk"] - {Permission.CLIENTS_READ})


def test_another_organisations_role_is_not_found(cast: Cast, web: Web) -> None:
    theirs = own_role(cast.rival, "Secret")
    page = web.as_(cast.administrator).get(reverse("staff:role", args=["riverside", theirs.key]))
    assert page.status == 404
