from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is sold, paid and owed."""

    name = "billing"

    def ready(self) -> None:
        from accounts.registries import navigation, portal_dashboard
        from billing import sections
        from clients.sections import client_profile, household_page

        navigation.register(sections.bills_page)
        portal_dashboard.register(sections.family_bills)
        portal_dashboard.register(sections.cards)
        client_profile.register(sections.client_bills)
        household_page.register(sections.household_bills)
