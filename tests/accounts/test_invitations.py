"""Invitations: a single-use link by mail, of which only a hash is kept."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind, InvitationPurpose
from accounts.errors import EmailUnusable, InvitationUnusable, NotAllowed
from accounts.models import Invitation
from accounts.operations import invitations
from accounts.operations.invitations import MailJustSent, NothingToClaim
from messaging import letters
from messaging.models import Message
from tests import factories as make
from tests.accounts.claims import ANYBODY, desk, staff_made, token_of
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_the_link_is_mailed_and_only_its_hash_is_kept() -> None:
    made = staff_made()
    assert (made.invitation.purpose, made.invitation.tries_left) == (InvitationPurpose.CLAIM, 5)
    assert made.invitation.token_hash == invitations.digest(made.token)
    assert timedelta(days=6, hours=23) < made.invitation.expires_at - timezone.now() <= timedelta(days=7)
    message = Message.objects.get()
    assert made.token not in f"{message.context}{message.secret}{message.dedupe_key}"
    letter = letters.write(message)
    assert (letter.to, letter.subject) == (
        ["wanda.nowak@mail.test"],
        "Your account at Riverside Recreation is ready",
    )
    assert f"/claim/{made.token}/" in letter.body


def test_a_login_elsewhere_changes_only_the_mail_that_goes_out() -> None:
    make.MemberFactory(email="wanda.nowak@mail.test", with_login=True)
    made = staff_made()
    assert made.invitation.purpose == InvitationPurpose.CONNECT
    assert letters.write(Message.objects.get()).subject == "Riverside Recreation made an account for you"


def test_a_newer_link_kills_the_one_before() -> None:
    made = staff_made()
    newer = invitations.invite_to_claim(
        by=desk(made.organization), organization=made.organization, member=made.member
    )
    with pytest.raises(InvitationUnusable):
        invitations.look_up(made.token)
    assert invitations.look_up(token_of(newer)) == newer


def test_only_staff_who_may_contribute_accounts_invite() -> None:
    made = staff_made()
    instructor = Actor(kind=ActorKind.STAFF, organization=made.organization)
    with pytest.raises(NotAllowed):
        invitations.invite_to_claim(by=instructor, organization=made.organization, member=made.member)


def test_nobody_is_invited_without_an_address_or_to_an_account_that_is_claimed() -> None:
    made = staff_made()
    by = desk(made.organization)
    child = made.member.account.members.get(given_name="Olek")
    with pytest.raises(EmailUnusable):
        invitations.invite_to_claim(by=by, organization=made.organization, member=child)
    rival = make.OrganizationFactory()
    with pytest.raises(NothingToClaim):
        invitations.invite_to_claim(by=desk(rival), organization=rival, member=made.member)


def test_a_dead_link_can_be_renewed_by_a_mail_to_the_same_address_and_not_at_once() -> None:
    made = staff_made()
    with pytest.raises(MailJustSent):
        invitations.send_again(by=ANYBODY, token=made.token)
    Invitation.objects.update(tries_left=0, created_at=timezone.now() - timedelta(minutes=5))
    renewed = invitations.send_again(by=ANYBODY, token=made.token)
    assert renewed is not None
    assert (renewed.email, renewed.tries_left) == ("wanda.nowak@mail.test", 5)
    assert invitations.send_again(by=ANYBODY, token="unknown") is None


def test_unknown_expired_replaced_and_tried_out_links_get_one_same_page(web: Web) -> None:
    made = staff_made()
    pages = [words_of(web, "unknown" * 6)]
    for change in (
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
        {"used_at": timezone.now()},
        {"tries_left": 0},
    ):
        kept = Invitation.objects.values(*change).get()
        Invitation.objects.update(**change)
        pages.append(words_of(web, made.token))
        Invitation.objects.update(**kept)
    assert "This link was used already, or is too old" in pages[0][1]
    assert pages == [pages[0]] * 5
    assert pages[0][0] == 404


def words_of(web: Web, token: str) -> tuple[int, str]:
    page = web.get(reverse("public:claim", args=[token]))
    return page.status, page.words
