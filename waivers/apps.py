from django.apps import AppConfig


class WaiversConfig(AppConfig):
    """What people sign before they take part."""

    name = "waivers"

    def ready(self) -> None:
        from clients.sections import client_profile
        from waivers import exports, sections, sentences

        client_profile.register(sections.signed)
        exports.register()
        sentences.register()
