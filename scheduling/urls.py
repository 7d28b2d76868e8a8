"""The pages of scheduling, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from scheduling.views import desk as desk_views
from scheduling.views import portal as portal_views
from scheduling.views import public as public_views
from scheduling.views import signing as signing_views
from scheduling.views import staff as staff_views

staff: list[URLPattern] = [
    path("", staff_views.today, name="today"),
    path("sessions/<str:code>/", staff_views.session, name="session"),
    path("sessions/<str:code>/clients/<int:number>/check-in/", staff_views.check_in, name="check_in"),
    path("sessions/<str:code>/clients/<int:number>/undo/", staff_views.undo_check_in, name="undo_check_in"),
    path("sessions/<str:code>/clients/<int:number>/away/", staff_views.mark_away, name="mark_away"),
    path("clients/<int:number>/register/", desk_views.client_register, name="client_register"),
    path("register/<slug:kind>/<slug:code>/", desk_views.register, name="register"),
]
portal: list[URLPattern] = [
    path("schedule/", portal_views.schedule, name="schedule"),
    path("waivers/<slug:org>/", signing_views.sign, name="sign"),
]
public: list[URLPattern] = [
    path("o/<slug:org>/", public_views.schedule, name="schedule"),
    path("o/<slug:org>/book/<slug:kind>/<slug:code>/", portal_views.book, name="book"),
]
kiosk: list[URLPattern] = []
