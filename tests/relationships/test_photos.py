"""Pictures of people: the family's, staff's own, and who sees which (A03, F03, RULES 1.1)."""

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts import files
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Member
from accounts.operations import photos as family_photos
from accounts.people import PersonFields
from clients.models import Client
from clients.operations import desk
from clients.operations import photos as staff_photos
from tests import factories as make
from tests import pictures as send
from tests.cast import Cast, assemble
from tests.web import Page, Web

pytestmark = pytest.mark.django_db
BY = Actor.of_command("test")


def page_of(member: Member, name: str = "person_photo") -> str:
    return reverse(f"portal:{name}", args=[member.code])


def at_desk(client: Client, name: str = "client_photo") -> str:
    return reverse(f"staff:{name}", args=[client.organization.slug, client.number])


def upload(web: Web, url: str, content: bytes, name: str = "toby.jpg", **more: Any) -> Page:
    return web.post(url, {"photo": send.sent(content, name), **more})


def picture(colour: str) -> "ContentFile[bytes]":
    return ContentFile(send.plain((64, 64), colour, "WEBP"), name="picture.webp")


def colour_of(page: Page) -> str:
    """What a picture that was answered shows; its status where it is none."""
    if page.status != 200:
        return str(page.status)
    red, green, blue = Image.open(BytesIO(page.response.content)).convert("RGB").getpixel((20, 20))  # type: ignore[misc]
    return max({"red": red, "green": green, "blue": blue}.items(), key=lambda pair: pair[1])[0]


def test_an_owner_adds_a_picture_and_the_organisations_it_is_shared_with_show_it(
    web: Web, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = upload(web.as_(cast.owner), page_of(cast.child), send.plain((900, 600), "red"))
    cast.child.refresh_from_db()
    seen = web.as_(cast.owner).get(page_of(cast.child, "person_picture"))
    at_the_desk = web.as_(cast.front_desk).get(at_desk(cast.client(cast.child)))

    assert (page.path, "The picture is saved." in page) == (page_of(cast.child, "person"), True)
    assert (colour_of(seen), colour_of(at_the_desk)) == ("red", "red")
    assert {
        name: seen.response.headers[name]
        for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options", "Content-Disposition")
    } == {
        "Content-Type": "image/webp",
        "Cache-Control": "private, max-age=300",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline",
    }
    event = AuditEvent.objects.get(action="accounts.photo_set")
    assert (event.actor_member_id, event.member_ids, event.changes) == (cast.owner.pk, [cast.child.pk], {})


def test_a_browser_that_has_the_picture_is_not_sent_it_again(web: Web, cast: Cast) -> None:
    make.photo(cast.child)
    browser = web.as_(cast.owner)
    tag = browser.get(page_of(cast.child, "person_picture")).response.headers["ETag"]
    again = browser.browser.get(page_of(cast.child, "person_picture"), headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")


def test_a_new_picture_deletes_the_old_file_once_it_is_saved_and_removing_deletes_it_too(
    web: Web, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    first = make.photo(cast.child)
    with django_capture_on_commit_callbacks(execute=True):
        upload(web.as_(cast.owner), page_of(cast.child), send.plain())
    second = str(Member.objects.get(pk=cast.child.pk).photo)
    stood = (default_storage.exists(first), default_storage.exists(second))
    with django_capture_on_commit_callbacks(execute=True):
        page = web.as_(cast.owner).post(page_of(cast.child), {"remove": "1"})

    assert stood == (False, True)
    assert "The picture is removed." in page
    assert default_storage.exists(second) is False
    assert Member.objects.get(pk=cast.child.pk).photo.name == ""
    assert [each.photo.name for each in Client.objects.filter(member=cast.child)] == [""]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_leaves_the_old_picture_and_the_sweep_takes_the_new_file() -> None:
    cast = assemble()
    old = make.photo(cast.child)
    folder = Path(default_storage.path(old)).parent
    before = {each.name for each in folder.iterdir()}

    with transaction.atomic():
        family_photos.set_photo(by=BY, member=cast.child, picture=picture("red"))
        transaction.set_rollback(True)
    left = {each.name for each in folder.iterdir()} - before

    assert (Member.objects.get(pk=cast.child.pk).photo.name, default_storage.exists(old)) == (old, True)
    assert (len(left), files.sweep()) == (1, 0), "a young file may belong to a transaction that still runs"
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for name in [*left, Path(old).name]:
        os.utime(folder / name, (long_ago, long_ago))
    assert (files.sweep(), files.sweep(), default_storage.exists(old)) == (1, 0, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"MZ a program", "This is not a picture we can read. Send a JPEG, PNG, WebP or HEIC picture."),
        (b"", "This file is empty. Choose another picture."),
        (send.bomb(), "This picture has more than 50 million pixels. Send a smaller one."),
    ],
    ids=["renamed", "empty", "bomb"],
)
def test_what_is_no_picture_is_refused_by_field_and_the_old_one_stays(
    web: Web, cast: Cast, content: bytes, says: str
) -> None:
    old = make.photo(cast.child)
    page = upload(web.as_(cast.owner), page_of(cast.child), content)
    desk_page = upload(
        web.as_(cast.front_desk), at_desk(cast.client(cast.child), "client_photo_change"), content
    )

    assert (page.status, desk_page.status) == (422, 422)
    assert (says in page.words, says in desk_page.words, 'id="id_photo_error"' in page.html) == (True,) * 3
    assert Member.objects.get(pk=cast.child.pk).photo.name == old
    assert "Choose a picture first." in web.as_(cast.owner).post(page_of(cast.child))


def test_who_may_see_the_person_sees_the_picture_and_nobody_else_learns_that_there_is_one(
    web: Web, cast: Cast
) -> None:
    for member in (cast.child, cast.co_owner, cast.owner):
        make.photo(member)

    def answers(who: str) -> list[int]:
        browser = web.as_(getattr(cast, who))
        urls = [page_of(m, "person_picture") for m in (cast.child, cast.co_owner, cast.owner, cast.sibling)]
        return [browser.get(url).status for url in urls]

    assert {who: answers(who) for who in ("owner", "other_guardian", "teenager", "stranger")} == {
        "owner": [200, 404, 200, 404],  # an adult with a login decides alone; the sibling has none
        "other_guardian": [200, 404, 404, 404],
        "teenager": [404, 404, 404, 404],
        "stranger": [404, 404, 404, 404],
    }


def test_a_link_at_one_place_shows_the_picture_there_and_not_elsewhere(web: Web, cast: Cast) -> None:
    make.photo(cast.child)
    make.ManagerLinkFactory(
        manager=cast.stranger, dependent=cast.child, organization=cast.organization, view=True
    )
    url, browser = page_of(cast.child, "person_picture"), web.as_(cast.stranger)

    answers = [browser.get(url + at).status for at in ("", "?at=riverside", "?at=lumen", "?at=nowhere")]
    assert answers == [404, 200, 404, 404]


def test_staff_see_the_pictures_of_their_own_clients_only(web: Web, cast: Cast) -> None:
    make.photo(cast.stranger_child)
    here = at_desk(cast.client(cast.stranger_child))
    there = at_desk(cast.client(cast.stranger_child, cast.rival))
    seen = {
        who: [web.as_(getattr(cast, who)).get(url).status for url in (here, there)]
        for who in ("front_desk", "instructor", "rival_administrator", "stranger")
    }

    assert seen == {
        "front_desk": [200, 404],
        "instructor": [200, 404],
        "rival_administrator": [404, 200],
        "stranger": [404, 404],
    }


def test_staff_set_their_own_picture_which_stays_with_them_until_they_take_the_familys(
    web: Web, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    client, rivals = cast.client(cast.stranger), cast.client(cast.stranger, cast.rival)
    family_photos.set_photo(by=BY, member=cast.stranger, picture=picture("red"))
    front_desk, change = web.as_(cast.front_desk), at_desk(client, "client_photo_change")
    with django_capture_on_commit_callbacks(execute=True):
        page = upload(front_desk, change, send.plain((64, 64), "blue"))
    own = str(Client.objects.get(pk=client.pk).photo)
    family_photos.set_photo(by=BY, member=cast.stranger, picture=picture("green"))

    def seen() -> list[str]:
        return [
            colour_of(front_desk.get(at_desk(client))),
            colour_of(web.as_(cast.rival_administrator).get(at_desk(rivals))),
            colour_of(web.as_(cast.stranger).get(page_of(cast.stranger, "person_picture"))),
        ]

    assert (page.path, seen()) == (at_desk(client, "client"), ["blue", "green", "green"])
    with django_capture_on_commit_callbacks(execute=True):
        front_desk.post(change, {"remove": "1"})
    assert (seen(), default_storage.exists(own)) == (["404", "green", "green"], False)
    front_desk.post(change, {"theirs": "1"})
    assert seen() == ["green", "green", "green"]
    assert list(
        AuditEvent.objects.filter(staff_id__isnull=False).order_by("id").values_list("action", flat=True)
    ) == [
        "clients.photo_set",
        "clients.photo_hidden",
        "clients.photo_followed",
    ]


def test_staffs_picture_of_somebody_without_one_can_go_and_the_familys_next_one_is_followed(
    web: Web, cast: Cast
) -> None:
    client = cast.client(cast.child)
    staff_photos.set_photo(by=BY, client=client, picture=picture("blue"))
    web.as_(cast.front_desk).post(at_desk(client, "client_photo_change"), {"remove": "1"})
    family_photos.set_photo(by=BY, member=cast.child, picture=picture("red"))

    assert colour_of(web.as_(cast.front_desk).get(at_desk(client))) == "red"


def test_a_picture_that_is_not_shared_is_neither_shown_nor_offered(web: Web, cast: Cast) -> None:
    make.photo(cast.child)
    client = cast.client(cast.child)
    Client.objects.filter(pk=client.pk).update(shares=["contact", "address"], photo="")
    family_photos.set_photo(by=BY, member=cast.child, picture=picture("red"))
    front_desk, change = web.as_(cast.front_desk), at_desk(client, "client_photo_change")
    refused = front_desk.post(change, {"theirs": "1"})

    assert colour_of(front_desk.get(at_desk(client))) == "404"
    assert (refused.status, "family’s picture" in front_desk.get(change)) == (422, False)


def test_in_an_account_that_staff_keep_the_picture_is_the_persons_own(web: Web, cast: Cast) -> None:
    account = cast.stranger.account
    account.kept_by = cast.organization
    account.save(update_fields=["kept_by"])
    client = cast.client(cast.stranger_child)
    upload(web.as_(cast.front_desk), at_desk(client, "client_photo_change"), send.plain((64, 64), "blue"))
    client.refresh_from_db()
    cast.stranger_child.refresh_from_db()

    assert (client.photo.name, client.staff_set) == (cast.stranger_child.photo.name, [])
    assert client.photo.name != ""


def test_editing_a_client_whose_picture_staff_set_keeps_it(cast: Cast) -> None:
    client = staff_photos.set_photo(by=BY, client=cast.client(cast.child), picture=picture("blue"))
    with pytest.raises(NotAllowed):
        desk.take_theirs(by=BY, client=client, field="photo")
    fields = PersonFields.of(client)
    changed = desk.change_client(by=BY, client=client, person=fields, participates=True)

    assert (changed.photo.name, changed.staff_set) == (client.photo.name, ["photo"])


def test_pictures_show_on_lists_profile_roster_and_portal_without_a_query_more(web: Web, cast: Cast) -> None:
    client = cast.client(cast.child)
    session = make.session_today(cast.organization)
    for member in (cast.child, cast.sibling, cast.teenager):
        make.RegistrationFactory(session=session, client=cast.client(member))
    pages: list[tuple[Any, str]] = [
        (cast.front_desk, f"/staff/riverside/clients/{client.number}/"),
        (cast.front_desk, "/staff/riverside/clients/"),
        (cast.front_desk, f"/staff/riverside/sessions/{session.code}/"),
        (cast.front_desk, f"/staff/riverside/accounts/{cast.household.number}/"),
        (cast.owner, "/my/"),
        (cast.owner, "/my/people/"),
        (cast.owner, page_of(cast.child, "person")),
    ]

    def look() -> tuple[list[int], list[bool]]:
        counts, shown = [], []
        for reader, url in pages:
            browser = web.as_(reader)
            browser.get(url)
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(url)
            counts.append(len(queries))
            shown.append(
                f"{client.number}/photo.webp?v=" in page.html
                or f"{cast.child.code}/photo.webp?v=" in page.html
            )
        return counts, shown

    without, nowhere = look()
    for member in (cast.child, cast.sibling, cast.teenager):
        make.photo(member)
    with_pictures, everywhere = look()

    assert (nowhere, everywhere) == ([False] * 7, [True] * 7)
    assert with_pictures == without


def test_the_picture_of_an_adult_who_decides_alone_is_not_asked_for_on_the_people_page(
    web: Web, cast: Cast
) -> None:
    make.photo(cast.co_owner)
    page = web.as_(cast.owner).get("/my/people/")

    assert ("Chidi Okafor" in page, cast.co_owner.code in page.html) == (True, False)
