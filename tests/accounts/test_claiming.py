"""Claiming a staff-made account: the mailed link, a second thing, five tries, one winner (RULES 1.4)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import InvitationUnusable, WrongSecret
from accounts.models import AuditEvent, Invitation, Member, User
from accounts.operations import claiming
from messaging.models import Message
from relationships.errors import KeptApart
from relationships.models import NoContact
from tests import factories as make
from tests.accounts.claims import ANYBODY, BORN_ON, PASSWORD, StaffMade, staff_made
from tests.races import at_once
from tests.web import Web

WRONG = date(1990, 1, 1)
pytestmark = pytest.mark.django_db


def claim(made: StaffMade, secret: date | str = BORN_ON, **changes: Any) -> Member:
    return claiming.claim(by=ANYBODY, token=made.token, secret=secret, password=PASSWORD, **changes)


def test_the_birth_date_opens_the_account_for_its_family() -> None:
    made = staff_made()
    member = claim(made)
    member.refresh_from_db()
    user = member.user
    assert user is not None
    assert (user.email, user.check_password(PASSWORD)) == ("wanda.nowak@mail.test", True)
    assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [  # type: ignore[attr-defined]
        ("wanda.nowak@mail.test", True, True)
    ]
    assert member.account.kept_by is None
    assert member.account.confirmed_at is not None
    event = AuditEvent.objects.get(action="accounts.claimed")
    assert (event.target_id, event.member_ids, event.organization_id) == (
        member.account_id,
        [member.pk],
        made.organization.pk,
    )
    assert Message.objects.filter(template="messaging/email/claimed", address=user.email).count() == 1


def test_the_code_from_the_desk_does_as_well() -> None:
    made = staff_made(born_on=None)
    assert claim(made, made.invitation.desk_code).user is not None


def test_five_wrong_tries_kill_the_link_though_each_is_refused() -> None:
    made = staff_made()
    told = []
    for _try in range(5):
        with pytest.raises(WrongSecret) as refusal:
            claim(made, WRONG)
        told.append(str(refusal.value))
    assert told[0] == "This is not what we have. You have 4 tries left."
    assert told[4] == "This is not what we have, and that was the last try. Ask for a new mail."
    with pytest.raises(InvitationUnusable):
        claim(made)
    assert User.objects.filter(email="wanda.nowak@mail.test").count() == 0


def test_no_contact_stops_a_claim_and_nothing_is_made() -> None:
    made = staff_made()
    child = made.member.account.members.get(given_name="Olek")
    NoContact.objects.create(
        organization=made.organization, barred=made.member, protected=child, reason="court"
    )
    with pytest.raises(KeptApart):
        claim(made)
    assert User.objects.filter(email="wanda.nowak@mail.test").count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_of_five_who_claim_at_once_one_wins_and_the_others_are_told() -> None:
    made = staff_made()
    results = at_once(5, lambda _index: claim(made))
    winners = [result for result in results if isinstance(result, Member)]
    assert [type(result) for result in results if not isinstance(result, Member)] == [InvitationUnusable] * 4
    assert len(winners) == 1
    assert User.objects.filter(email="wanda.nowak@mail.test").count() == 1
    assert AuditEvent.objects.filter(action="accounts.claimed").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_twenty_wrong_tries_at_once_are_still_five() -> None:
    made = staff_made()
    results = at_once(20, lambda _index: claim(made, WRONG))
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["InvitationUnusable"] * 15 + ["WrongSecret"] * 5
    assert Invitation.objects.get().tries_left == 0


def test_a_login_without_a_family_is_connected() -> None:
    user = make.UserFactory(email="wanda.nowak@mail.test")
    made = staff_made()
    by = Actor(kind=ActorKind.PERSON, user=user)
    member = claiming.connect(by=by, token=made.token, secret=BORN_ON)
    member.refresh_from_db()
    assert (member.user, member.account.kept_by) == (user, None)


def test_following_the_mail_asks_for_the_second_thing_then_lands_in_the_portal(web: Web) -> None:
    made = staff_made()
    url = reverse("public:claim", args=[made.token])
    page = web.get(url)
    assert (page.status, "Is this you?" in page, "Riverside Recreation" in page) == (200, True, True)
    assert "Olek" not in page
    again = web.post(url, {"born_on": "1990-01-01", "password": PASSWORD})
    assert (again.status, "You have 4 tries left" in again, PASSWORD in again) == (422, True, False)
    landed = web.post(url, {"born_on": BORN_ON.isoformat(), "password": PASSWORD}, follow=False)
    assert (landed.status, landed.location) == (303, "/my/")
    assert web.browser.session["_auth_user_id"] == str(User.objects.get(email="wanda.nowak@mail.test").pk)
    pressed_twice = web.post(url, {"born_on": BORN_ON.isoformat(), "password": PASSWORD}, follow=False)
    assert (pressed_twice.status, pressed_twice.location) == (303, "/my/")


def test_a_weak_password_or_no_second_thing_costs_no_try(web: Web) -> None:
    made = staff_made()
    url = reverse("public:claim", args=[made.token])
    weak = web.post(url, {"born_on": BORN_ON.isoformat(), "password": "password"})
    none = web.post(url, {"password": PASSWORD})
    assert (weak.status, none.status, Invitation.objects.get().tries_left) == (422, 422, 5)
    assert "too short" in weak
    assert "Give your birth date, or the code from the desk." in none


def test_after_the_last_try_the_page_offers_a_new_mail(web: Web) -> None:
    made = staff_made()
    url = reverse("public:claim", args=[made.token])
    Invitation.objects.update(tries_left=1, created_at=timezone.now() - timedelta(hours=1))
    dead = web.post(url, {"desk_code": "not it", "password": PASSWORD})
    assert (dead.status, "that was the last try" in dead) == (404, True)
    action = re.search(r'action="([^"]+/again/)"', dead.html)
    assert action is not None
    told = web.post(action[1])
    assert "a new mail is on its way" in told
    assert Message.objects.filter(template="messaging/email/claim").count() == 2


def test_who_has_a_login_is_asked_to_log_in_first(web: Web) -> None:
    user = make.UserFactory(email="wanda.nowak@mail.test")
    made = staff_made()
    url = reverse("public:claim", args=[made.token])
    anonymous = web.get(url)
    assert f'href="/login/login/?next={url}"' in anonymous.html
    assert "born_on" not in anonymous
    connected = web.as_(user).post(url, {"desk_code": made.invitation.desk_code}, follow=False)
    assert (connected.status, connected.location) == (303, "/my/")
