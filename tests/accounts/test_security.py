"""Log-in and security: one page for families and staff, and where one is logged in (B22)."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import devices
from accounts.models import AuditEvent, Member
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36 Edg/140.0.0.0"
)


def logged_in(web: Web, member: Member, user_agent: str = FIREFOX) -> Web:
    """A browser that logged in through the page."""
    browser = Web()
    browser.browser.defaults["HTTP_USER_AGENT"] = user_agent
    assert member.user is not None
    page = browser.post(reverse("account_login"), {"login": member.user.email, "password": make.PASSWORD})
    assert page.status == 200
    return browser


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.5", "A browser that does not say what it is"),
        ("", "A browser that does not say what it is"),
    ],
)
def test_a_device_is_told_in_words(user_agent: str, words: str) -> None:
    assert devices.describe(user_agent) == words


def test_the_page_leads_to_everything_about_the_login(web: Web, cast: Cast) -> None:
    page = logged_in(web, cast.owner).get("/security/")

    assert page.status == 200
    for name in (
        "public:login_email", "account_change_password", "mfa_add_webauthn", "mfa_activate_totp", "public:sessions",
    ):  # fmt: skip
        assert reverse(name) in page.html
    assert "Firefox on Linux This device" in page.words
    assert "/security/" in web.as_(cast.owner).get("/my/").html


def test_staff_without_a_family_have_it_too_and_strangers_log_in(web: Web, cast: Cast) -> None:
    page = web.as_(cast.front_desk).get("/security/")

    assert (page.status, "dana@riverside.test" in page.words) == (200, True)
    assert "/security/" in web.as_(cast.front_desk).get("/staff/riverside/clients/").html
    assert web.as_(None).get("/security/").path.startswith("/login/login/")


@pytest.mark.parametrize(
    ("old", "new"), [("/login/2fa/", "/security/"), ("/login/sessions/", "/security/sessions/")]
)
def test_allauths_own_pages_lead_here(web: Web, cast: Cast, old: str, new: str) -> None:
    assert web.as_(cast.owner).get(old).path == new


def test_one_logs_out_on_another_device_and_everywhere_else(web: Web, cast: Cast) -> None:
    here, phone, office = (logged_in(web, cast.owner, each) for each in (FIREFOX, IPHONE, EDGE))
    stranger = logged_in(web, cast.stranger)
    words = here.get("/security/sessions/").words
    assert [
        name for name in ("Firefox on Linux", "Safari on iPhone", "Edge on Windows") if name not in words
    ] == []
    theirs = UserSession.objects.get(user=cast.stranger.user)
    of_phone = UserSession.objects.get(user=cast.owner.user, user_agent=IPHONE)

    here.post("/security/sessions/end/", {"which": str(theirs.pk)})
    page = here.post("/security/sessions/end/", {"which": str(of_phone.pk)})
    assert "Logged out on one device." in page.words
    assert (stranger.get("/my/").status, phone.get("/my/").path[:7], office.get("/my/").path) == (
        200,
        "/login/",
        "/my/",
    )

    page = here.post("/security/sessions/end/", {"which": "others"})
    assert "You are logged in on this device only." in page.words
    assert (here.get("/my/").path, office.get("/my/").path[:7]) == ("/my/", "/login/")
    here.post("/security/sessions/end/", {"which": "' OR 1=1"})
    assert AuditEvent.objects.filter(action="accounts.sessions_ended").count() == 2


def test_a_new_password_ends_the_other_sessions_in_the_list_too(web: Web, cast: Cast) -> None:
    here, _phone = logged_in(web, cast.owner), logged_in(web, cast.owner, IPHONE)
    new = {"oldpassword": make.PASSWORD, "password1": "nine grey gulls go", "password2": "nine grey gulls go"}
    here.post(reverse("account_change_password"), new)
    again = Web()
    login = {"login": "amara.okafor@mail.test", "password": "nine grey gulls go"}
    again.post(reverse("account_login"), login)

    assert "Safari on iPhone" not in again.get("/security/sessions/").words


def test_the_list_costs_the_same_for_any_number_of_log_ins(web: Web, cast: Cast) -> None:
    def cost(browser: Web) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get("/security/sessions/")
        return len(queries)

    browser = logged_in(web, cast.owner)
    one = cost(browser)
    for _more in range(4):
        logged_in(web, cast.owner, IPHONE)
    assert cost(browser) == one


def test_recovery_codes_are_left_and_downloaded(web: Web, cast: Cast) -> None:
    browser = logged_in(web, cast.owner)
    user = cast.owner.user
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    browser.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    browser.post(reverse("mfa_generate_recovery_codes"))
    assert "10 codes left." in browser.get("/security/").words
    kept = browser.get(reverse("mfa_download_recovery_codes")).text
    assert "Keep them where nobody else finds them." in kept
    assert len(kept.strip().splitlines()) == 15
