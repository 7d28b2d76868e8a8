"""The demo's own pages, mounted at ``/dev/`` in demo mode only."""

from django.urls import path

from config import dev_views

app_name = "dev"
urlpatterns = [
    path("mail/", dev_views.mail_list, name="mail-list"),
    path("mail/<slug:name>/", dev_views.mail, name="mail"),
    path("mail/<slug:name>/html/", dev_views.mail_html, name="mail-html"),
]
