"""What the actions of scheduling are called in the activity pages."""

from django.utils.translation import gettext_lazy as _

from accounts.activity import Topic, say


def register() -> None:
    """Called once, when the apps are ready."""
    say(
        Topic.BOOKINGS,
        {
            "scheduling.held": _("A place was held"),
            "scheduling.booked": _("A place was booked"),
            "scheduling.released": _("A held place was given back"),
            "scheduling.cancelled": _("A booking was cancelled"),
            "scheduling.given_up": _("Places of somebody who was erased were given up"),
            "scheduling.marked_attended": _("Checked in"),
            "scheduling.marked_booked": _("A check-in was taken back"),
            "scheduling.marked_no_show": _("Marked as away"),
        },
    )
    say(
        Topic.SETTINGS,
        {"scheduling.programs_imported": _("Programs were imported")},
        is_for_family=False,
    )
