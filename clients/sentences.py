"""What the actions of clients are called in the activity pages."""

from django.utils.translation import gettext_lazy as _

from accounts.activity import Topic, say


def register() -> None:
    """Called once, when the apps are ready."""
    say(
        Topic.PEOPLE,
        {
            "clients.household_begun": _("The account came to the organisation"),
            "clients.admitted": _("A person came to the organisation"),
            "clients.activated": _("A person takes part from now on"),
            "clients.takes_part": _("Who only paid so far takes part as well"),
            "clients.followed": _("The organisation’s copy followed the family’s change"),
            "clients.changed": _("The organisation changed its copy of the details"),
            "clients.photo_set": _("The organisation took a photo"),
            "clients.photo_hidden": _("The organisation took its photo away"),
            "clients.photo_followed": _("The organisation shows the family’s photo again"),
            "clients.takes_no_part": _("Who took part only manages and pays from now on"),
            "clients.shares_changed": _("What the family shares with the organisation was changed"),
            "clients.household_taken": _("An account that staff had made came to the family"),
            "clients.household_changed": _("The person’s account at the organisation changed"),
        },
    )
    say(
        Topic.PEOPLE,
        {
            "clients.merged": _("Two records of one person were joined"),
            "clients.stands_for": _("A record stands for another person of the family now"),
            "clients.household_hidden": _("An account without activity was hidden from the list"),
            "clients.household_shown": _("A hidden account is on the list again"),
            "clients.billing_contact_chosen": _("Another owner of the account gets the bills"),
            "clients.family_change_seen": _("Staff saw what the family had changed"),
        },
        is_for_family=False,
    )
    say(
        Topic.NOTES,
        {
            "clients.memo_written": _("A memo was written"),
            "clients.memo_starred": _("A memo was starred, to show on rosters"),
            "clients.memo_unstarred": _("A memo shows on rosters no longer"),
        },
        is_for_family=False,
    )
