"""A change made meanwhile in another tab, or by another owner, is kept or told, and never lost in silence."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Member
from accounts.operations import families
from accounts.people import PersonFields
from clients.models import Client
from tests import factories as make
from tests.cast import Cast, assemble
from tests.races import at_once
from tests.web import Page, Web

pytestmark = pytest.mark.django_db
BY = Actor.of_command("test")


def opened(web: Web, url: str) -> dict[str, Any]:
    """What the page's form would send if nothing were touched."""
    form = web.get(url).response.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def again(page: Page) -> dict[str, Any]:
    """What the form that came back would send."""
    form = page.response.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def says(member: Member) -> dict[str, str]:
    kept = Member.objects.get(pk=member.pk)
    return {name: getattr(kept, name) for name in ("given_name", "preferred_name", "phone", "city")}


def test_what_the_other_tab_changed_and_this_one_left_alone_stays(web: Web, cast: Cast) -> None:
    url, browser = reverse("portal:person_edit", args=[cast.owner.code]), web.as_(cast.owner)
    first, second = opened(browser, url), opened(browser, url)
    browser.post(url, first | {"phone": "416 555 0188", "city": "Toronto"})
    page = browser.post(url, second | {"preferred_name": "Mara"})

    assert page.status == 200
    assert says(cast.owner) == {
        "given_name": "Amara",
        "preferred_name": "Mara",
        "phone": "+14165550188",
        "city": "Toronto",
    }


def test_what_both_changed_is_told_by_field_and_saved_when_they_insist(web: Web, cast: Cast) -> None:
    url, browser = reverse("portal:person_edit", args=[cast.owner.code]), web.as_(cast.owner)
    first, second = opened(browser, url), opened(browser, url)
    browser.post(url, first | {"phone": "416 555 0188", "city": "Toronto", "given_name": "Amarachi"})
    page = browser.post(url, second | {"phone": "416 555 0177", "given_name": "Amarachi"})
    kept = says(cast.owner)

    assert (page.status, kept["phone"]) == (422, "+14165550188")
    assert "Meanwhile somebody changed this to “(416) 555-0188”. Save again to keep yours." in page.words
    assert page.words.count("Meanwhile somebody changed") == 2, "in the summary and at the field"
    assert (again(page)["phone"], again(page)["city"]) == ("416 555 0177", "Toronto")
    assert browser.post(url, again(page)).status == 200
    assert says(cast.owner) == kept | {"phone": "+14165550177"}


def test_at_the_desk_it_is_the_same(web: Web, cast: Cast) -> None:
    client = cast.client(cast.child)
    url, browser = f"/staff/riverside/clients/{client.number}/edit/", web.as_(cast.front_desk)
    first, second = opened(browser, url), opened(browser, url)
    browser.post(url, first | {"preferred_name": "Tobes"})
    page = browser.post(url, second | {"preferred_name": "T."})
    left_alone = browser.post(url, second | {"city": "Toronto"})
    found = Client.objects.get(pk=client.pk)

    assert (page.status, "Meanwhile somebody changed this to “Tobes”." in page.words) == (422, True)
    assert (left_alone.status, found.preferred_name, found.city) == (200, "Tobes", "Toronto")
    assert found.staff_set == ["city", "preferred_name"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_of_two_at_the_same_moment_one_is_told() -> None:
    cast = assemble()
    seen = PersonFields.of(cast.owner)

    def change(number: int) -> Member:
        person = PersonFields(**seen.values() | {"phone": f"+1416555010{number}"})
        return families.change_member(by=BY, member=cast.owner, person=person, seen=seen)

    answers = at_once(2, change)

    assert sorted(type(answer).__name__ for answer in answers) == ["ChangedMeanwhile", "Member"]


def test_a_form_without_the_hidden_field_writes_what_it_says(web: Web, cast: Cast) -> None:
    url = reverse("portal:person_edit", args=[cast.sibling.code])
    page = web.as_(cast.owner).post(
        url, {"given_name": "Zuzu", "born_on": make.years_ago(6).isoformat(), "seen": "<b>:x nonsense"}
    )

    assert (page.status, Member.objects.get(pk=cast.sibling.pk).given_name) == (200, "Zuzu")
