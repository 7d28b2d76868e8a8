from django.apps import AppConfig
from django.core import checks


class AccountsConfig(AppConfig):
    """Users, organisations, families, and the machinery every app uses."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import confirmations, exports, offers, sentences
        from accounts.enums import InvitationPurpose
        from accounts.guards import check_guards
        from accounts.privacy import own
        from accounts.registries import InvitationPage, invitation_pages, navigation, settings_pages

        checks.register(check_guards)
        confirmations.listen()
        own.register()
        for order, purpose in enumerate((InvitationPurpose.CLAIM, InvitationPurpose.CONNECT)):
            invitation_pages.register(InvitationPage(key=purpose.value, order=order, url_name="public:claim"))
        navigation.register(offers.SETTINGS)
        for page in offers.SETTINGS_PAGES:
            settings_pages.register(page)
        exports.register()
        sentences.register()
