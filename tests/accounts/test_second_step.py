"""Logging in and its second step: allauth's pages, in this product's words and look."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

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
