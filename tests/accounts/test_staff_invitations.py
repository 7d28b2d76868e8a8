"""Being invited to work somewhere: a mailed link, for one login, once (D11)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import InvitationUnusable, NotAllowed, WorksHereAlready, WrongLogin
from accounts.models import AuditEvent, Organization, Staff, StaffInvitation, User
from accounts.operations import staff as staffs
from accounts.operations import staff_invitations as operations
from accounts.operations.invitations import MailJustSent
from accounts.permissions import BUILT_IN
from messaging.models import Message
from tests import factories as make
from tests.accounts.staffing import OPERATOR, PASSWORD, acting, club, keys_of, roles, token_of, works
from tests.cast import Cast
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db

ANYBODY = Actor(kind=ActorKind.PERSON)
ADDRESS = "kofi.mensah@mail.test"


def invite(organization: Organization, *keys: str, email: str = ADDRESS, **kwargs: Any) -> StaffInvitation:
    return operations.invite(
        by=kwargs.pop("by", OPERATOR),
        organization=organization,
        name="Kofi Mensah",
        email=email,
        roles=roles(organization, *(keys or ["account-contributor"])),
    )


def as_user(user: User) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=user)


def test_the_link_is_mailed_only_its_hash_is_kept_and_it_works_for_seven_days() -> None:
    organization = club()
    boss = works(organization, "administrator")
    invitation = invite(organization, by=acting(boss))
    token = token_of(invitation)
    assert token not in repr(StaffInvitation.objects.values())
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    event = AuditEvent.objects.get(action="accounts.staff_invited")
    assert (event.target_id, event.staff_id, event.changes) == (
        invitation.staff_id,
        boss.pk,
        {"roles": ["account-contributor"]},
    )


def test_a_login_elsewhere_changes_only_the_mail_that_goes_out(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    pages = []
    for email in ("nobody.yet@mail.test", cast.stranger.email):
        page = boss.post(
            reverse("staff:staff_new", args=["riverside"]),
            {"name": "Kofi Mensah", "email": email, "roles": ["instructor"]},
        )
        staff = Staff.objects.get(invitations__email=email)
        pages.append(page.words.replace(email, "…").replace(staff.code, "…"))
    assert pages[0] == pages[1]
    assert list(
        Message.objects.filter(dedupe_key__startswith="staff-invitation")
        .order_by("id")
        .values_list("template", flat=True)
    ) == ["messaging/email/staff_invited", "messaging/email/staff_invited_login"]


def test_somebody_new_chooses_a_password_and_is_in_with_their_roles(web: Web) -> None:
    organization = club()
    token = token_of(invite(organization))
    page = web.post(reverse("public:join", args=[token]), {"password": PASSWORD})
    staff = Staff.objects.get(name="Kofi Mensah")
    user = staff.user
    assert user is not None
    assert (page.path, "Welcome. This is what you may do here." in page) == (
        reverse("staff:roles", args=["riverside"]),
        True,
    )
    assert (user.email, user.check_password(PASSWORD), keys_of(staff)) == (
        ADDRESS,
        True,
        ["account-contributor"],
    )
    assert list(user.emailaddress_set.values_list("email", "verified")) == [(ADDRESS, True)]  # type: ignore[attr-defined]
    assert acting(staff).permissions == BUILT_IN["account-contributor"]
    assert web.get("/").path == reverse("staff:clients", args=["riverside"])
    assert AuditEvent.objects.get(action="accounts.staff_joined").user_id == user.pk


def test_a_login_that_exists_accepts_and_its_family_stays_its_own(cast: Cast, web: Web) -> None:
    token = token_of(invite(cast.organization, "front-desk", email=cast.stranger.email))
    address = reverse("public:join", args=[token])
    assert "Log in with it, then accept." in web.get(address)
    assert web.post(address, {"password": PASSWORD}).status == 200
    browser = web.as_(cast.stranger)
    assert "From now on this login opens the staff’s pages as well." in browser.get(address)
    browser.post(address)
    staff = Staff.objects.get(name="Kofi Mensah")
    assert (staff.user, keys_of(staff)) == (cast.stranger.user, ["front-desk"])
    places = browser.get("/").words
    assert ("Sven Lindqvist" in places, "Riverside Recreation" in places) == (True, True)


def test_a_link_that_was_passed_on_lets_no_other_login_in(cast: Cast, web: Web) -> None:
    invitation = invite(cast.organization, "front-desk")
    token = token_of(invitation)
    with pytest.raises(WrongLogin):
        operations.accept(by=as_user(cast.stranger.user), token=token)  # type: ignore[arg-type]
    with pytest.raises(WrongLogin):
        operations.accept(by=ANYBODY, token=token)
    page = web.as_(cast.stranger).post(reverse("public:join", args=[token]), {"password": PASSWORD})
    assert "This invitation is for kofi.mensah@mail.test" in page
    invitation.refresh_from_db()
    assert (invitation.used_at, User.objects.filter(email=ADDRESS).exists()) == (None, False)


def test_an_address_that_its_login_never_confirmed_opens_nothing() -> None:
    organization = club()
    user = make.UserFactory(email=ADDRESS, confirmed=False)
    token = token_of(invite(organization))
    with pytest.raises(WrongLogin):
        operations.accept(by=as_user(user), token=token)


@pytest.mark.parametrize("what", ["used", "replaced", "taken back", "ran out", "deactivated", "unknown"])
def test_a_dead_link_gets_one_same_page(web: Web, what: str) -> None:
    organization = club()
    invitation = invite(organization)
    token, staff = token_of(invitation), invitation.staff
    if what == "used":
        operations.accept_as_new(by=ANYBODY, token=token, password=PASSWORD)
    elif what == "replaced":
        StaffInvitation.objects.update(created_at=timezone.now() - timedelta(hours=1))
        operations.invite_again(by=OPERATOR, staff=staff, email=ADDRESS)
    elif what == "taken back":
        operations.revoke(by=OPERATOR, staff=staff)
    elif what == "ran out":
        StaffInvitation.objects.update(expires_at=timezone.now())
    elif what == "deactivated":
        staffs.deactivate(by=OPERATOR, staff=staff)
    else:
        token = "nonsense"
    before = User.objects.count()
    page = web.post(reverse("public:join", args=[token]), {"password": "another long password"})
    assert (page.status, "This link no longer works" in page, "Riverside" in page) == (404, True, False)
    assert User.objects.count() == before


def test_pressing_twice_leads_in_both_times(web: Web) -> None:
    token = token_of(invite(club()))
    address = reverse("public:join", args=[token])
    web.post(address, {"password": PASSWORD})
    assert web.post(address, {"password": PASSWORD}).path == reverse("staff:roles", args=["riverside"])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_five_who_follow_one_link_at_once_one_gets_in() -> None:
    organization = club()
    token = token_of(invite(organization))
    results = at_once(
        5, lambda n: operations.accept_as_new(by=ANYBODY, token=token, password=f"{PASSWORD} {n}")
    )
    assert sorted(type(result).__name__ for result in results) == [*["InvitationUnusable"] * 4, "Staff"]
    assert User.objects.filter(email=ADDRESS).count() == 1


def test_who_works_here_or_is_invited_already_is_not_invited_again() -> None:
    organization = club()
    desk = works(organization, "front-desk", name="Dana")
    told = []
    with pytest.raises(WorksHereAlready) as refusal:
        invite(organization, email=desk.user.email)  # type: ignore[union-attr]
    told.append(str(refusal.value))
    staffs.deactivate(by=OPERATOR, staff=desk)
    with pytest.raises(WorksHereAlready) as refusal:
        invite(organization, email=desk.user.email)  # type: ignore[union-attr]
    told.append(str(refusal.value))
    invite(organization)
    with pytest.raises(WorksHereAlready) as refusal:
        invite(organization)
    told.append(str(refusal.value))
    assert told == [
        "Dana works here with this address.",
        "Dana had this address here and is deactivated. Let them back in from the list.",
        "Kofi Mensah is invited at this address already. Send it again from the list.",
    ]
    assert invite(club("lumen")).pk  # at another organisation nobody knows of it


def test_a_login_that_works_here_under_another_address_is_not_taken_on_twice() -> None:
    organization = club()
    user = make.UserFactory(email=ADDRESS)
    token = token_of(invite(organization))
    works(organization, "instructor", user=user)
    with pytest.raises(WorksHereAlready):
        operations.accept(by=as_user(user), token=token)


def test_the_invitation_is_sent_again_to_a_better_address_and_not_at_once(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    staff = invite(cast.organization, email="kofi@mial.test").staff
    address = reverse("staff:staff_invite", args=["riverside", staff.code])
    page = boss.post(address, {"email": ADDRESS})
    assert (page.status, "We sent a mail a moment ago." in page) == (422, True)
    StaffInvitation.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    page = boss.post(address, {"email": "kofi@"})
    assert (page.status, "not complete" in page) == (422, True)
    page = boss.post(address, {"email": ADDRESS.upper()})
    assert f"Invitation sent to {ADDRESS}" in page
    made = StaffInvitation.objects.order_by("id")
    assert [(each.email, each.revoked_at is None) for each in made] == [
        ("kofi@mial.test", False),
        (ADDRESS, True),
    ]


def test_no_more_than_six_mails_a_day() -> None:
    staff = invite(club()).staff
    for _time in range(5):
        StaffInvitation.objects.update(created_at=timezone.now() - timedelta(hours=1))
        operations.invite_again(by=OPERATOR, staff=staff, email=ADDRESS)
    StaffInvitation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(MailJustSent):
        operations.invite_again(by=OPERATOR, staff=staff, email=ADDRESS)


def test_a_coach_by_name_gets_a_login_and_stays_the_same_person(cast: Cast, web: Web) -> None:
    coach = staffs.add(
        by=OPERATOR, organization=cast.organization, name="Mei", roles=roles(cast.organization, "instructor")
    )
    invitation = operations.invite_again(by=OPERATOR, staff=coach, email=ADDRESS)
    web.post(reverse("public:join", args=[token_of(invitation)]), {"password": PASSWORD})
    coach.refresh_from_db()
    assert (coach.user and coach.user.email, keys_of(coach)) == (ADDRESS, ["instructor"])
    with pytest.raises(WorksHereAlready):
        operations.invite_again(by=OPERATOR, staff=coach, email="other@mail.test")


def test_taking_an_invitation_back_leaves_somebody_listed_by_name(cast: Cast, web: Web) -> None:
    boss = web.as_(cast.administrator)
    staff = invite(cast.organization).staff
    page = boss.post(reverse("staff:staff_revoke", args=["riverside", staff.code]))
    assert ("The invitation no longer works." in page, "Invitation taken back" in page) == (True, True)
    assert "Kofi Mensah" in boss.get(reverse("staff:staff_list", args=["riverside"]))
    assert AuditEvent.objects.filter(action="accounts.staff_invitation_revoked").count() == 1


def test_only_who_manages_staff_invites(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        invite(cast.organization, "account-reader", by=acting(cast.front_desk))
    with pytest.raises(NotAllowed):
        invite(cast.organization, "account-reader", by=acting(cast.rival_administrator))
    assert not StaffInvitation.objects.exists()


@pytest.mark.parametrize("password", ["", "short", "1234567890123", "password123", ADDRESS])
def test_a_weak_password_is_refused_by_its_field_and_the_link_still_works(web: Web, password: str) -> None:
    token = token_of(invite(club()))
    page = web.post(reverse("public:join", args=[token]), {"password": password})
    assert (page.status, 'id="id_password_error"' in page.html) == (422, True)
    assert operations.look_up(token).used_at is None


def test_the_link_of_somebody_deactivated_meanwhile_is_dead() -> None:
    token = token_of(invite(club()))
    Staff.objects.update(is_active=False)  # past the operation that ends the link
    with pytest.raises(InvitationUnusable):
        operations.accept_as_new(by=ANYBODY, token=token, password=PASSWORD)
