"""The client profile, its memos, and what staff keep of somebody (F01, F03, F17, RULES 1.1)."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEvent, Organization
from accounts.permissions import Permission
from accounts.registries import Section
from clients.models import Client, Memo
from clients.sections import client_profile
from tests import factories as make
from tests.cast import Cast
from tests.web import Web


def url(cast: Cast, name: str, client: Client) -> str:
    return reverse(f"staff:{name}", args=[cast.organization.slug, client.number])


def fields(client: Client, **changes: object) -> dict[str, Any]:
    kept = {
        name: getattr(client, name) or ""
        for name in ("given_name", "family_name", "preferred_name", "email", "phone", "born_on", "city")
    }
    return kept | {"participates": "on"} | changes


def test_the_profile_shows_who_somebody_is_their_family_and_what_staff_noted(web: Web, cast: Cast) -> None:
    page = web.as_(cast.front_desk).get(url(cast, "client", cast.client(cast.child)))
    for words in (
        "Toby Okafor",
        "Active",
        "Peanut allergy",
        "Shows on rosters",
        "Zuri Okafor",
        "Write a memo",
    ):
        assert words in page.words
    assert cast.stranger.given_name not in page.text


def test_an_instructor_reads_the_profile_and_can_change_nothing(web: Web, cast: Cast) -> None:
    coach, client = web.as_(cast.instructor), cast.client(cast.child)
    page = coach.get(url(cast, "client", client))
    assert "Peanut allergy" in page.words
    assert "Edit" not in page.words
    assert "Write" not in page.words
    answers = [
        coach.get(url(cast, "client_edit", client)).status,
        coach.post(url(cast, "client_memos", client), {"text": "x", "audience": "staff"}).status,
        coach.post(url(cast, "memo_star", client), {"memo": cast.memo.pk, "starred": "0"}).status,
        coach.post(url(cast, "client_take_theirs", client), {"field": "email"}).status,
    ]
    assert answers == [403, 403, 403, 403]


def test_a_rival_a_family_and_a_bookkeeper_see_what_is_theirs_to_see(web: Web, cast: Cast) -> None:
    there = url(cast, "client", cast.client(cast.child))
    assert [web.as_(p).get(there).status for p in (cast.rival_administrator, cast.owner)] == [404, 404]
    bookkeeper = make.StaffFactory(organization=cast.organization, roles=["bookkeeper"])
    page = web.as_(bookkeeper).get(there)
    assert page.status == 200
    assert cast.memo.text not in page.text


def test_a_merged_client_leads_to_the_one_it_was_merged_into(web: Web, cast: Cast) -> None:
    gone, stays = cast.client(cast.child), cast.client(cast.sibling)
    Client.objects.filter(pk=gone.pk).update(status="merged", merged_into=stays)
    assert web.as_(cast.front_desk).get(url(cast, "client", gone)).path == url(cast, "client", stays)


def test_what_staff_set_is_marked_and_theirs_can_be_taken_back(web: Web, cast: Cast) -> None:
    desk, client = web.as_(cast.front_desk), cast.client(cast.child)
    page = desk.post(url(cast, "client_edit", client), fields(client, given_name="Tobias"))
    client.refresh_from_db()
    cast.child.refresh_from_db()
    assert (client.given_name, client.staff_set, cast.child.given_name) == ("Tobias", ["given_name"], "Toby")
    assert client.sort_name == "okafor tobias"
    assert "Set by staff. The family says: Toby" in page.words
    assert "“Toby Okafor” in the family’s account" in page.words
    desk.post(url(cast, "client_take_theirs", client), {"field": "given_name"})
    client.refresh_from_db()
    assert (client.given_name, client.staff_set) == ("Toby", [])


def test_setting_what_the_family_says_follows_the_family_again(web: Web, cast: Cast) -> None:
    desk, client = web.as_(cast.front_desk), cast.client(cast.child)
    Client.objects.filter(pk=client.pk).update(preferred_name="Tobes", staff_set=["preferred_name"])
    client.refresh_from_db()
    desk.post(url(cast, "client_edit", client), fields(client, preferred_name=""))
    client.refresh_from_db()
    assert (client.preferred_name, client.staff_set) == ("", [])


def test_in_an_account_that_staff_keep_both_sides_are_written(web: Web, cast: Cast) -> None:
    Account.objects.filter(pk=cast.child.account_id).update(kept_by=cast.organization)
    client = cast.client(cast.child)
    web.as_(cast.front_desk).post(url(cast, "client_edit", client), fields(client, given_name="Tobias"))
    client.refresh_from_db()
    cast.child.refresh_from_db()
    assert (client.given_name, cast.child.given_name, client.staff_set) == ("Tobias", "Tobias", [])


@pytest.mark.parametrize("field", ["email", "number", "organization", "", "password"])
def test_only_shared_personal_fields_can_be_taken(web: Web, cast: Cast, field: str) -> None:
    client = cast.client(cast.owner)
    Client.objects.filter(pk=client.pk).update(email="", shares=["photo"])
    page = web.as_(cast.front_desk).post(url(cast, "client_take_theirs", client), {"field": field})
    client.refresh_from_db()
    assert "You can’t do this here." in page.words
    assert client.email == ""
    assert cast.owner.email not in page.text


def test_what_the_family_does_not_share_is_not_shown_as_a_difference(web: Web, cast: Cast) -> None:
    client = cast.client(cast.owner)
    Client.objects.filter(pk=client.pk).update(email="", phone="", address_line="", shares=[])
    page = web.as_(cast.front_desk).get(url(cast, "client", client))
    for secret in (cast.owner.email, "555-0111", cast.owner.address_line):
        assert secret not in page.text


def test_a_memo_is_written_once_however_often_it_is_sent(web: Web, cast: Cast) -> None:
    desk, client = web.as_(cast.front_desk), cast.client(cast.sibling)
    form = {"text": "Prefers <b>texts</b>", "audience": "family", "once": str(uuid4())}
    pages = [desk.post(url(cast, "client_memos", client), form) for _ in range(2)]
    assert [page.path for page in pages] == [url(cast, "client", client)] * 2
    assert list(client.memos.values_list("text", "audience", "is_starred", "author__name")) == [
        ("Prefers <b>texts</b>", "family", False, "Dana Petrov")
    ]
    assert "<b>texts</b>" not in pages[1].html
    event = AuditEvent.objects.get(action="clients.memo_written")
    assert event.changes == {"audience": "family", "is_starred": False}


def test_front_desk_cannot_star_and_an_administrator_is_told_who_will_see_it(web: Web, cast: Cast) -> None:
    client = cast.client(cast.sibling)
    form = {"text": "Bee stings", "audience": "staff", "is_starred": "on"}
    web.as_(cast.front_desk).post(url(cast, "client_memos", client), form)
    assert list(client.memos.values_list("is_starred", flat=True)) == [False]
    administrator = web.as_(cast.administrator)
    assert (
        "Instructors will see this on class rosters." in administrator.get(url(cast, "client", client)).words
    )
    administrator.post(url(cast, "client_memos", client), form)
    assert list(client.memos.order_by("pk").values_list("is_starred", flat=True)) == [False, True]


def test_a_star_is_taken_off_and_only_from_a_memo_of_that_client(web: Web, cast: Cast) -> None:
    administrator = web.as_(cast.administrator)
    elsewhere = url(cast, "memo_star", cast.client(cast.sibling))
    page = administrator.post(elsewhere, {"memo": cast.memo.pk, "starred": "0"})
    assert "This memo is not here any more." in page.words
    assert Memo.objects.get(pk=cast.memo.pk).is_starred is True
    administrator.post(
        url(cast, "memo_star", cast.client(cast.child)), {"memo": cast.memo.pk, "starred": "0"}
    )
    assert Memo.objects.get(pk=cast.memo.pk).is_starred is False


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"text": "  ", "audience": "staff"}, "This field is required"),
        ({"text": "x" * 501, "audience": "staff"}, "at most 500 characters"),
        ({"text": "Fine", "audience": "everybody"}, "Select a valid choice"),
    ],
)
def test_a_memo_that_cannot_be_kept_comes_back_with_what_was_typed(
    web: Web, cast: Cast, form: dict[str, str], words: str
) -> None:
    page = web.as_(cast.front_desk).post(url(cast, "client_memos", cast.client(cast.sibling)), form)
    assert page.status == 422
    assert words in page.words
    assert Memo.objects.count() == 1


def boom(request: HttpRequest, subject: Client) -> dict[str, Any]:
    Organization.objects.raw("SELECT nothing FROM nowhere")[0]
    return {}


def test_a_section_that_fails_says_so_and_takes_nothing_along(
    web: Web, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client_profile, "_entries", dict(client_profile._entries))
    client_profile.register(
        Section(key="boom", order=1, title="Locker", template="partials/section.html", load=boom)
    )
    client_profile.register(
        Section(
            key="books",
            order=2,
            title="Books of account",
            template="partials/section.html",
            load=lambda request, subject: {"body": "secret sums"},
            permission=Permission.LEDGER_READ,
        )
    )
    there = url(cast, "client", cast.client(cast.child))
    page = web.as_(cast.front_desk).get(there)
    assert "Locker This part could not be loaded." in page.words
    assert "Zuri Okafor" in page.words
    assert "Books of account" not in page.words
    assert "secret sums" in web.as_(cast.administrator).get(there).words
    assert "section boom could not be loaded" in caplog.text


def test_the_profile_takes_the_same_queries_however_much_there_is(web: Web, cast: Cast) -> None:
    desk, client, counts = web.as_(cast.front_desk), cast.client(cast.child), []
    for more in (0, 2, 60):
        for _ in range(more):
            make.MemoFactory(client=client)
            make.ClientFactory(
                organization=cast.organization, member=make.MemberFactory(account=cast.child.account)
            )
        with CaptureQueriesContext(connection) as queries:
            desk.get(url(cast, "client", client))
        asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2] <= 20
