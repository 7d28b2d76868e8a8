"""What accounts itself offers to the staff's shell and the settings."""

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from accounts.registries import NavItem, SettingsPage

SETTINGS = NavItem(
    key="settings",
    order=90,
    audience="staff",
    label=_("Settings"),
    url_name="staff:settings",
    icon="cog-6-tooth",
    any_of=(Permission.SETTINGS_EDIT, Permission.STAFF_EDIT),
)

SETTINGS_PAGES = (
    SettingsPage(
        key="organization",
        order=10,
        title=_("Organisation"),
        about=_("Name, logo, colour, time zone, currency, and the ages and times that hold here."),
        url_name="staff:settings_organization",
        icon="building-storefront",
        permission=Permission.SETTINGS_EDIT,
    ),
    SettingsPage(
        key="staff",
        order=20,
        title=_("Staff"),
        about=_("Who works here, who is invited, and who does no longer."),
        url_name="staff:staff_list",
        icon="user-group",
        permission=Permission.STAFF_EDIT,
    ),
    SettingsPage(
        key="roles",
        order=30,
        title=_("Roles"),
        about=_("What each role may do, in plain words."),
        url_name="staff:roles",
        icon="key",
        permission=Permission.STAFF_EDIT,
    ),
)
