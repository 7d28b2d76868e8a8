"""Staff who are clients too: two worlds, and nothing done at the desk for one's own family (RULES 2.6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from accounts.enums import ActorKind
from accounts.errors import SelfDealing
from accounts.models import AuditEvent, Invitation, Staff
from accounts.operations import invitations
from accounts.people import PersonFields
from accounts.self_dealing import is_own
from clients.enums import MergeReason
from clients.models import Client, Merge
from clients.operations import desk, merging
from relationships.enums import LinkKind
from relationships.models import ManagerLink
from relationships.operations import desk_links
from relationships.operations.links import Terms
from tests import factories as make
from tests.accounts.staffing import acting
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent(cast: Cast) -> Staff:
    """The owner of the family works at the desk, and may do everything there."""
    staff: Staff = make.StaffFactory(
        organization=cast.organization, user=cast.owner.user, name="Amara", roles=["administrator"]
    )
    return staff


def with_birth_date(client: Client, day: date) -> PersonFields:
    return replace(PersonFields.of(client), born_on=day)


def test_nothing_is_done_for_ones_own_family(cast: Cast, parent: Staff) -> None:
    by = acting(parent)
    child, stranger = cast.client(cast.child), cast.client(cast.stranger)
    double = make.ClientFactory(organization=cast.organization)
    made = ManagerLink.objects.get(manager=cast.other_guardian, dependent=cast.child)
    ManagerLink.objects.filter(pk=made.pk).update(
        organization=cast.organization, made_by_staff=cast.administrator, waiting=["forms"]
    )
    terms = Terms(kind=LinkKind.OTHER, flags={"view"}, starts_on=date(2026, 1, 1))
    links_before = ManagerLink.objects.count()
    attempts: list[Callable[[], object]] = [
        lambda: desk.change_client(
            by=by, client=child, person=with_birth_date(child, date(2000, 1, 1)), participates=True
        ),
        lambda: desk.take_theirs(by=by, client=child, field="born_on"),
        lambda: merging.join(by=by, keep=child, drop=double, because=MergeReason.DUPLICATE),
        lambda: merging.join(by=by, keep=double, drop=child, because=MergeReason.DUPLICATE),
        lambda: desk_links.make(by=by, manager=cast.client(cast.owner), dependents=[stranger], terms=terms),
        lambda: desk_links.make(by=by, manager=stranger, dependents=[child], terms=terms),
        lambda: desk_links.confirm(by=by, link=made),
        lambda: desk_links.attest_guardian(by=by, link=made, reason="seen"),
    ]
    for attempt in attempts:
        with pytest.raises(SelfDealing):
            attempt()
    assert (Merge.objects.count(), ManagerLink.objects.count()) == (0, links_before)
    assert Client.objects.get(pk=child.pk).born_on == cast.child.born_on


def test_a_colleague_does_it_and_the_parent_does_it_for_others(cast: Cast, parent: Staff) -> None:
    child, stranger = cast.client(cast.child), cast.client(cast.stranger_child)
    desk.change_client(
        by=acting(cast.front_desk),
        client=child,
        person=with_birth_date(child, date(2018, 1, 1)),
        participates=True,
    )
    desk.change_client(
        by=acting(parent),
        client=stranger,
        person=with_birth_date(stranger, date(2018, 1, 1)),
        participates=True,
    )
    assert set(Client.objects.filter(born_on=date(2018, 1, 1))) == {child, stranger}


def test_what_brings_no_gain_is_done_for_ones_own_family_too(cast: Cast, parent: Staff) -> None:
    child = cast.client(cast.child)
    desk.change_client(
        by=acting(parent),
        client=child,
        person=replace(PersonFields.of(child), city="Oakville"),
        participates=True,
    )
    assert Client.objects.get(pk=child.pk).city == "Oakville"


def test_nobody_invites_themselves_to_take_an_account_over_nor_reads_its_code(cast: Cast, web: Web) -> None:
    person = PersonFields(given_name="Dana", family_name="Petrov", email="dana.private@mail.test")
    owner = desk.open_family(by=acting(cast.administrator), organization=cast.organization, owner=person)
    code = Invitation.objects.get(member=owner.member).desk_code
    address = reverse("staff:account", args=["riverside", owner.household.number])
    assert f"{code[:3]} {code[3:]}" in web.as_(cast.front_desk).get(address).words
    user = cast.front_desk.user
    assert user is not None
    user.email = person.email
    user.save()
    page = web.as_(cast.front_desk).get(address)
    assert f"{code[:3]} {code[3:]}" not in page.words
    invite = reverse("staff:account_invite", args=["riverside", owner.household.number])
    page = web.as_(cast.front_desk).post(invite)
    assert str(SelfDealing.message) in page
    with pytest.raises(SelfDealing):
        invitations.invite_to_claim(
            by=acting(cast.front_desk), organization=cast.organization, member=owner.member
        )
    assert Invitation.objects.filter(member=owner.member).count() == 1


def test_commands_and_families_are_nobodys_staff(cast: Cast, parent: Staff) -> None:
    as_family = replace(acting(parent), kind=ActorKind.PERSON, staff=None)
    assert (is_own(acting(parent), [cast.child]), is_own(as_family, [cast.child])) == (True, False)
    assert is_own(acting(parent), [cast.stranger]) is False


def test_who_is_both_acts_as_staff_under_staff_and_as_member_elsewhere(
    cast: Cast, web: Web, parent: Staff
) -> None:
    browser = web.as_(cast.owner)
    memos = reverse("staff:client_memos", args=["riverside", cast.client(cast.stranger).number])
    browser.post(memos, {"text": "Called", "audience": "staff"})
    child = reverse("portal:person_edit", args=[cast.child.code])
    assert browser.get(child).status == 200
    assert browser.get(reverse("portal:person", args=[cast.stranger_child.code])).status == 404
    event = AuditEvent.objects.get(action="clients.memo_written")
    assert (event.actor_kind, event.staff_id, event.actor_member_id) == ("staff", parent.pk, None)
    places = browser.get("/").words
    assert ("Amara Okafor" in places, "Riverside Recreation" in places) == (True, True)


def test_a_role_gives_nothing_over_a_familys_own_side(cast: Cast, web: Web) -> None:
    clerk = make.MemberFactory(owner=True, with_login=True)
    make.StaffFactory(organization=cast.organization, user=clerk.user, roles=["administrator"])
    browser = web.as_(clerk)
    assert (
        browser.get(reverse("staff:client", args=["riverside", cast.client(cast.child).number])).status == 200
    )
    assert browser.get(reverse("portal:person", args=[cast.child.code])).status == 404
    assert browser.get(reverse("staff:clients", args=["lumen"])).status == 404
