"""Signing up: an account by itself, no minors, and not a word about who has a login (RULES 1.6, D01)."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import UnderAge
from accounts.models import Account, AccountOwner, Member, Submission, User
from accounts.operations import signing_up, unconfirmed
from accounts.people import PersonFields
from clients.models import Client, Household
from messaging import letters, secrets
from messaging.models import Message
from tests import factories as make
from tests.accounts.claims import ANYBODY, PASSWORD
from tests.cast import Cast
from tests.races import at_once
from tests.web import Page, Web

pytestmark = pytest.mark.django_db
FORM = {
    "given_name": "Ines",
    "family_name": "Duarte",
    "born_on": "1990-02-28",
    "email": "Ines.Duarte@mail.test",
    "phone": "(416) 555-0199",
    "password": PASSWORD,
}


def sign_up(web: Web, org: str | None = "riverside", **changes: Any) -> Page:
    url = reverse("public:sign_up", kwargs={"org": org} if org else {})
    return web.post(url, {**FORM, **changes})


def test_signing_up_makes_login_account_member_owner_and_household_at_once(web: Web, cast: Cast) -> None:
    page = sign_up(web)
    assert (page.status, page.path) == (200, "/o/riverside/sign-up/sent/")
    assert "ines.duarte@mail.test" in page
    member = Member.objects.select_related("account", "user").get(given_name="Ines")
    assert (member.email, member.phone, member.born_on) == (
        "ines.duarte@mail.test",
        "+14165550199",
        date(1990, 2, 28),
    )
    assert member.user is not None
    assert member.user.check_password(PASSWORD)
    assert (member.account.name, member.account.kept_by, member.account.confirmed_at) == (
        "Duarte family",
        None,
        None,
    )
    assert AccountOwner.objects.filter(account=member.account, member=member).exists()
    household = Household.objects.get(account=member.account)
    assert (household.organization, household.billing_contact) == (cast.organization, member)
    assert not Client.objects.filter(member=member).exists(), "signing up makes nobody a client (RULES 1.2)"


def test_the_mailed_link_confirms_and_the_account_may_buy_from_then_on(web: Web, cast: Cast) -> None:
    sign_up(web)
    message = Message.objects.get(template="messaging/email/welcome")
    assert send(message) == "Riverside Recreation <kinroll@demo.kinroll.test>"
    found = re.search(r"http://\S+(/login/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    confirming = web.get(found[1])
    assert "ines.duarte@mail.test" in confirming
    web.post(found[1])
    account = Account.objects.get(members__given_name="Ines")
    assert account.confirmed_at is not None
    landed = web.post("/login/login/", {"login": FORM["email"], "password": PASSWORD}, follow=False)
    assert landed.status == 302
    assert web.browser.session["_auth_user_id"]


def send(message: Message) -> str:
    """Send as the worker does, inside the test's transaction."""
    letter = letters.write(message)
    letter.send()
    return letter.from_email


def test_logging_in_before_confirming_leads_to_the_verification_page(web: Web, cast: Cast) -> None:
    sign_up(web)
    page = web.post("/login/login/", {"login": FORM["email"], "password": PASSWORD})
    assert page.path == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in web.browser.session
    assert Message.objects.filter(template="messaging/email/login/email_confirmation").count() == 1


@pytest.mark.parametrize(
    ("moment", "is_of_age"),
    [
        (datetime(2026, 6, 10, 3, 59, tzinfo=UTC), False),  # 23:59 on the 9th in Toronto
        (datetime(2026, 6, 10, 4, 0, tzinfo=UTC), True),
    ],
)
def test_majority_begins_on_the_birthday_where_the_organisation_is(moment: datetime, is_of_age: bool) -> None:
    organization = make.OrganizationFactory(time_zone="America/Toronto", age_of_majority=18)
    person = PersonFields(
        given_name="Ines", family_name="Duarte", email="ines@mail.test", born_on=date(2008, 6, 10)
    )
    with time_machine.travel(moment, tick=False):
        if is_of_age:
            assert signing_up.sign_up(by=ANYBODY, organization=organization, person=person, password=PASSWORD)
        else:
            with pytest.raises(UnderAge):
                signing_up.sign_up(by=ANYBODY, organization=organization, person=person, password=PASSWORD)


def test_under_age_is_refused_kindly_and_nothing_is_stored(web: Web, cast: Cast) -> None:
    before = everything()
    page = sign_up(web, born_on=make.years_ago(17).isoformat())
    assert page.status == 422
    assert "An adult of your family can make the account and add you." in page
    assert PASSWORD not in page
    assert everything() == before


def everything() -> list[int]:
    return [model.objects.count() for model in (User, Account, Member, Household, Message, Submission)]


def test_an_address_with_a_login_gets_the_same_page_and_another_mail(web: Web, cast: Cast) -> None:
    new, known = sign_up(web), sign_up(Web(), email=cast.stranger.email.upper())
    assert new.words.replace("ines.duarte@mail.test", "-") == known.words.replace(cast.stranger.email, "-")
    assert (new.status, new.path) == (known.status, known.path)
    assert Member.objects.filter(given_name="Ines").count() == 1
    assert sorted(Message.objects.values_list("template", "address")) == [
        ("messaging/email/login_exists", cast.stranger.email),
        ("messaging/email/welcome", "ines.duarte@mail.test"),
    ]


def test_the_form_sent_twice_signs_up_once_and_keeps_no_trace_of_the_password(web: Web, cast: Cast) -> None:
    once = web.get(reverse("public:sign_up", args=["riverside"])).once
    first, second = (sign_up(web, once=once) for _ in range(2))
    assert (first.path, second.path) == ("/o/riverside/sign-up/sent/",) * 2
    assert Message.objects.count() == 1
    other_password = sign_up(web, once=once, password="another long password")
    assert other_password.path == first.path
    assert Member.objects.filter(given_name="Ines").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_six_who_sign_up_at_once_with_one_address_make_one_login() -> None:
    organization = make.OrganizationFactory()
    person = PersonFields(
        given_name="Ines", family_name="Duarte", email="ines@mail.test", born_on=date(1990, 2, 28)
    )

    def go(_index: int) -> Member | str:
        made = signing_up.sign_up(by=ANYBODY, organization=organization, person=person, password=PASSWORD)
        return made or "known"

    results = at_once(6, go)
    assert sorted(type(result).__name__ for result in results) == ["Member", *["str"] * 5]
    assert (User.objects.filter(email="ines@mail.test").count(), Household.objects.count()) == (1, 1)


def test_without_an_organisation_the_installations_age_holds_and_no_household_begins(web: Web) -> None:
    refused = sign_up(web, org=None, born_on=make.years_ago(17).isoformat())
    assert (refused.status, User.objects.count()) == (422, 0)
    made = sign_up(web, org=None)
    assert (made.path, Household.objects.count(), User.objects.count()) == ("/sign-up/sent/", 0, 1)


def test_a_mistake_keeps_what_was_typed_and_says_how_to_mend_it(web: Web, cast: Cast) -> None:
    page = sign_up(web, email="ines@gmial", password="short")
    assert page.status == 422
    assert 'value="Duarte"' in page.html
    assert "This e-mail address is not complete." in page
    assert "too short" in page


def test_too_many_sign_ups_from_one_address_are_slowed(web: Web, cast: Cast) -> None:
    statuses = [sign_up(web, given_name="").status for _ in range(21)]
    assert statuses == [422] * 20 + [429]


def test_allauths_own_sign_up_leads_to_ours(web: Web) -> None:
    assert web.get("/login/signup/").path == "/sign-up/"


def test_the_secret_of_the_welcome_mail_is_not_readable_in_the_row(web: Web, cast: Cast) -> None:
    sign_up(web)
    message = Message.objects.get(template="messaging/email/welcome")
    assert secrets.decrypt(message.secret).startswith("http://localhost:8000/login/confirm-email/")
    assert "confirm-email" not in f"{message.secret}{message.context}"


def test_unconfirmed_accounts_without_activity_are_forgotten_after_thirty_days(web: Web, cast: Cast) -> None:
    before = everything()[:-1]
    sign_up(web)
    idle = Account.objects.get(members__given_name="Ines")
    sign_up(Web(), email="busy@mail.test", given_name="Busy")
    busy = Member.objects.get(given_name="Busy")
    make.ClientFactory(organization=cast.organization, member=busy)
    by = Actor.of_job("accounts.forget_unconfirmed")
    assert unconfirmed.forget_all(by=by) == 0
    Account.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert unconfirmed.forget_all(by=by) == 1
    assert not Account.objects.filter(pk=idle.pk).exists()
    assert Member.objects.filter(pk=busy.pk).exists()
    assert [after - then for after, then in zip(everything()[:-1], before, strict=True)] == [1, 1, 1, 1, 1]
    assert unconfirmed.forget_all(by=by) == 0


def test_who_came_from_a_class_is_led_back_to_it_after_the_first_log_in(web: Web, cast: Cast) -> None:
    wanted = f"/o/{cast.organization.slug}/?day=mon"
    sign_up = reverse("public:sign_up", args=[cast.organization.slug])
    login = reverse("account_login")
    visitor = web.as_(None)
    assert f"{sign_up}?next=" in visitor.get(f"{login}?next={wanted}").text
    visitor.get(sign_up, {"next": wanted})
    page = visitor.post(login, {"login": cast.stranger.email, "password": make.PASSWORD}, follow=False)
    assert page.location == wanted


def test_a_foreign_address_to_go_back_to_is_not_kept(web: Web, cast: Cast) -> None:
    visitor = web.as_(None)
    visitor.get(reverse("public:sign_up", args=[cast.organization.slug]), {"next": "https://evil.test/"})
    page = visitor.post(
        reverse("account_login"), {"login": cast.stranger.email, "password": make.PASSWORD}, follow=False
    )
    assert page.location == "/"
