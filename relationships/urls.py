"""The pages of relationships, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from relationships.views import portal as views

staff: list[URLPattern] = []
portal: list[URLPattern] = [
    path("", views.home, name="home"),
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<str:code>/", views.person, name="person"),
]
public: list[URLPattern] = []
kiosk: list[URLPattern] = []
