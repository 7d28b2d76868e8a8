"""The desk makes a family in one sitting (P13, A05 to A08, A11)."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Account, Invitation, Member, Submission
from clients.models import Client, Household
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

OWNER = {
    "given_name": "Nadia",
    "family_name": "Farrow",
    "email": "nadia@example.ca",
    "phone": "416 555 0160",
    "born_on": "1985-02-28",
}


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"staff:{name}", args=[cast.organization.slug, *args])


def test_front_desk_makes_an_owner_and_two_children_without_leaving_the_flow(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.post(url(cast, "account_new"), OWNER)
    household = Household.objects.get(name="Farrow family")
    assert page.path == url(cast, "account_add_person", household.number)
    assert "Account made, invitation sent to nadia@example.ca" in page.words

    for name, goes_on in (("Ana", "another"), ("Bo", "finish")):
        page = desk.post(
            page.path,
            {
                "given_name": name,
                "family_name": "Farrow",
                "born_on": "2018-03-01",
                "email": "nadia@example.ca",
                "participates": "on",
                "next": goes_on,
            },
        )
    assert page.path == url(cast, "account", household.number)
    assert "Run by staff Invited until" in page.words
    assert [
        (c.full_name, c.status, c.participates, c.email, c.member.account.kept_by)
        for c in Client.objects.filter(household=household).order_by("number")
    ] == [
        ("Nadia Farrow", "active", False, "nadia@example.ca", cast.organization),
        ("Ana Farrow", "active", True, "nadia@example.ca", cast.organization),
        ("Bo Farrow", "active", True, "nadia@example.ca", cast.organization),
    ]
    owner = Member.objects.get(given_name="Nadia")
    assert (owner.phone, owner.ownership.account, household.billing_contact) == (
        "+14165550160",
        household.account,
        owner,
    )
    invitation = Invitation.objects.get(member=owner)
    code = invitation.desk_code
    assert f"{code[:3]}\xa0{code[3:]}" in page.text
    assert invitation.email in page.words


def test_an_account_without_an_address_is_run_by_staff_and_nobody_is_invited(web: Web, cast: Cast) -> None:
    page = web.as_(cast.front_desk).post(url(cast, "account_new"), OWNER | {"email": ""})
    household = Household.objects.get(name="Farrow family")
    assert page.path == url(cast, "account_add_person", household.number)
    assert Invitation.objects.count() == 0
    page = web.as_(cast.front_desk).get(url(cast, "account", household.number))
    assert "No e-mail address yet, so staff run this account" in page.words


def test_a_form_sent_twice_makes_one_family_and_leads_to_the_same_page(web: Web, cast: Cast) -> None:
    desk, form = web.as_(cast.front_desk), OWNER | {"once": str(uuid4())}
    first, second = (desk.post(url(cast, "account_new"), form, follow=False) for _ in range(2))
    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
    assert Account.objects.filter(name="Farrow family").count() == 1


def test_the_same_form_with_other_answers_is_told_so(web: Web, cast: Cast) -> None:
    desk, once = web.as_(cast.front_desk), str(uuid4())
    desk.post(url(cast, "account_new"), OWNER | {"once": once})
    page = desk.post(url(cast, "account_new"), OWNER | {"once": once, "given_name": "Nadine"})
    assert page.status == 422
    assert "already sent with other answers" in page.words
    assert Member.objects.filter(family_name="Farrow").count() == 1


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"given_name": ""}, "This field is required"),
        ({"given_name": " \u200b\x00 "}, "This field is required"),
        ({"family_name": ""}, "This field is required"),
        ({"given_name": "N" * 81}, "at most 80 characters"),
        ({"given_name": "N" * 100_000}, "at most 80 characters"),
        ({"born_on": "2099-01-01"}, "still to come"),
        ({"born_on": "1850-01-01"}, "before 1900"),
        ({"born_on": "yesterday"}, "valid date"),
        ({"born_on": "2015-05-05"}, "An account owner is an adult, 18 or older here"),
        ({"phone": "12"}, "not complete"),
        ({"email": "nadia@"}, "It looks like name@example.com"),
        ({"email": "nadia@example,ca"}, "Did you mean nadia@example.ca ?"),
    ],
)
def test_a_bad_answer_is_named_keeps_what_was_typed_and_stores_nothing(
    web: Web, cast: Cast, answers: dict[str, str], words: str
) -> None:
    before = (Account.objects.count(), Member.objects.count(), Submission.objects.count())
    page = web.as_(cast.front_desk).post(url(cast, "account_new"), OWNER | {"city": "Moose Jaw"} | answers)
    assert page.status == 422
    assert words in page.words
    assert 'value="Moose Jaw"' in page.text
    assert (Account.objects.count(), Member.objects.count(), Submission.objects.count()) == before


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "O’Brien & Sons", "نور", "Ana 🐬", "李", "'; DROP TABLE x; --"]
)
def test_any_name_that_people_have_is_kept_and_shown_as_it_is(web: Web, cast: Cast, name: str) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.post(url(cast, "account_new"), OWNER | {"given_name": name, "email": ""})
    client = Client.objects.get(family_name="Farrow")
    assert client.given_name == name
    assert name in page.text
    assert "<script>alert" not in page.html
    assert name in desk.get(url(cast, "client", client.number)).text


def test_the_suggested_address_is_taken_without_saving(web: Web, cast: Cast) -> None:
    page = web.as_(cast.front_desk).post(
        url(cast, "account_new"), OWNER | {"email": "nadia@gmial.com", "use_email": "nadia@gmail.com"}
    )
    assert page.status == 200
    assert 'value="nadia@gmail.com"' in page.text
    assert 'value="Nadia"' in page.text
    assert not Member.objects.filter(family_name="Farrow").exists()


def test_the_check_as_one_types_says_what_the_form_would(web: Web, cast: Cast) -> None:
    desk, check = web.as_(cast.front_desk), url(cast, "account_email_check")
    said = {
        text: desk.get(check, {"email": text}, htmx=True).words
        for text in ("", "nadia@", "nadia@gmial.com", "new@example.ca", cast.owner.email)
    }
    assert said == {
        "": "",
        "nadia@": "This e-mail address is not complete. It looks like name@example.com.",
        "nadia@gmial.com": "Did you mean nadia@gmail.com ? Use it",
        "new@example.ca": "",
        cast.owner.email: "Already a client here. This address belongs to "
        f"Okafor family, {cast.household.number} . Add somebody to that account",
    }


def test_an_address_known_here_is_said_before_saving_and_can_be_used_anyway(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    page = desk.post(url(cast, "account_new"), OWNER | {"email": cast.owner.email})
    assert page.status == 422
    assert "Already a client here." in page.words
    assert url(cast, "account", cast.household.number) in page.text
    assert not Member.objects.filter(family_name="Farrow").exists()
    desk.post(url(cast, "account_new"), OWNER | {"email": cast.owner.email, "anyway": "1"})
    assert Member.objects.filter(family_name="Farrow").count() == 1


def test_a_family_known_elsewhere_changes_nothing_that_the_desk_can_see(web: Web, cast: Cast) -> None:
    known = make.MemberFactory(owner=True, email="known@elsewhere.test", with_login=True)
    make.ClientFactory(organization=cast.rival, member=known)
    desk, pages = web.as_(cast.front_desk), []
    for number, email in enumerate((known.email, "nobody@elsewhere.test")):
        answers = OWNER | {"email": email, "family_name": f"Farrow{number}"}
        check = desk.get(url(cast, "account_email_check"), {"email": email}, htmx=True)
        made = desk.post(url(cast, "account_new"), answers)
        household = Household.objects.get(name=f"Farrow{number} family")
        shown = desk.get(url(cast, "account", household.number)).words
        seen = f"{check.words}|{made.words}|{shown}".replace(email, "ADDRESS")
        seen = re.sub(r"\d+", "N", seen.replace(f"Farrow{number}", "NAME"))
        pages.append(seen)
    assert pages[0] == pages[1]


def test_somebody_with_the_same_name_and_birth_date_is_shown_and_added_only_when_sure(
    web: Web, cast: Cast
) -> None:
    desk = web.as_(cast.front_desk)
    add = desk.post(url(cast, "account_new"), OWNER).path
    twin = {
        "given_name": "TOBY",
        "family_name": "Okafor",
        "born_on": str(cast.child.born_on),
        "participates": "on",
        "next": "finish",
    }
    page = desk.post(add, twin)
    assert page.status == 422
    assert f"Toby Okafor, {cast.client(cast.child).number} of Okafor family has the same name" in page.words
    assert Client.objects.filter(given_name="TOBY").count() == 0
    desk.post(add, twin | {"anyway": "1"})
    assert Client.objects.filter(given_name="TOBY").count() == 1


def test_staff_do_not_add_people_to_an_account_that_the_family_runs(web: Web, cast: Cast) -> None:
    desk, add = web.as_(cast.front_desk), url(cast, "account_add_person", cast.household.number)
    before = Member.objects.count()
    for page in (desk.get(add), desk.post(add, {"given_name": "Eve", "next": "finish"})):
        assert "This family runs its account itself" in page.words
    assert Member.objects.count() == before


def test_the_invitation_can_be_sent_again_once_a_press(web: Web, cast: Cast) -> None:
    desk = web.as_(cast.front_desk)
    desk.post(url(cast, "account_new"), OWNER)
    household = Household.objects.get(name="Farrow family")
    once = {"once": str(uuid4())}
    for _ in range(2):
        page = desk.post(url(cast, "account_invite", household.number), once)
        assert page.path == url(cast, "account", household.number)
    assert "nadia@example.ca" in page.words
    assert [each.revoked_at is None for each in Invitation.objects.order_by("pk")] == [False, True]


def test_a_household_page_shows_only_who_deals_with_this_organization(web: Web, cast: Cast) -> None:
    sibling = make.MemberFactory(account=cast.owner.account, given_name="Unseen", born_on=make.years_ago(3))
    page = web.as_(cast.front_desk).get(url(cast, "account", cast.household.number))
    assert "Toby Okafor" in page.words
    assert sibling.given_name not in page.text


def test_other_staff_cannot_make_accounts_and_rivals_find_nothing(web: Web, cast: Cast) -> None:
    new, there = url(cast, "account_new"), url(cast, "account", cast.household.number)
    assert [web.as_(cast.instructor).get(u).status for u in (new, there)] == [403, 403]
    assert [web.as_(cast.rival_administrator).get(u).status for u in (new, there)] == [404, 404]
    assert [web.as_(cast.owner).get(u).status for u in (new, there)] == [404, 404]
