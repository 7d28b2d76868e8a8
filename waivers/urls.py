"""The pages of waivers, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from waivers.views import staff as views

staff: list[URLPattern] = [
    path("settings/documents/", views.kept_documents, name="kept_documents"),
    path("accounts/<int:number>/documents/", views.account_documents, name="account_documents"),
]
portal: list[URLPattern] = []
public: list[URLPattern] = []
kiosk: list[URLPattern] = []
