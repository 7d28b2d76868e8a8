"""What the actions of accounts are called in the activity pages."""

from django.utils.translation import gettext_lazy as _

from accounts.activity import Topic, say


def register() -> None:
    """Called once, when the apps are ready."""
    say(
        Topic.PEOPLE,
        {
            "accounts.account_opened": _("An account was opened"),
            "accounts.signed_up": _("The family signed up"),
            "accounts.member_added": _("A person was added"),
            "accounts.member_changed": _("Details were changed"),
            "accounts.member_moved": _("A person moved to another account"),
            "accounts.photo_set": _("A photo was set"),
            "accounts.photo_removed": _("A photo was removed"),
            "accounts.unconfirmed_forgotten": _("An account that nobody confirmed was deleted"),
        },
    )
    say(
        Topic.LOGINS,
        {
            "accounts.confirmed": _("The e-mail address was confirmed"),
            "accounts.invited": _("A link to take the account over was mailed"),
            "accounts.claimed": _("The family took its account over"),
            "accounts.language_chosen": _("A language was chosen"),
        },
    )
    say(
        Topic.SETTINGS,
        {
            "accounts.organization_created": _("The organisation was set up"),
            "accounts.staff_added": _("Somebody joined the staff"),
        },
        is_for_family=False,
    )
