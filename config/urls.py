"""Every address of Kinroll, joined from the apps' lists into four namespaces (docs/architecture.md)."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config.health import healthz


def _pages(audience: str) -> list[URLPattern | URLResolver]:
    pages: list[URLPattern | URLResolver] = []
    for app in settings.KINROLL_APPS:
        pages += getattr(import_module(f"{app}.urls"), audience)
    return pages


def _namespace(audience: str) -> Any:
    return include((_pages(audience), audience), namespace=audience)


urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/<slug:org>/", _namespace("staff")),
    path("my/", _namespace("portal")),
    path("kiosk/", _namespace("kiosk")),
    # Families sign up on our page: allauth's address leads there.
    path("login/signup/", RedirectView.as_view(pattern_name="public:sign_up"), name="account_signup"),
    # So are the pages about one's own login: no way of allauth's leads round the two addresses of a change (A10).
    path("login/email/", RedirectView.as_view(pattern_name="public:login_email"), name="account_email"),
    path("login/2fa/", RedirectView.as_view(pattern_name="public:security"), name="mfa_index"),
    path("login/sessions/", RedirectView.as_view(pattern_name="public:sessions"), name="usersessions_list"),
    path("login/", include("allauth.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("", _namespace("public")),
]

if settings.IS_DEMO:
    urlpatterns.insert(0, path("dev/", include("config.dev_urls")))
