"""The mails of logging in: ours, through the outbox, and no help to who asks which addresses have a login."""

from pathlib import Path

import allauth
import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone

from messaging import letters, secrets
from messaging.adapters import NOTICES, OutboxAccountAdapter
from messaging.models import Message
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_a_forgotten_password_is_reset_by_a_link_that_only_the_mail_knows(web: Web, cast: Cast) -> None:
    asked = web.post(reverse("account_reset_password"), {"email": cast.owner.email})
    assert asked.path == reverse("account_reset_password_done")
    message = Message.objects.get()
    link = secrets.decrypt(message.secret)
    assert (message.template, message.address) == (
        "messaging/email/login/password_reset_key",
        cast.owner.email,
    )
    assert link.startswith("http://localhost:8000/login/password/reset/key/")
    letter = letters.write(message)
    assert (letter.subject, link in letter.body) == ("Choose a new password", True)
    chosen = web.get(link.removeprefix("http://localhost:8000"))
    done = web.post(chosen.path, {"password1": "nine green kettles", "password2": "nine green kettles"})
    assert done.status == 200
    assert cast.owner.user is not None
    cast.owner.user.refresh_from_db()
    assert cast.owner.user.check_password("nine green kettles")
    notice = letters.write(Message.objects.get(template="messaging/email/login/notice"))
    assert notice.subject == "Your password was reset"


def test_an_unknown_address_gets_the_same_page(web: Web, cast: Cast) -> None:
    url = reverse("account_reset_password")
    known = web.post(url, {"email": cast.owner.email})
    unknown = Web().post(url, {"email": "nobody@mail.test"})
    assert (known.status, known.path, known.words) == (unknown.status, unknown.path, unknown.words)
    letter = letters.write(Message.objects.get(address="nobody@mail.test"))
    assert letter.subject == "No login with this e-mail address"
    assert "http://localhost:8000/login/signup/" in letter.body


def test_a_code_to_log_in_comes_by_mail(web: Web, cast: Cast) -> None:
    web.post(reverse("account_request_login_code"), {"email": cast.owner.email})
    message = Message.objects.get()
    code = secrets.decrypt(message.secret)
    assert code not in f"{message.context}{message.secret}"
    letter = letters.write(message)
    assert f"\n{code}\n" in letter.body
    landed = web.post(reverse("account_confirm_login_code"), {"code": code}, follow=False)
    assert (landed.status, landed.location) == (302, "/")


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_every_notice_reads_as_a_sentence(name: str) -> None:
    OutboxAccountAdapter().send_mail(
        f"account/email/{name}",
        "amara@mail.test",
        {"ip": "203.0.113.9", "user_agent": "Firefox", "timestamp": timezone.now()},
    )
    letter = letters.write(Message.objects.get())
    assert letter.subject == str(NOTICES[name])
    assert letter.body.startswith(f"{NOTICES[name]}.\n\nIf it was you, all is well.")


def test_every_mail_of_allauth_has_a_template_of_ours() -> None:
    """A mail that allauth adds is found here, not by the first person who should have received it."""
    folder = Path(allauth.__file__).parent / "templates"
    names = {
        path.name.removesuffix("_subject.txt").removesuffix("_signup")
        for app in ("account", "mfa")
        for path in (folder / app / "email").glob("*_subject.txt")
    }
    missing = []
    for name in sorted(names - set(NOTICES)):
        for ending in ("subject.txt", "txt"):
            try:
                get_template(f"messaging/email/login/{name}.{ending}")
            except TemplateDoesNotExist:
                missing.append(f"{name}.{ending}")
    # Resetting by code is off: it goes by link.
    assert missing == ["password_reset_code.subject.txt", "password_reset_code.txt"]
