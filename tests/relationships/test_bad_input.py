"""Whatever is sent to the forms and addresses of people: a clear answer by field, and nothing lost (rules of A11)."""

from html import escape
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Member
from accounts.people import PersonFields, clean_text
from clients.models import Client
from tests import factories as make
from tests.cast import Cast
from tests.web import Page, Web

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert("O\'Hara")</script>'
ARABIC, EMOJI = "نور الهدى", "Ana 🐬"


def forms(cast: Cast) -> dict[str, tuple[Any, str]]:
    """Every form for a person: who sends it, and where."""
    kept = cast.stranger.account
    kept.kept_by = cast.organization
    kept.save(update_fields=["kept_by"])
    client, household = cast.client(cast.child), cast.client(cast.stranger).household
    return {
        "portal add": (cast.owner, "/my/people/add/"),
        "portal edit": (cast.owner, reverse("portal:person_edit", args=[cast.child.code])),
        "desk new": (cast.front_desk, "/staff/riverside/accounts/new/"),
        "desk add": (cast.front_desk, f"/staff/riverside/accounts/{household.number}/people/add/"),
        "desk edit": (cast.front_desk, f"/staff/riverside/clients/{client.number}/edit/"),
    }


def answers(**changes: str) -> dict[str, str]:
    return {
        "given_name": "Ada", "family_name": "Quist", "born_on": make.years_ago(30).isoformat(),
        "email": "", "phone": "", "once": str(uuid4()), **changes,
    }  # fmt: skip


def kept_in(page: Page, name: str) -> str:
    return str(page.response.context["form"][name].value())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("given_name", "", "required"),
        ("given_name", "x" * 100_000, "at most 80"),
        ("family_name", HOSTILE * 9, "at most 80"),
        ("born_on", "2999-01-01", "This day is still to come. Check the year."),
        ("born_on", "1850-06-01", "This is before 1900. Check the year."),
        ("born_on", "yesterday", "valid date"),
        ("email", "nobody@", "It looks like name@example.com."),
        ("phone", "12", "This phone number is not complete."),
    ],
)
def test_a_bad_answer_is_told_at_its_field_in_every_form_and_the_others_stay(
    web: Web, cast: Cast, name: str, value: str, says: str
) -> None:
    for title, (who, url) in forms(cast).items():
        page = web.as_(who).post(url, answers(preferred_name=EMOJI, **{name: value}))

        assert (title, page.status) == (title, 422)
        assert says in str(page.response.context["form"].errors[name])
        assert kept_in(page, "preferred_name") == EMOJI
        assert f'id="id_{name}_error"' in page.html
    assert not Member.objects.filter(preferred_name=EMOJI).exists()


@pytest.mark.parametrize("name", [HOSTILE, ARABIC, EMOJI])
def test_unusual_names_are_kept_as_they_are_and_shown_as_text(web: Web, cast: Cast, name: str) -> None:
    web.as_(cast.owner).post(
        reverse("portal:person_edit", args=[cast.child.code]),
        {"given_name": name, "family_name": "Okafor", "born_on": cast.child.born_on.isoformat()},  # type: ignore[union-attr]
    )
    session = make.session_today(cast.organization)
    make.RegistrationFactory(session=session, client=cast.client(cast.child))
    client = Client.objects.get(member=cast.child)
    pages = [
        web.as_(cast.owner).get("/my/people/"),
        web.as_(cast.owner).get("/my/"),
        web.as_(cast.owner).get(reverse("portal:person", args=[cast.child.code])),
        web.as_(cast.front_desk).get(f"/staff/riverside/clients/{client.number}/"),
        web.as_(cast.front_desk).get("/staff/riverside/clients/"),
        web.as_(cast.front_desk).get(f"/staff/riverside/sessions/{session.code}/"),
    ]

    assert client.given_name == name
    assert [escape(name) in page.html for page in pages] == [True] * 6
    assert [page.path for page in pages if HOSTILE in page.html] == []


@given(
    st.dictionaries(
        st.sampled_from(list(PersonFields.__dataclass_fields__)), st.text(max_size=90), max_size=5
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_at_all_is_saved_clean_or_refused_by_field(
    web: Web, cast: Cast, sent: dict[str, str]
) -> None:
    url, browser = reverse("portal:person_edit", args=[cast.sibling.code]), web.as_(cast.owner)
    page = browser.post(url, answers(**sent))

    if page.status == 422:
        assert set(page.response.context["form"].errors) <= {*PersonFields.__dataclass_fields__, "__all__"}
    else:
        assert page.status == 200
        kept = PersonFields.of(Member.objects.get(pk=cast.sibling.pk)).values()
        texts = {name: value for name, value in kept.items() if isinstance(value, str)}
        assert texts == {name: clean_text(value) for name, value in texts.items()}


@pytest.mark.parametrize("code", ["%00", "%ff", "x" * 500, "..%2f..%2fetc%2fpasswd", "0000000000"])
def test_an_address_that_is_nobodys_is_not_found(web: Web, cast: Cast, code: str) -> None:
    browser = web.as_(cast.owner)
    found = [
        browser.get(f"/my/people/{code}/{page}").status for page in ("", "edit/", "photo/", "photo.webp")
    ]

    assert found == [404] * 4


@pytest.mark.parametrize("slug", ["\0", "", "riverside\0", "x" * 5000, "<b>"])
def test_an_organisation_that_is_none_is_not_found(web: Web, cast: Cast, slug: str) -> None:
    make.photo(cast.child)
    browser = web.as_(cast.owner)
    sharing = browser.post(reverse("portal:person_sharing", args=[cast.child.code]), {"organization": slug})
    picture = browser.get(reverse("portal:person_picture", args=[cast.child.code]), {"at": slug})
    home = browser.get("/my/", {"at": slug})

    assert (sharing.status, picture.status, home.status) == (404, 404 if slug else 200, 404 if slug else 200)
    assert Client.objects.get(member=cast.child).shares == ["contact", "address", "photo"]


def test_several_people_of_a_family_may_have_one_e_mail_address(web: Web, cast: Cast) -> None:
    browser = web.as_(cast.owner)
    for name in ("Ada", "Bo"):
        page = browser.post("/my/people/add/", answers(given_name=name, email=cast.owner.email))
        assert page.path == "/my/people/"

    assert Member.objects.filter(account=cast.owner.account, email=cast.owner.email).count() == 3
    assert Member.objects.filter(user__email=cast.owner.email).count() == 1


def test_the_same_edit_sent_twice_is_one_change(web: Web, cast: Cast) -> None:
    url, browser = reverse("portal:person_edit", args=[cast.child.code]), web.as_(cast.owner)
    form = browser.get(url).response.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"preferred_name": "Tobes"}
    pages = [browser.post(url, sent) for _ in range(2)]
    marked = Client.objects.get(member=cast.child).family_changed

    assert [page.status for page in pages] == [200, 200]
    assert (Member.objects.get(pk=cast.child.pk).preferred_name, marked) == ("Tobes", ["preferred_name"])
