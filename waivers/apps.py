from django.apps import AppConfig


class WaiversConfig(AppConfig):
    """What people sign before they take part."""

    name = "waivers"

    def ready(self) -> None:
        from clients.merging import MergeRule, merging
        from clients.sections import client_profile
        from waivers import exports, sections, sentences

        client_profile.register(sections.signed)
        merging.register(MergeRule(key="waivers", order=40, edges=("waivers.Signature.client",)))
        exports.register()
        sentences.register()
