"""How far owners and invited people are with logins, on an account's page (RULES 1.3, 1.5)."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import InvitationPurpose
from accounts.errors import NotAllowed
from accounts.models import Account, AccountOwner, AuditEvent, Invitation, Member
from accounts.operations import family_logins, invitations
from accounts.people import PersonFields
from clients.models import Household
from clients.operations import desk
from tests import factories as make
from tests.accounts.staffing import acting
from tests.cast import Cast
from tests.web import Page, Web

BY = Actor.of_command("test")


def told(page: Page) -> str:
    """What the card of logins says."""
    found = re.search(r'aria-labelledby="activation".*?</section>', page.html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0].partition(">")[2])).split()) if found else ""


def address(household: Household, name: str = "account") -> str:
    return reverse(f"staff:{name}", args=[household.organization.slug, household.number])


def kept(cast: Cast) -> tuple[Household, Member, Member]:
    """An account that staff keep, with two owners; the first was invited when it was made."""
    nadia = PersonFields(given_name="Nadia", family_name="Farrow", email="nadia@mail.test")
    client = desk.open_family(by=acting(cast.front_desk), organization=cast.organization, owner=nadia)
    second = make.MemberFactory(
        account=client.member.account,
        given_name="Omar",
        family_name="Farrow",
        email="omar@mail.test",
        born_on=make.years_ago(40),
    )
    AccountOwner.objects.create(account=client.member.account, member=second)
    return client.household, client.member, second


def test_each_owner_stands_there_and_each_can_be_invited_again_and_taken_back_at_once(
    web: Web, cast: Cast
) -> None:
    household, first, second = kept(cast)
    browser = web.as_(cast.front_desk)
    page = browser.get(address(household))
    assert re.sub(r"\d\d\d \d\d\d|on \w+, \w+ \d+|until \w+, \w+ \d+", "…", told(page)) == (
        "Taking over the account Nadia Farrow Owner Invitation sent to nadia@mail.test …. The link works …."
        " If they have no birth date at hand, read them this code: … Send it again – Nadia Farrow"
        " Take it back – Nadia Farrow Omar Farrow Owner Not invited yet. Send the invitation – Omar Farrow"
    )

    once = {"once": str(uuid4()), "member": second.code}
    for _press in range(2):
        page = browser.post(address(household, "account_invite"), once)
    assert "Invitation sent to omar@mail.test" in page.words
    assert told(page).count("The link works until") == 2

    gone = {"member": second.code}
    page = browser.post(address(household, "account_invitation_end"), gone)
    assert "The invitation is taken back: the link no longer works." in page.words
    assert "The invitation sent to omar@mail.test on" in told(page)
    assert "was taken back. Send it again – Omar Farrow" in told(page)
    page = browser.post(address(household, "account_invitation_end"), gone)
    assert "There is no invitation to take back." in page.words
    assert [(each.member_id, each.revoked_at is None) for each in Invitation.objects.order_by("-pk")[:2]] == [
        (second.pk, False),
        (first.pk, True),
    ]
    assert AuditEvent.objects.filter(action="accounts.invitation_taken_back").count() == 1


def test_what_ran_out_is_said_and_who_has_taken_over_is_activated(web: Web, cast: Cast) -> None:
    household, first, second = kept(cast)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    browser = web.as_(cast.front_desk)
    page = browser.get(address(household))
    assert "The invitation sent to nadia@mail.test on" in told(page)
    assert "no longer works. Send it again – Nadia Farrow Take it back – Nadia Farrow" in told(page)

    first.user = make.UserFactory(email="nadia@mail.test")
    first.save(update_fields=["user"])
    Account.objects.filter(pk=first.account_id).update(kept_by=None, confirmed_at=timezone.now())
    assert told(browser.get(address(household))) == (
        "Logins of their own Nadia Farrow Owner Activated Omar Farrow Owner Not invited yet."
    )
    page = browser.post(address(household, "account_invite"), {"member": second.code})
    assert "has a login already" in page.words
    Account.objects.filter(pk=first.account_id).update(confirmed_at=None)
    assert "Nadia Farrow Owner Signed up, and has not confirmed the e-mail yet." in told(
        browser.get(address(household))
    )


def test_whom_the_family_invited_is_shown_without_the_address_it_chose(web: Web, cast: Cast) -> None:
    family_logins.invite(by=BY, member=cast.child, email="toby.private@mail.test")
    stays_out = make.MemberFactory(account=cast.owner.account, given_name="Unseen", email="")
    family_logins.invite(by=BY, member=stays_out, email="unseen@mail.test")

    page = web.as_(cast.front_desk).get(address(cast.household))

    assert "Toby Okafor Invited, not an owner The family invited them on" in told(page)
    assert "Send it again" not in told(page)
    assert [word for word in ("toby.private", "Unseen", "unseen@") if word in page.text] == []


def test_a_login_elsewhere_changes_nothing_that_the_card_says(web: Web, cast: Cast) -> None:
    household, _first, second = kept(cast)
    browser, said = web.as_(cast.front_desk), []
    for known_elsewhere in (False, True):
        if known_elsewhere:
            make.UserFactory(email="omar@mail.test")
        sent = {"member": second.code, "once": str(uuid4())}
        page = browser.post(address(household, "account_invite"), sent)
        said.append(re.sub(r"\d\d\d \d\d\d", "…", told(page)))
    assert said[0] == said[1]
    assert Invitation.objects.latest("pk").purpose == InvitationPurpose.CONNECT


def test_readers_see_how_far_they_are_and_cannot_act_and_others_are_not_found(web: Web, cast: Cast) -> None:
    household, first, second = kept(cast)
    code = Invitation.objects.get().desk_code
    reader = web.as_(cast.account_reader)
    page = reader.get(address(household))
    assert "Invitation sent to nadia@mail.test" in told(page)
    assert [
        word for word in ("Send", "Take it back", code[:3] + "\xa0" + code[3:]) if word in told(page)
    ] == []
    assert reader.post(address(household, "account_invitation_end")).status == 403
    browser = web.as_(cast.front_desk)
    for nobody in (cast.stranger.code, cast.child.code, "x" * 500):
        for name in ("account_invite", "account_invitation_end"):
            assert browser.post(address(household, name), {"member": nobody}).status == 404
    with pytest.raises(NotAllowed):
        invitations.take_back(by=acting(cast.account_reader), organization=cast.organization, member=first)
    assert invitations.take_back(by=BY, organization=cast.rival, member=first) is False
    assert (second.user_id, Invitation.objects.get().revoked_at) == (None, None)
