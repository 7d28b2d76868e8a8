"""The settings of production: nothing secret has a default, and what is missing is named."""

import os
import subprocess
import sys

import pytest

from config.environment import BASE_DIR

PRODUCTION = {
    "KINROLL_MODE": "production",
    "BASE_URL": "https://members.example.org",
    "SECRET_KEY": "v7Gk2mQx9TtR4bWzL1sYpN8cDfHjA6uE0oIiXrBq5nVeZwKlMg",
    "FIELD_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "DATABASE_URL": "postgres://kinroll:a%40b@db.example.org:5433/members?sslmode=require",
    "EMAIL_URL": "smtp+tls://user:pass@smtp.example.org:587",
    "DEFAULT_FROM_EMAIL": "Riverside <mail@example.org>",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}


def run(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a Python that knows nothing but ``environment``."""
    essentials = {
        name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=essentials | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_production_environment_is_read() -> None:
    code = """
from config import settings as s
d = s.DATABASES["default"]
print(d["HOST"], d["PORT"], d["USER"], d["PASSWORD"], d["NAME"], d["OPTIONS"]["sslmode"])
print(s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS)
print(s.MAILERS["default"]["OPTIONS"]["host"], s.MAILERS["default"]["OPTIONS"]["use_tls"], s.STRIPE_API_BASE)
"""
    done = run(code, PRODUCTION)

    assert done.stderr == ""
    assert done.stdout == (
        "db.example.org 5433 kinroll a@b members require\n"
        "['members.example.org'] True True True 31536000\n"
        "smtp.example.org True https://api.stripe.com\n"
    )


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"KINROLL_MODE"}))
def test_production_names_the_variable_that_is_missing(name: str) -> None:
    done = run("import config.settings", {key: value for key, value in PRODUCTION.items() if key != name})

    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} is not set. In production")


def test_a_field_key_that_is_none_is_refused() -> None:
    done = run("import config.settings", PRODUCTION | {"FIELD_KEY": "secret"})

    assert "FIELD_KEY or FIELD_KEY_FALLBACKS holds no Fernet key" in done.stderr.splitlines()[-1]


def test_a_mode_that_does_not_exist_is_refused() -> None:
    done = run("import config.settings", {"KINROLL_MODE": "debug"})

    assert done.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured:"
        ' KINROLL_MODE is "debug": it must be demo, production or test.'
    )


def test_production_knows_neither_the_mailbox_nor_the_demo() -> None:
    code = """
import django; from django.conf import settings; django.setup()
from django.urls import NoReverseMatch, reverse
try: print(reverse("dev:mail-list"))
except NoReverseMatch: print("no mailbox")
print(settings.IS_DEMO, settings.DEBUG)
"""
    done = run(code, PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings"})

    assert (done.stdout, done.stderr) == ("no mailbox\nFalse False\n", "")
