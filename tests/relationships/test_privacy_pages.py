"""Your data: asking for a copy, its progress, the file for who asked, and that it goes after a week (B13)."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.enums import PrivacyState
from accounts.exporting import export_parts
from accounts.models import AuditEvent, Member, PrivacyRequest
from messaging.models import Message
from relationships import flows, tasks
from relationships.operations import exporting as operations
from tests.cast import Cast, assemble
from tests.relationships.copies import acting, fill, unpack
from tests.web import Page, Web

PRIVACY = "/my/privacy/"
STORAGE = "django.core.files.storage.FileSystemStorage"


def asked(reader: Member, of: Member | None = None) -> PrivacyRequest:
    """A copy that was asked for."""
    return operations.ask(by=acting(reader), account=reader.account, member=of)


def ready(reader: Member, of: Member | None = None, data: bytes = b"everything") -> PrivacyRequest:
    """A copy that lies ready."""
    request = operations.begin(request_id=asked(reader, of).pk)
    assert request is not None
    default_storage.save(request.file.name or "", ContentFile(data))
    assert operations.finish(by=flows.EXPORTING, request=request)
    request.refresh_from_db()
    return request


def freshly(browser: Web) -> Web:
    """The same browser, in which its owner has just typed the password again."""
    session = browser.browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(browser.user.pk if browser.user else "")
    session.save()
    return browser


def body(page: Page) -> bytes:
    return b"".join(page.response.streaming_content)


def test_the_page_says_what_is_held_where_in_words(cast: Cast, web: Web) -> None:
    fill(cast)

    page = web.as_(cast.owner).get(PRIVACY)

    for words in (
        "5 people: names, birth dates", "1 card: brand", "4 people, with a copy of the details that you share",
        "2 signatures", "1 bill", "2 places in classes", "1 mail to you",
    ):  # fmt: skip
        assert words in page.words
    assert "Riverside Recreation" in page.words
    assert "Lumen Dance" not in page.words


def test_the_page_costs_the_same_for_any_number_of_things(cast: Cast, web: Web) -> None:
    from django.test.utils import CaptureQueriesContext

    browser = web.as_(cast.owner)
    fill(cast)
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(connection) as captured:
            browser.get(PRIVACY)
        counts.append(len(captured))
        fill(cast, f" of turn {turn}")

    assert counts[0] == counts[1]


def test_asking_leads_back_to_the_page_which_shows_how_far_it_is(cast: Cast, web: Web) -> None:
    browser = web.as_(cast.owner)

    page = browser.post(PRIVACY, {"about": ""})

    assert (page.status, page.path) == (200, PRIVACY)
    assert "Waiting to begin. You can leave this page: we mail you when it is ready." in page.words
    request = PrivacyRequest.objects.get()
    assert (request.state, request.account, request.member, request.requested_by) == (
        PrivacyState.WAITING, cast.owner.account, None, cast.owner,
    )  # fmt: skip
    PrivacyRequest.objects.update(state=PrivacyState.RUNNING, steps_done=5, steps_total=24)
    assert "5 of 24 parts." in browser.get(PRIVACY).words


def test_pressing_twice_and_again_is_one_request_with_one_job(cast: Cast, web: Web) -> None:
    browser = web.as_(cast.owner)
    once = browser.get(PRIVACY).once
    for _press in range(2):
        browser.post(PRIVACY, {"about": cast.child.code, "once": once})
    browser.post(PRIVACY, {"about": cast.child.code})

    assert PrivacyRequest.objects.count() == 1
    assert AuditEvent.objects.filter(action="relationships.export_asked").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [operations.EXPORT])
        assert cursor.fetchone() == (1,)


def test_two_owners_each_have_one_of_their_own(cast: Cast) -> None:
    mine, theirs = asked(cast.owner), asked(cast.co_owner)

    assert mine != theirs


@pytest.mark.parametrize(
    ("who", "about"), [("owner", "co_owner"), ("teenager", ""), ("other_guardian", "child")]
)
def test_a_copy_of_somebody_elses_is_not_found(cast: Cast, web: Web, who: str, about: str) -> None:
    code = getattr(cast, about).code if about else ""

    page = web.as_(getattr(cast, who)).post(PRIVACY, {"about": code})

    assert (page.status, PrivacyRequest.objects.count()) == (404, 0)


def test_the_file_is_for_who_asked_and_has_just_logged_in(cast: Cast, web: Web) -> None:
    request = ready(cast.owner)
    url = reverse("portal:privacy_copy_file", args=[request.code])

    stale = web.as_(cast.owner).get(url, follow=False)
    assert (stale.status, stale.location) == (302, f"/login/reauthenticate/?next={url.replace('/', '%2F')}")
    for other in (cast.co_owner, cast.teenager, cast.other_guardian, cast.stranger):
        assert freshly(web.as_(other)).get(url, follow=False).status == 404

    page = freshly(web.as_(cast.owner)).get(url, follow=False)

    assert (page.status, body(page)) == (200, b"everything")
    assert page.response.headers["Content-Disposition"].startswith('attachment; filename="kinroll-')
    assert page.response.headers["Cache-Control"] == "private, no-store"
    assert AuditEvent.objects.filter(action="relationships.export_fetched").count() == 1


def test_the_password_leads_back_to_the_copy(cast: Cast, web: Web) -> None:
    request = ready(cast.owner)
    browser = web.as_(cast.owner)

    question = browser.get(reverse("portal:privacy_copy", args=[request.code]))
    assert "Before this change we make sure that it is really you" in question.text
    back = reverse("portal:privacy_copy", args=[request.code])
    page = browser.post(question.path, {"password": "a long enough password", "next": back})

    assert "Download the file" in page.words


def test_after_a_week_the_link_says_so_and_the_file_is_gone(cast: Cast, web: Web) -> None:
    request = ready(cast.owner)
    name = request.file.name or ""
    PrivacyRequest.objects.update(file_expires_at=timezone.now() - timedelta(seconds=1))

    for address in ("portal:privacy_copy", "portal:privacy_copy_file"):
        page = freshly(web.as_(cast.owner)).get(reverse(address, args=[request.code]))
        assert page.status == 410
        assert "A copy is kept for a week. Make a new one whenever you like." in page.words
    assert "The last copy is no longer here" in web.as_(cast.owner).get(PRIVACY).words

    assert (operations.forget_old(), operations.forget_old()) == (1, 0)
    assert not default_storage.exists(name)
    assert PrivacyRequest.objects.get().file.name == ""


def test_a_newer_copy_takes_the_place_of_the_one_before(cast: Cast) -> None:
    first, child = ready(cast.owner), ready(cast.owner, cast.child)

    second = ready(cast.owner)

    for each in (first, child, second):
        each.refresh_from_db()
    assert [bool(each.file.name) for each in (first, child, second)] == [False, True, True]


def test_whoever_may_not_any_more_does_not_get_the_file(cast: Cast, web: Web) -> None:
    request = ready(cast.owner)
    cast.owner.ownership.delete()

    page = freshly(web.as_(cast.owner)).get(reverse("portal:privacy_copy_file", args=[request.code]))

    assert page.status == 410
    assert "Only an owner of the account can do this." in page.words


def test_what_is_refused_is_said_on_the_page(cast: Cast, web: Web) -> None:
    from tests import factories as make

    make.NoContactFactory(organization=cast.organization, barred=cast.teenager, protected=cast.child)

    page = web.as_(cast.owner).post(PRIVACY, {"about": ""})

    assert page.status == 422
    assert "This can’t be done online. Ask the organisation’s desk." in page.words


# The job, on real connections


@pytest.mark.django_db(transaction=True)
def test_the_job_makes_the_file_tells_by_mail_and_counts_its_steps(web: Web) -> None:
    cast = assemble()
    fill(cast)
    request = asked(cast.owner)

    assert flows.make_export(request_id=request.pk) is PrivacyState.DONE

    request.refresh_from_db()
    steps = len(list(export_parts)) + 1
    assert (request.state, request.steps_done, request.steps_total) == (PrivacyState.DONE, steps, steps)
    expires = request.file_expires_at
    assert expires is not None
    assert timedelta(days=6, hours=23) < expires - timezone.now() <= timedelta(days=7)
    page = freshly(web.as_(cast.owner)).get(
        reverse("portal:privacy_copy_file", args=[request.code]), follow=False
    )
    assert unpack(body(page)).parts["people"] != []
    mail = Message.objects.get(template="messaging/email/export_ready")
    assert (mail.address, mail.reader) == (cast.owner.email, cast.owner)
    assert flows.make_export(request_id=request.pk) is None


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_killed_is_taken_up_again_and_leaves_one_file() -> None:
    cast = assemble()
    request = asked(cast.owner)
    begun = operations.begin(request_id=request.pk)
    assert begun is not None
    half = begun.file.name or ""
    default_storage.save(half, ContentFile(b"half of it"))  # and then the machine stopped
    PrivacyRequest.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    assert operations.waiting() == [request.pk]
    tasks.look_after_exports(timestamp=0)
    assert flows.make_export(request_id=request.pk) is PrivacyState.DONE

    request.refresh_from_db()
    assert request.file.name == half
    with default_storage.open(half) as file:
        assert unpack(file.read()).parts["people"] != []
    assert operations.waiting() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_make_one_file() -> None:
    cast = assemble()
    request = asked(cast.owner)
    ended: list[Any] = []

    def work() -> None:
        ended.append(flows.make_export(request_id=request.pk))
        connections.close_all()

    threads = [threading.Thread(target=work) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended, key=str) == [None, None, None, PrivacyState.DONE]
    assert Message.objects.filter(template="messaging/email/export_ready").count() == 1
    _folders, files = default_storage.listdir("exports")
    request.refresh_from_db()
    assert [name for name in files if name in (request.file.name or "")] != []


@pytest.mark.django_db(transaction=True)
def test_rights_that_ended_meanwhile_end_the_copy_and_nothing_stays() -> None:
    cast = assemble()
    request = asked(cast.owner)
    cast.owner.ownership.delete()

    assert flows.make_export(request_id=request.pk) is PrivacyState.FAILED

    request.refresh_from_db()
    assert (request.state, request.file.name, request.last_error) == (PrivacyState.FAILED, "", "NotAllowed")


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_cannot_be_written_is_tried_again_and_given_up_after_an_hour() -> None:
    cast = assemble()
    request = asked(cast.owner)
    nowhere = {"BACKEND": STORAGE, "OPTIONS": {"location": "/proc/nowhere"}}

    with override_settings(STORAGES={**settings.STORAGES, "default": nowhere}):
        with pytest.raises(FileNotFoundError):
            flows.make_export(request_id=request.pk)
        request.refresh_from_db()
        assert request.state == PrivacyState.RUNNING
        PrivacyRequest.objects.update(created_at=timezone.now() - timedelta(hours=2))
        assert flows.make_export(request_id=request.pk) is PrivacyState.FAILED


@pytest.mark.django_db
def test_no_copy_is_made_inside_a_transaction(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        flows.make_export(request_id=asked(cast.owner).pk)
