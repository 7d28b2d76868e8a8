"""The three pages by which a family says who is who (RULES 1.4), without JavaScript."""

import re

import pytest
from django.urls import reverse

from accounts.models import AccountOwner
from tests import factories as make
from tests.accounts.claims import BORN_ON
from tests.accounts.families_twice import twice
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_the_pages_ask_for_proof_then_who_is_who_and_say_what_came_of_it(web: Web) -> None:
    made = twice()
    browser = web.as_(made.me)
    first = browser.get(reverse("public:claim", args=[made.token]))
    assert ("you have one of your own" in first, "Olek" in first, "Zosia" in first) == (True, False, False)

    who = browser.post(first.path, {"born_on": BORN_ON.isoformat()})
    assert who.path == reverse("public:claim_people", args=[made.token])
    assert re.findall(r"<h2 [^>]*>([^<]+)</h2>", who.html) == ["Wanda Nowak", "Olek Nowak", "Zosia Nowak"]
    sent = checked(who.html)
    assert sent == {
        f"who-{made.wanda.member.code}": "same",
        f"mine-{made.wanda.member.code}": made.me.code,
        f"who-{made.olek.member.code}": "same",
        f"mine-{made.olek.member.code}": made.my_olek.code,
        f"who-{made.zosia.member.code}": "new",
        f"mine-{made.zosia.member.code}": "",
    }

    sent[f"who-{made.zosia.member.code}"] = "not_mine"
    done = browser.post(who.path, sent)
    assert done.path == reverse("public:claim_done", args=[made.token])
    assert "1 person is not of your family and stays with the desk" in done.words
    twice_pressed = browser.post(who.path, sent, follow=False)
    assert (twice_pressed.status, twice_pressed.location) == (303, done.path)
    assert made.own.account == made.me.account


def test_a_missing_answer_is_said_beside_the_person_and_nothing_is_lost(web: Web) -> None:
    made = twice()
    made.prove()
    browser = web.as_(made.me)
    url = reverse("public:claim_people", args=[made.token])
    page = browser.post(
        url,
        {
            f"who-{made.wanda.member.code}": "same",
            f"mine-{made.wanda.member.code}": "",
            f"who-{made.zosia.member.code}": "not_mine",
        },
    )
    assert page.status == 422
    assert "Choose who of your family this is." in page
    assert "Choose one of the three." in page
    assert checked(page.html)[f"who-{made.zosia.member.code}"] == "not_mine"


def test_the_page_of_who_is_who_is_for_whoever_gave_the_proof_alone(web: Web) -> None:
    made = twice()
    made.prove()
    url = reverse("public:claim_people", args=[made.token])
    stranger = make.MemberFactory(with_login=True, owner=True)
    for browser in (web, web.as_(stranger)):
        page = browser.get(url)
        assert page.path != url
        assert [name for name in ("Olek", "Zosia") if name in page] == []


def test_a_login_that_is_in_may_be_used_though_the_mail_went_to_another_address(web: Web) -> None:
    made = twice(email="wanda@work.test")
    browser = web.as_(made.me)
    url = reverse("public:claim", args=[made.token])
    assert 'href="?mine=1"' in browser.get(url).html
    page = browser.post(url + "?mine=1", {"born_on": BORN_ON.isoformat()})
    assert page.path == reverse("public:claim_people", args=[made.token])


def test_who_does_not_run_their_account_finds_no_form(web: Web) -> None:
    made = twice()
    make.MemberFactory(account=made.me.account, owner=True, with_login=True)
    AccountOwner.objects.filter(member=made.me).delete()
    page = web.as_(made.me).get(reverse("public:claim", args=[made.token]))
    assert ("An owner of it has to connect the two" in page, "born_on" in page) == (True, False)


def checked(html: str) -> dict[str, str]:
    """What the form of a page would send as it stands."""
    sent = {}
    for tag in re.findall(r"<input\s[^>]*type=\"radio\"[^>]*>", html):
        if "checked" in tag:
            sent[re.search(r'name="([^"]+)"', tag)[1]] = re.search(r'value="([^"]+)"', tag)[1]  # type: ignore[index]
    for name, body in re.findall(r"<select name=\"([^\"]+)\".*?>(.*?)</select>", html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    return sent
