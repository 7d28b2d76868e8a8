"""A login for the people of an account: invite, open, allow, take away (D02, P06, B09, RULES 2.2 to 2.4)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import EmailTaken, HasLogin, InvitationUnusable, NotAllowed
from accounts.models import AuditEvent, Invitation, Member, User
from accounts.operations import family_logins
from accounts.operations.invitations import MailJustSent
from messaging import secrets
from messaging.models import Message
from relationships.authority import may
from relationships.enums import FamilyPermission
from relationships.models import ManagerLink
from relationships.operations import logins
from tests import factories as make
from tests.cast import Cast, assemble
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db

ADDRESS = "toby@mail.test"
PASSWORD = "nine pale otters"
ANYBODY = Actor(kind=ActorKind.PERSON)


def actor(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def token_of(invitation: Invitation) -> str:
    message = Message.objects.get(dedupe_key=f"invitation:{invitation.pk}")
    return secrets.decrypt(message.secret).rstrip("/").rpartition("/")[2]


def invited(cast: Cast, email: str = ADDRESS, **rights: bool) -> str:
    """The token of an invitation of the child by the owner."""
    return token_of(logins.invite(by=actor(cast.owner), member=cast.child, email=email, **rights))


def page_of(member: Member, name: str = "person") -> str:
    return reverse(f"portal:{name}", args=[member.code])


def templates() -> list[str]:
    return list(Message.objects.order_by("id").values_list("template", flat=True))


# inviting


def test_an_owner_invites_a_child_who_chooses_a_password_and_sees_only_their_own(
    web: Web, cast: Cast
) -> None:
    owner = web.as_(cast.owner)
    page = owner.post(page_of(cast.child, "login_invite"), {"email": "Toby@Mail.test"})
    assert (page.path, "We sent the link to toby@mail.test." in page.words) == (page_of(cast.child), True)
    assert "Invited Sent to toby@mail.test" in page.words
    token = token_of(Invitation.objects.get(member=cast.child))

    child = web.as_(None)
    opened = child.get(f"/own-login/{token}/")
    assert "book classes alone: ask an adult of your family" in opened.words
    refused = child.post(f"/own-login/{token}/", {"password": "short"})
    assert (refused.status, "at least 10 characters" in refused.words) == (422, True)
    home = child.post(f"/own-login/{token}/", {"password": PASSWORD})

    assert (home.path, "Welcome, Toby. This is your login now." in home.words) == ("/my/", True)
    cast.child.refresh_from_db()
    assert cast.child.user is not None
    assert (cast.child.user.email, cast.child.email) == (ADDRESS, ADDRESS)
    people = child.get("/my/people/").words
    assert [name for name in ("Amara", "Zuri", "Noah", "Chidi") if name in people] == []
    assert "You may not book alone" in child.get(page_of(cast.child)).words
    assert UserSession.objects.filter(user=cast.child.user).count() == 1
    assert templates() == [
        "messaging/email/login_invited",
        "messaging/email/login_opened",
        "messaging/email/login_opened",
    ]


def test_inviting_a_minor_makes_a_link_of_each_owner_that_gives_the_owner_nothing(cast: Cast) -> None:
    invited(cast, may_book_self=True)

    links = ManagerLink.objects.filter(dependent=cast.child, organization=None).exclude(
        manager=cast.other_guardian
    )
    assert sorted(
        links.values_list("manager__given_name", "view", "book", "may_book_self", "may_edit_self")
    ) == [
        ("Amara", False, False, True, False),
        ("Chidi", False, False, False, False),
    ]


def test_an_adult_who_is_invited_decides_alone_from_then_on(web: Web, cast: Cast) -> None:
    uncle = make.MemberFactory(account=cast.owner.account, given_name="Emeka", email="")
    assert may(actor(cast.owner), FamilyPermission.BOOK, uncle)
    token = token_of(logins.invite(by=actor(cast.owner), member=uncle, email="emeka@mail.test"))
    assert "With it you decide for yourself" in web.as_(None).get(f"/own-login/{token}/").words

    family_logins.open_login(by=ANYBODY, token=token, password=PASSWORD)

    assert not may(actor(cast.owner), FamilyPermission.BOOK, uncle)
    assert not ManagerLink.objects.filter(dependent=uncle).exists()
    assert web.as_(cast.owner).get(page_of(uncle, "login_take_away")).status == 404


def test_several_people_share_one_contact_address_and_never_a_login(web: Web, cast: Cast) -> None:
    Member.objects.filter(pk__in=[cast.child.pk, cast.sibling.pk]).update(email="home@mail.test")
    invited(cast, "home@mail.test")
    token = token_of(logins.invite(by=actor(cast.owner), member=cast.sibling, email="home@mail.test"))
    family_logins.open_login(by=ANYBODY, token=token, password=PASSWORD)

    toby = Invitation.objects.get(member=cast.child)
    page = web.as_(None).get(f"/own-login/{token_of(toby)}/")

    assert "home@mail.test has a login already." in page.words
    own = web.as_(cast.owner).post(page_of(cast.child, "login_invite"), {"email": cast.owner.email})
    assert (own.status, "This is the address of your own login." in own.words) == (422, True)


@pytest.mark.parametrize("address", ["toby@new.test", "sven.lindqvist@mail.test", "dana@riverside.test"])
def test_an_address_that_has_a_login_changes_only_the_mail(web: Web, cast: Cast, address: str) -> None:
    page = web.as_(cast.owner).post(page_of(cast.child, "login_invite"), {"email": address})

    assert f"We sent the link to {address}." in page.words
    assert f"Invited Sent to {address}" in page.words
    mail = {
        "toby@new.test": "login_invited",
        "sven.lindqvist@mail.test": "login_taken",
        "dana@riverside.test": "login_connect",
    }[address]
    assert templates() == [f"messaging/email/{mail}"]
    assert bool(Message.objects.get().secret) == (mail != "login_taken")


def test_a_login_without_a_family_is_connected_and_no_other_login_can_be(web: Web, cast: Cast) -> None:
    assert cast.front_desk.user is not None
    token = invited(cast, cast.front_desk.user.email)
    for who in (cast.stranger, cast.administrator, None):
        page = web.as_(who).post(f"/own-login/{token}/", {"password": PASSWORD})
        assert "Log in to connect" in page.words

    page = web.as_(cast.front_desk).post(f"/own-login/{token}/")

    cast.child.refresh_from_db()
    assert (page.path, cast.child.user) == ("/my/", cast.front_desk.user)


def test_the_link_lives_seven_days_and_a_new_one_replaces_it(web: Web, cast: Cast) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        first = invited(cast)
        with pytest.raises(MailJustSent):
            invited(cast)
    with time_machine.travel(start + timedelta(days=6, hours=23), tick=False):
        assert web.as_(None).get(f"/own-login/{first}/").status == 200
        second = token_of(logins.send_again(by=actor(cast.co_owner), member=cast.child))
        assert web.as_(None).get(f"/own-login/{first}/").status == 404
    with time_machine.travel(start + timedelta(days=14), tick=False):
        dead = web.as_(None).get(f"/own-login/{second}/")
        assert (dead.status, "This link no longer works" in dead.words) == (404, True)
        assert "Invitation ran out" in web.as_(cast.owner).get(page_of(cast.child)).words


def test_an_invitation_is_taken_back_and_a_used_one_leads_home_only_whose_it_is(web: Web, cast: Cast) -> None:
    token = invited(cast)
    page = web.as_(cast.owner).post(page_of(cast.child, "login_take_back"))
    assert "The invitation is taken back" in page.words
    assert web.as_(None).post(f"/own-login/{token}/", {"password": PASSWORD}).status == 404

    token = invited(cast, "toby@other.test")
    family_logins.open_login(by=ANYBODY, token=token, password=PASSWORD)
    cast.child.refresh_from_db()
    assert web.as_(cast.child).get(f"/own-login/{token}/").path == "/my/"
    assert web.as_(cast.stranger).get(f"/own-login/{token}/").status == 404
    with pytest.raises(HasLogin):
        invited(cast)


def test_a_link_to_a_login_claims_no_account(web: Web, cast: Cast) -> None:
    assert web.as_(None).get(f"/claim/{invited(cast)}/").status == 404


def test_only_owners_of_the_account_invite_allow_and_take_away(web: Web, cast: Cast) -> None:
    for who in (cast.teenager, cast.other_guardian, cast.stranger):
        with pytest.raises(NotAllowed):
            logins.invite(by=actor(who), member=cast.child, email=ADDRESS)
        with pytest.raises(NotAllowed):
            logins.set_self_rights(
                by=actor(who), member=cast.teenager, may_book_self=True, may_edit_self=True
            )
        with pytest.raises(NotAllowed):
            logins.take_away(by=actor(who), member=cast.teenager)
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    with pytest.raises(NotAllowed):
        logins.invite(by=actor(cast.co_owner), member=cast.child, email=ADDRESS)
    assert "Login" not in web.as_(cast.other_guardian).get(page_of(cast.child)).words


# what a minor may do alone


def test_an_owner_allows_a_teenager_to_book_and_edit_and_any_owner_ends_it(web: Web, cast: Cast) -> None:
    def alone() -> tuple[bool, bool]:
        me = actor(cast.teenager)
        return (
            bool(may(me, FamilyPermission.BOOK, cast.teenager)),
            bool(may(me, FamilyPermission.EDIT_PROFILE, cast.teenager)),
        )

    before = alone()
    web.as_(cast.owner).post(
        page_of(cast.teenager, "login_rights"), {"may_book_self": "on", "may_edit_self": "on"}
    )
    allowed = alone()
    page = web.as_(cast.co_owner).post(page_of(cast.teenager, "login_rights"), {"may_edit_self": "on"})

    assert (before, allowed, alone()) == ((False, False), (True, True), (False, True))
    assert "Saved." in page.words
    changes = AuditEvent.objects.filter(action="relationships.self_rights_set").order_by("id")
    assert [event.changes for event in changes] == [
        {"may_book_self": True, "may_edit_self": True},
        {"may_book_self": False, "may_edit_self": True},
    ]


# taking away


def test_an_owner_takes_a_teenagers_login_away_and_their_sessions_end(web: Web, cast: Cast) -> None:
    user = cast.teenager.user
    assert user is not None
    browser = Web()
    browser.browser.login(username=user.email, password=make.PASSWORD)
    UserSession.objects.create(user=user, ip="127.0.0.1", session_key=browser.browser.session.session_key)
    assert browser.get("/my/").status == 200
    logins.set_self_rights(
        by=actor(cast.owner), member=cast.teenager, may_book_self=True, may_edit_self=False
    )

    page = web.as_(cast.owner).post(page_of(cast.teenager, "login_take_away"))
    logins.take_away(by=actor(cast.owner), member=cast.teenager)

    assert "Noah has no login any more" in page.words
    cast.teenager.refresh_from_db()
    assert (cast.teenager.user, User.objects.filter(pk=user.pk).exists()) == (None, False)
    assert browser.get("/my/").path.startswith("/login/login/")
    assert not ManagerLink.objects.filter(dependent=cast.teenager, may_book_self=True).exists()
    assert list(Message.objects.values_list("template", "address", "reader")) == [
        ("messaging/email/login_ended", "noah.okafor@mail.test", cast.teenager.pk)
    ]
    assert AuditEvent.objects.filter(action="accounts.login_taken_away").count() == 1
    again = token_of(logins.invite(by=actor(cast.owner), member=cast.teenager, email="noah.okafor@mail.test"))
    assert family_logins.open_login(by=ANYBODY, token=again, password=PASSWORD) == cast.teenager


def test_a_minor_who_works_here_keeps_the_login_for_that(web: Web, cast: Cast) -> None:
    make.StaffFactory(organization=cast.organization, user=cast.teenager.user, roles=["instructor"])
    worker = cast.teenager.user

    logins.take_away(by=actor(cast.owner), member=cast.teenager)

    assert worker is not None
    assert User.objects.filter(pk=worker.pk, is_active=True, member=None).exists()
    assert web.as_(worker).get("/my/").status == 404


def test_an_adults_login_is_never_taken_away_by_another(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        logins.take_away(by=actor(cast.owner), member=cast.co_owner)
    cast.teenager.born_on = None
    cast.teenager.save(update_fields=["born_on"])
    with pytest.raises(NotAllowed, match="birth date"):
        logins.take_away(by=actor(cast.owner), member=cast.teenager)
    cast.teenager.born_on = make.years_ago(18)
    cast.teenager.save(update_fields=["born_on"])
    with pytest.raises(NotAllowed):
        logins.take_away(by=actor(cast.owner), member=cast.teenager)


# at once


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_followed_twice_at_once_makes_one_login() -> None:
    cast = assemble()
    token = invited(cast)

    results = at_once(4, lambda index: family_logins.open_login(by=ANYBODY, token=token, password=PASSWORD))

    assert sorted(type(result).__name__ for result in results) == ["InvitationUnusable"] * 3 + ["Member"]
    assert User.objects.filter(email=ADDRESS).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_inviting_and_taking_away_while_the_link_is_followed_leave_one_truth() -> None:
    cast = assemble()
    for round_ in range(5):
        token = invited(cast, f"toby-{round_}@mail.test")

        def act(index: int, token: str = token) -> object:
            if index == 0:
                return family_logins.open_login(by=ANYBODY, token=token, password=PASSWORD)
            if index == 1:
                return logins.invite(by=actor(cast.owner), member=cast.child, email="other@mail.test")
            return logins.take_away(by=actor(cast.co_owner), member=cast.child)

        results = at_once(3, act)

        expected = (Member, Invitation, bool, InvitationUnusable, HasLogin, EmailTaken, MailJustSent)
        assert [result for result in results if not isinstance(result, expected)] == []
        cast.child.refresh_from_db()
        open_ones = Invitation.objects.filter(member=cast.child, used_at=None, revoked_at=None)
        assert not (cast.child.user_id and open_ones.exists())
        logins.take_away(by=actor(cast.owner), member=cast.child)
        Invitation.objects.update(created_at=timezone.now() - timedelta(days=2))
        assert User.objects.filter(email__startswith="toby-").count() == 0
    assert Session.objects.count() == 0
