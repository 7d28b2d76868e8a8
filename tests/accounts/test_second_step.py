"""Logging in and its second step: allauth's pages, in this product's words and look."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import RequestFactory
from django.urls import reverse

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import AuditEvent
from accounts.operations import factors
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


def test_the_second_step_is_set_up_used_and_turned_off_in_the_products_own_words(
    web: Web, cast: Cast
) -> None:
    owner = web.as_(cast.owner)
    assert "Is it you?" in owner.get(reverse("mfa_activate_totp")).words
    owner.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    setting_up = owner.get(reverse("mfa_activate_totp"))
    (secret,) = re.findall(r'id="authenticator_secret" value="(\w+)"', setting_up.html)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    codes = owner.post(reverse("mfa_activate_totp"), {"code": code})
    assert "10 codes left." in codes.words
    index = owner.get(reverse("mfa_index"))
    assert "On. You type a code from the app after your password." in index.words

    newcomer = web.as_(None)
    assert cast.owner.user is not None
    login = {"login": cast.owner.user.email, "password": make.PASSWORD}
    second = newcomer.post(reverse("account_login"), login)
    assert "Type the code that your authenticator app shows, or one of your recovery codes." in second.words
    (spare,) = re.findall(r"<textarea[^>]*>\s*(\w+)", codes.html)
    assert newcomer.post(reverse("mfa_authenticate"), {"code": spare}).path == reverse("portal:home")

    assert "Then your password alone lets you in" in owner.get(reverse("mfa_deactivate_totp")).words
    owner.post(reverse("mfa_deactivate_totp"))
    assert "Off. An app on your phone" in owner.get(reverse("mfa_index")).words


def test_the_login_page_speaks_as_the_other_pages_do(web: Web) -> None:
    page = web.get(reverse("account_login"))
    assert re.findall(r'<label for="[^"]+">\s*([^<]+?)\s*<', page.html) == ["E-mail", "Password"]
    assert "Stay logged in" in page.words
    assert "placeholder" not in page.html


def test_what_changes_of_passkeys_apps_and_codes_is_read_in_the_persons_own_activity(
    web: Web, cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    owner = web.as_(cast.owner)
    owner.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    setting_up = owner.get(reverse("mfa_activate_totp"))
    (secret,) = re.findall(r'id="authenticator_secret" value="(\w+)"', setting_up.html)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("mfa_activate_totp"), {"code": code})
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("mfa_generate_recovery_codes"))
    key = Authenticator.objects.create(
        user=cast.owner.user, type=Authenticator.Type.WEBAUTHN, data={"name": "The laptop"}
    )
    owner.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    owner.post(reverse("mfa_deactivate_totp"))

    events = AuditEvent.objects.filter(member_ids__contains=[cast.owner.pk]).order_by("pk")
    told = [(event.action, event.actor_member_id, event.changes) for event in events]
    assert [each for each in told if each[0].removeprefix("accounts.") in factors.CHANGES] == [
        (action, cast.owner.pk, {})
        for action in (
            "accounts.app_added",
            "accounts.recovery_codes_made",
            "accounts.recovery_codes_made",
            "accounts.passkey_removed",
            "accounts.app_removed",
            "accounts.recovery_codes_removed",
        )
    ]
    page = owner.get(reverse("portal:activity"))
    assert "An authenticator app was set up for a log-in" in page.words
    assert "A passkey was removed from a log-in" in page.words
    assert "A passkey was removed" not in web.as_(cast.co_owner).get(reverse("portal:activity")).words


def test_a_new_passkey_is_noted_and_nothing_without_a_login(cast: Cast) -> None:
    key = Authenticator.objects.create(user=cast.owner.user, type=Authenticator.Type.WEBAUTHN, data={})
    signals.authenticator_added.send(
        sender=Authenticator, request=RequestFactory().get("/"), user=cast.owner.user, authenticator=key
    )
    assert AuditEvent.objects.latest("pk").action == "accounts.passkey_added"
    with pytest.raises(NotAllowed):
        factors.note(by=Actor.of_job("test"), what="passkey_added")
