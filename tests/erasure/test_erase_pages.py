"""The pages of an erasure: what is shown, a proof of who asks, the typed name, and where it leads (D10)."""

import time

import pytest
from django.urls import reverse

from accounts import flows
from accounts.models import Member, PrivacyRequest, User
from billing.models import Allocation
from messaging.models import Message
from relationships.operations import erasing
from tests import factories as make
from tests.billing.purse import person
from tests.cast import Cast, assemble
from tests.erasure.test_asking import guardian_of
from tests.web import Page, Web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("devstripe")]


@pytest.fixture
def people() -> Cast:
    return assemble()


def proved(web: Web, who: Member) -> Web:
    """A browser in which the person has just given the password."""
    browser = web.as_(who)
    session = browser.browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(who.user_id)
    session.save()
    return browser


def url(name: str, what: Member | str) -> str:
    return reverse(f"portal:{name}", args=[what if isinstance(what, str) else what.code])


def confirm(browser: Web, what: Member | str, name: str) -> Page:
    return browser.post(url("erase_confirm", what), {"name": name})


def test_everybody_is_listed_with_what_can_be_done_and_why_not(web: Web, people: Cast) -> None:
    page = web.as_(people.owner).get(reverse("portal:erase"))

    assert [
        name
        for name in ("Amara", "Chidi", "Toby", "Zuri", "Noah", "The whole account")
        if name not in page.words
    ] == []
    assert "An adult with a login decides this alone." in page
    assert url("erase_show", people.child) in page.html
    assert url("erase_show", people.co_owner) not in page.html
    assert url("erase_show", "account") in page.html
    teen = web.as_(people.teenager).get(reverse("portal:erase"))
    assert "An owner of your account decides this." in teen
    assert "Toby" not in teen.words


def test_what_goes_and_what_stays_is_shown_first(web: Web, people: Cast) -> None:
    session = make.session_today(people.organization)
    make.RegistrationFactory(session=session, client=people.client(people.child), state="attended")

    page = web.as_(people.owner).get(url("erase_show", people.child))

    for told in (
        "Name, birth date",
        "The profile at Riverside Recreation, with what staff noted there",
        "1 visit, in the counts only",
        "Keep a copy first",
    ):
        assert told in page.words
    assert people.memo.text not in page.text
    whole = web.as_(people.owner).get(url("erase_show", "account"))
    assert "Chidi runs this account too and is asked." in whole.words
    assert "1 saved card, here and at the payment service" in whole.words


def test_what_is_in_the_way_comes_with_the_way_out(web: Web, people: Cast) -> None:
    bill = make.InvoiceLineFactory(
        invoice__household=people.household, client=people.client(people.child)
    ).invoice

    page = web.as_(people.owner).get(url("erase_show", people.child))

    assert f"Bill {bill.number} of Riverside Recreation is not paid: $96.00." in page.words
    assert reverse("portal:bill", args=[bill.code]) in page.html
    assert url("erase_confirm", people.child) not in page.html
    confirm(proved(web, people.owner), people.child, "Toby Okafor")
    assert not PrivacyRequest.objects.exists()


def test_the_last_step_asks_for_the_password_again(web: Web, people: Cast) -> None:
    browser = web.as_(people.owner)

    for answer in (
        browser.get(url("erase_confirm", people.child), follow=False),
        browser.post(url("erase_confirm", people.child), {"name": "Toby Okafor"}, follow=False),
    ):
        assert answer.location.startswith("/login/reauthenticate/")
    assert not PrivacyRequest.objects.exists()


def test_who_has_neither_password_nor_second_factor_logs_in_anew(web: Web, people: Cast) -> None:
    assert people.owner.user_id is not None
    User.objects.filter(pk=people.owner.user_id).update(password="!none")

    answer = web.as_(people.owner).get(url("erase_confirm", people.child), follow=False)

    assert answer.location.startswith("/login/login/?next=/my/privacy/erase/")


@pytest.mark.parametrize(
    "name", ["", "Toby", "amara okafor", "<b>Toby Okafor</b>", "x" * 300, "\u202eToby Okafor"]
)
def test_another_name_erases_nobody(web: Web, people: Cast, name: str) -> None:
    page = confirm(proved(web, people.owner), people.child, name)

    assert page.status == 422
    assert not PrivacyRequest.objects.exists()


def test_a_child_is_erased_and_the_owner_sees_how_it_stands(web: Web, people: Cast) -> None:
    browser = proved(web, people.owner)
    page = confirm(browser, people.child, "  tobY   okafor ")

    asked = PrivacyRequest.objects.get()
    assert page.path == url("erasure", asked.code)
    assert "Being erased" in page.words
    again = confirm(browser, people.child, "Toby Okafor")
    assert again.status == 404
    assert PrivacyRequest.objects.count() == 1


def test_who_erases_themselves_is_logged_out_everywhere(web: Web, people: Cast) -> None:
    phone = web.as_(people.co_owner)
    assert phone.get("/my/").status == 200

    page = confirm(proved(web, people.co_owner), people.co_owner, "Chidi Okafor")

    assert (page.path, page.status) == ("/erased/", 200)
    assert phone.get("/my/", follow=False).location.startswith("/login/login/")


def test_another_owner_agrees_on_the_page_that_the_mail_names(web: Web, people: Cast) -> None:
    confirm(proved(web, people.owner), "account", "Okafor family")
    asked = PrivacyRequest.objects.get()

    assert url("erasure", asked.code) in web.as_(people.co_owner).get("/my/").html
    for nobody in (people.owner, people.teenager, people.other_guardian, people.stranger):
        assert url("erasure", asked.code) not in web.as_(nobody).get("/my/").html
    page = web.as_(people.co_owner).get(url("erasure", asked.code))
    assert "The account “Okafor family” is to be erased" in page.words
    assert "Take it back" not in page
    proved(web, people.co_owner).post(url("erasure_agree", asked.code))
    asked.refresh_from_db()
    assert asked.consents.count() == 1
    assert url("erasure", asked.code) not in web.as_(people.co_owner).get("/my/").html
    assert web.as_(people.teenager).get(url("erasure", asked.code)).status == 404


def test_another_guardian_decides_and_learns_no_more_than_the_childs_name(web: Web, people: Cast) -> None:
    guardian_of(people, people.child)
    confirm(proved(web, people.owner), people.child, "Toby Okafor")
    asked = PrivacyRequest.objects.get()

    page = web.as_(people.other_guardian).get(url("erasure", asked.code))
    assert "To be erased: Toby Okafor" in page.words
    assert [text for text in people.strings_of_family if text in page.text] == ["Toby"]
    family = web.as_(people.owner).get(url("erasure", asked.code))
    assert "Another guardian" in family.words
    assert "Marin" not in family.text
    assert "Take Toby into my account" in page.words
    assert "Take Toby" not in family.words
    assert (
        web.as_(people.owner).post(url("erasure_keep", asked.code), {"child": people.child.code}).status
        == 404
    )
    web.as_(people.other_guardian).post(url("erasure_take_back", asked.code))
    asked.refresh_from_db()
    assert asked.state == "cancelled"


def test_a_guardian_learns_nothing_of_an_account_but_their_child(web: Web, people: Cast) -> None:
    guardian_of(people, people.child)
    confirm(proved(web, people.owner), "account", "Okafor family")
    asked = PrivacyRequest.objects.get()

    assert url("erasure", asked.code) in web.as_(people.other_guardian).get("/my/").html
    page = web.as_(people.other_guardian).get(url("erasure", asked.code))
    told = Message.objects.get(reader=people.other_guardian)

    assert "To be erased: Toby Okafor" in page.words
    assert [text for text in people.strings_of_family if text in page.text] == ["Toby"]
    assert (told.template, told.context["who"]) == ("messaging/email/erasure_offered", "Toby")
    assert [text for text in people.strings_of_family if text in str(told.context)] == ["Toby"]


def test_staff_see_an_empty_shell_with_its_books(web: Web, people: Cast) -> None:
    paid = make.InvoiceLineFactory(invoice__household=people.household, client=people.client(people.child))
    Allocation.objects.create(
        organization=people.organization,
        payment=make.PaymentFactory(household=people.household, paid_by=people.owner),
        invoice=paid.invoice,
        amount_minor=9600,
    )
    confirm(proved(web, people.owner), "account", "Okafor family")
    asked = PrivacyRequest.objects.get()
    erasing.agree(by=person(people.co_owner), request=asked)
    assert flows.erase(request_id=asked.pk).state == "done"
    number, client = people.household.number, people.client(people.child).number
    desk = web.as_(people.administrator)

    shell = desk.get(f"/staff/riverside/accounts/{number}/")
    profile = desk.get(f"/staff/riverside/clients/{client}/")

    assert f"Erased account {number}" in shell.words
    assert f"Erased person {client}" in profile.words
    for page in (shell, profile):
        assert (page.status, "as the family asked" in page.words) == (200, True)
        assert [text for text in people.strings_of_family if text in page.text] == []
    assert f"/staff/riverside/clients/{client}/edit/" not in profile.html
    assert desk.get(f"/staff/riverside/clients/{client}/edit/").status == 404
    for found in (desk.get("/staff/riverside/accounts/"), desk.get("/staff/riverside/clients/?show=all")):
        assert "Erased" not in found.words
    bills = desk.get(f"/staff/riverside/accounts/{number}/billing/")
    assert (bills.status, "$96.00" in bills.words) == (200, True)
