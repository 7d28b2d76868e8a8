"""The pages of accounts, by audience. ``config.urls`` joins the lists into namespaces."""

from django.conf import settings
from django.urls import URLPattern, path

from accounts.views import languages, styleguide
from accounts.views import public as views

staff: list[URLPattern] = []
portal: list[URLPattern] = []
public: list[URLPattern] = [
    path("", views.home, name="home"),
    path("o/<slug:org>/sign-up/", views.sign_up, name="sign_up"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("o/<slug:org>/sign-up/sent/", views.signed_up, name="signed_up"),
    path("sign-up/sent/", views.signed_up, name="signed_up"),
    path("language/", languages.choose_language, name="language"),
    path("claim/<str:token>/", views.claim, name="claim"),
    path("claim/<str:token>/again/", views.claim_again, name="claim_again"),
]
kiosk: list[URLPattern] = []

if settings.MODE != "production":
    public.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
