"""The pages of waivers, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern

staff: list[URLPattern] = []
portal: list[URLPattern] = []
public: list[URLPattern] = []
kiosk: list[URLPattern] = []
