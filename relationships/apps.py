from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RelationshipsConfig(AppConfig):
    """Who may act for whom, and the family's own pages."""

    name = "relationships"

    def ready(self) -> None:
        from accounts import guards
        from accounts.events import Erasing, ErasureDue, on
        from accounts.registries import (
            KeptFrom,
            NavItem,
            Portrait,
            kept_from,
            navigation,
            portal_dashboard,
            portal_to_do,
            portraits,
        )
        from clients.merging import merging
        from clients.sections import client_profile, household_page
        from relationships import desk, erasing, exports, joining, sections, sentences, waiting
        from relationships.guarding import kept_from_staff, refuse_no_contact
        from relationships.portraits import for_family

        merging.register(joining.merge_rule)
        client_profile.register(desk.section(_("Relationships")))
        client_profile.register(sections.moves)
        client_profile.register(sections.coming_of_age)
        client_profile.register(sections.stops)
        client_profile.register(sections.pick_up)
        household_page.register(desk.household_section(_("Relationships")))
        portal_dashboard.register(sections.notes)
        portal_to_do.register(waiting.answers)
        portal_to_do.register(waiting.coming_of_age)
        guards.register(refuse_no_contact)
        kept_from.register(KeptFrom(key="no_contact", order=10, members=kept_from_staff))
        portraits.register(Portrait(key="portal", order=20, url=for_family))
        erasing.register()
        on(ErasureDue, erasing.part)
        on(Erasing, erasing.let_go)
        navigation.register(
            NavItem(
                key="portal.home",
                order=10,
                audience="portal",
                label=_("Home"),
                url_name="portal:home",
                icon="home",
            )
        )
        navigation.register(
            NavItem(
                key="portal.people",
                order=30,
                audience="portal",
                label=_("People"),
                url_name="portal:people",
                icon="users",
            )
        )
        exports.register()
        sentences.register()
