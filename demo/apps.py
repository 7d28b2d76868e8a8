from django.apps import AppConfig


class DemoConfig(AppConfig):
    """What ``make run`` fills an empty installation with. No models, no pages."""

    name = "demo"
