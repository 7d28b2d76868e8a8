from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """What is offered, when, and who comes."""

    name = "scheduling"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.events import Erasing, on
        from accounts.permissions import Permission
        from accounts.registries import NavItem, navigation, portal_dashboard, portal_to_do
        from billing.selling import sellables
        from billing.statements import member_purchases
        from clients.events import LeavingLists
        from clients.merging import merging
        from clients.sections import client_profile
        from clients.staying import staying
        from scheduling import erasing, exports, households, sections, sentences, signing
        from scheduling.operations import expecting, joining
        from scheduling.places import CoursePlaces, SessionPlaces

        on(LeavingLists, expecting.keep_expected)
        for places in (CoursePlaces, SessionPlaces):
            if places.key not in sellables:
                sellables.register(places())
        navigation.register(
            NavItem(
                key="today",
                order=10,
                audience="staff",
                label=_("Today"),
                url_name="staff:today",
                icon="calendar-days",
                permission=Permission.SCHEDULE_READ,
            )
        )
        on(Erasing, erasing.let_go)
        erasing.register()
        portal_dashboard.register(sections.week)
        portal_to_do.register(signing.unsigned)
        client_profile.register(sections.upcoming)
        staying.register(households.coming)
        merging.register(joining.merge_rule)
        member_purchases.register(households.registrations)
        navigation.register(
            NavItem(
                key="portal.schedule",
                order=20,
                audience="portal",
                label=_("Schedule"),
                url_name="portal:schedule",
                icon="calendar-days",
            )
        )
        exports.register()
        sentences.register()
