"""The log-in e-mail: changed by its person alone, when both addresses say yes (A10)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.internal.flows import login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import EmailTaken, EmailUnusable, InvitationUnusable, NotAllowed
from accounts.models import AuditEvent, EmailChange, Member, User
from accounts.operations import email_changes
from accounts.operations.invitations import MailJustSent
from messaging import secrets
from messaging.models import Message
from tests import factories as make
from tests.cast import Cast, assemble
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db

PAGE = "/security/e-mail/"
OLD, NEW = "amara.okafor@mail.test", "amara@new.test"
ANYBODY = Actor(kind=ActorKind.PERSON)


def actor(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member, ip="203.0.113.9")


def link(template: str, address: str) -> str:
    """The path of the link in the newest such mail."""
    mail = Message.objects.filter(template=f"messaging/email/login/{template}", address=address).latest("id")
    return re.sub(r"^https?://[^/]+", "", secrets.decrypt(mail.secret))


def token(template: str, address: str) -> str:
    return link(template, address).rstrip("/").rpartition("/")[2]


def tokens() -> tuple[str, str]:
    return token("email_change_old", OLD), token("email_change_new", NEW)


def proved(web: Web, who: Any) -> Web:
    """A browser of somebody who typed their password a moment ago."""
    browser = web.as_(who)
    browser.get(PAGE)
    browser.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    return browser


def test_both_addresses_say_yes_and_login_and_contact_change_together(web: Web, cast: Cast) -> None:
    browser = proved(web, cast.owner)
    page = browser.post(PAGE, {"email": "Amara@New.test"})
    assert "We wrote to both addresses." in page.words
    assert f"{NEW} The new address Waits" in page.words
    elsewhere = web.as_(cast.owner)
    UserSession.objects.create(
        user=cast.owner.user, ip="1.2.3.4", session_key=elsewhere.browser.session.session_key
    )

    stranger = web.as_(None)
    asked = stranger.get(link("email_change_old", OLD))
    assert f"change from {OLD} to {NEW}" in asked.words
    said = stranger.post(link("email_change_old", OLD), {"answer": "yes"})
    assert "This address has said yes" in said.words
    assert User.objects.get(member=cast.owner).email == OLD
    assert OLD not in stranger.get(link("email_change_new", NEW)).text
    done = browser.post(link("email_change_new", NEW), {"answer": "yes"})

    assert f"From now on you log in with {NEW}." in done.words
    user = User.objects.get(member=cast.owner)
    addresses = list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary"))
    cast.owner.refresh_from_db()
    assert (user.email, addresses, cast.owner.email) == (NEW, [(NEW, True, True)], NEW)
    assert cast.client(cast.owner).member.clients.get(organization=cast.organization).email == NEW
    assert (browser.get("/my/").status, elsewhere.get("/my/").path.startswith("/login/")) == (200, True)
    told = Message.objects.filter(template__contains="email_changed").order_by("id")
    assert list(told.values_list("template", "address")) == [
        ("messaging/email/login/email_changed_old", OLD),
        ("messaging/email/login/email_changed_new", NEW),
    ]
    event = AuditEvent.objects.get(action="accounts.email_changed")
    assert (event.target_id, event.member_ids, event.changes) == (user.pk, [cast.owner.pk], {})
    assert stranger.get(link("email_change_old", OLD)).status == 404


def test_a_contact_address_of_its_own_stays(cast: Cast) -> None:
    Member.objects.filter(pk=cast.owner.pk).update(email="contact@mail.test")
    email_changes.ask(by=actor(cast.owner), email=NEW)
    for each in tokens():
        email_changes.confirm(by=ANYBODY, token=each)

    cast.owner.refresh_from_db()
    assert (cast.owner.email, User.objects.get(member=cast.owner).email) == ("contact@mail.test", NEW)


def test_one_yes_even_said_twice_changes_nothing(cast: Cast) -> None:
    email_changes.ask(by=actor(cast.owner), email=NEW)
    _old, new = tokens()
    email_changes.confirm(by=ANYBODY, token=new)
    email_changes.confirm(by=ANYBODY, token=new)

    assert User.objects.get(member=cast.owner).email == OLD


def test_an_address_that_has_a_login_gets_the_same_page_and_another_mail(web: Web, cast: Cast) -> None:
    taken = cast.stranger.user
    assert taken is not None
    page = proved(web, cast.owner).post(PAGE, {"email": taken.email})

    assert f"{taken.email} The new address Waits" in page.words
    assert "We wrote to both addresses." in page.words
    mails = Message.objects.exclude(template__contains="notice").order_by("id")
    assert [(mail.template, mail.address, bool(mail.secret)) for mail in mails] == [
        ("messaging/email/login/email_change_old", OLD, True),
        ("messaging/email/login/email_change_taken", taken.email, False),
    ]


def test_either_address_says_no_and_both_links_die(web: Web, cast: Cast) -> None:
    email_changes.ask(by=actor(cast.owner), email=NEW)
    old, new = tokens()
    page = web.as_(None).post(f"{PAGE}{old}/", {"answer": "no"})

    assert "Nothing changes" in page.words
    for each in (old, new):
        with pytest.raises(InvitationUnusable):
            email_changes.confirm(by=ANYBODY, token=each)


def test_the_links_run_out_are_sent_again_and_taken_back(web: Web, cast: Cast) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        email_changes.ask(by=actor(cast.owner), email=NEW)
        old, new = tokens()
        with pytest.raises(MailJustSent):
            email_changes.send_again(by=actor(cast.owner))
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        email_changes.confirm(by=ANYBODY, token=new)
        email_changes.send_again(by=actor(cast.owner))
        assert token("email_change_new", NEW) == new
        assert web.as_(None).get(f"{PAGE}{old}/").status == 404
        assert "This address has said yes" in web.as_(None).get(f"{PAGE}{new}/").words
        change = email_changes.open_change(User.objects.get(email=OLD))
        assert change is not None
        assert (change.old_confirmed_at, change.new_confirmed_at is None) == (None, False)
    with time_machine.travel(start + timedelta(days=4), tick=False):
        with pytest.raises(InvitationUnusable):
            email_changes.confirm(by=ANYBODY, token=token("email_change_old", OLD))
        email_changes.ask(by=actor(cast.owner), email=NEW)
        assert "Your login keeps its address." in web.as_(cast.owner).post(f"{PAGE}keep/").words
    assert not EmailChange.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "This field is required."),
        ("amara@", "not complete"),
        (OLD, "your address already"),
        ("x" * 300, "254"),
    ],
)
def test_what_is_no_new_address_is_said_at_the_field(web: Web, cast: Cast, typed: str, told: str) -> None:
    page = proved(web, cast.owner).post(PAGE, {"email": typed})
    assert (page.status, told in page.words) == (422, True)


def test_the_wish_needs_a_fresh_password_and_allauths_own_page_leads_here(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).post(PAGE, {"email": NEW})
    assert "Is it you?" in page.words
    for data in ({"action_add": "", "email": NEW}, {"action_primary": "", "email": NEW}):
        assert web.as_(cast.owner).post("/login/email/", data).path == PAGE
    assert EmailChange.objects.count() == EmailAddress.objects.filter(email=NEW).count() == 0


def test_who_lost_the_old_mailbox_uses_a_passkey_of_at_least_a_week(web: Web, cast: Cast) -> None:
    user = cast.owner.user
    assert user is not None
    email_changes.ask(by=actor(cast.owner), email=NEW)
    assert "had for a week can say yes instead" in web.as_(cast.owner).get(PAGE).words
    young = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    old = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    codes = Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    others = Authenticator.objects.create(user=cast.stranger.user, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=8))
    for wrong in (young, codes, others):
        with pytest.raises(NotAllowed):
            email_changes.stand_in(by=actor(cast.owner), authenticator_id=wrong.pk)
    browser = web.as_(cast.owner)
    assert browser.post(f"{PAGE}stand-in/", follow=False).location.startswith(
        reverse("mfa_reauthenticate_webauthn")
    )
    _used_just_now(browser, old)
    assert "That can count instead of the old mailbox." in browser.get(PAGE).words

    browser.post(f"{PAGE}stand-in/")
    email_changes.confirm(by=ANYBODY, token=tokens()[1])

    user.refresh_from_db()
    assert user.email == NEW
    assert AuditEvent.objects.filter(action="accounts.email_change_by_factor").count() == 1


def test_the_address_is_taken_meanwhile(cast: Cast) -> None:
    email_changes.ask(by=actor(cast.owner), email=NEW)
    old, new = tokens()
    make.UserFactory(email=NEW)
    email_changes.confirm(by=ANYBODY, token=old)

    with pytest.raises(EmailTaken):
        email_changes.confirm(by=ANYBODY, token=new)
    with pytest.raises(EmailUnusable):
        email_changes.ask(by=actor(cast.owner), email=OLD)


def test_staff_read_that_nobody_but_the_person_changes_a_log_in_e_mail(web: Web, cast: Cast) -> None:
    number = cast.client(cast.owner).number
    words = web.as_(cast.front_desk).get(f"/staff/riverside/clients/{number}/edit/").words
    assert "only they can change it" in words


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_both_yeses_at_once_change_the_login_once() -> None:
    cast = assemble()
    email_changes.ask(by=actor(cast.owner), email=NEW)
    old, new = tokens()

    results = at_once(4, lambda index: email_changes.confirm(by=ANYBODY, token=(old, new)[index % 2]))

    assert [r for r in results if not isinstance(r, EmailChange | InvitationUnusable)] == []
    assert User.objects.filter(email=NEW).count() == 1
    assert AuditEvent.objects.filter(action="accounts.email_changed").count() == 1


def _used_just_now(browser: Web, factor: Authenticator) -> None:
    session = SessionStore(browser.browser.session.session_key)
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(factor.user_id)
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "type": factor.type, "id": factor.pk, "at": timezone.now().timestamp()}
    ]
    session.save()
