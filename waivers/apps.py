from django.apps import AppConfig


class WaiversConfig(AppConfig):
    """What people sign before they take part."""

    name = "waivers"

    def ready(self) -> None:
        from accounts.registries import settings_pages
        from clients.merging import MergeRule, merging
        from clients.sections import client_profile, household_tabs
        from waivers import erasing, exports, households, sections, sentences

        erasing.register()
        settings_pages.register(households.kept)
        client_profile.register(sections.signed)
        household_tabs.register(households.documents)
        merging.register(MergeRule(key="waivers", order=40, edges=("waivers.Signature.client",)))
        exports.register()
        sentences.register()
