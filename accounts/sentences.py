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
            "accounts.erasure_asked": _("Somebody asked for an erasure"),
            "accounts.erasure_agreed": _("Somebody agreed to an erasure"),
            "accounts.erasure_taken_back": _("An erasure was taken back"),
            "accounts.erasure_begun": _("An erasure began"),
            "accounts.erasure_done": _("An erasure was done"),
            "accounts.erasure_done_again": _("An erasure was looked through once more"),
        },
    )
    say(
        Topic.LOGINS,
        {
            "accounts.confirmed": _("The e-mail address was confirmed"),
            "accounts.invited": _("A link to take the account over was mailed"),
            "accounts.invitation_taken_back": _("An invitation to take the account over was taken back"),
            "accounts.claimed": _("The family took its account over"),
            "accounts.claim_proved": _("Somebody confirmed that an account is theirs"),
            "accounts.joined": _("People whom staff had entered came into the family’s account"),
            "accounts.login_invited": _("Somebody was invited to a login of their own"),
            "accounts.login_invitation_taken_back": _("An invitation to a login was taken back"),
            "accounts.login_opened": _("Somebody opened a login of their own"),
            "accounts.login_taken_away": _("A login was taken away"),
            "accounts.email_change_asked": _("Another log-in e-mail was asked for"),
            "accounts.email_change_by_factor": _("A passkey or app confirmed instead of the old mailbox"),
            "accounts.email_change_ended": _("A change of the log-in e-mail was stopped"),
            "accounts.email_changed": _("The log-in e-mail was changed"),
            "accounts.sessions_ended": _("Somebody logged out elsewhere"),
            "accounts.passkey_added": _("A passkey was added to a log-in"),
            "accounts.passkey_removed": _("A passkey was removed from a log-in"),
            "accounts.app_added": _("An authenticator app was set up for a log-in"),
            "accounts.app_removed": _("An authenticator app was removed from a log-in"),
            "accounts.recovery_codes_made": _("New recovery codes were made for a log-in"),
            "accounts.recovery_codes_removed": _("The recovery codes of a log-in were removed"),
            "accounts.language_chosen": _("A language was chosen"),
        },
    )
    say(
        Topic.SETTINGS,
        {
            "accounts.organization_created": _("The organisation was set up"),
            "accounts.staff_added": _("Somebody was added to the staff"),
            "accounts.staff_changed": _("Roles of somebody of the staff were changed"),
            "accounts.staff_deactivated": _("Somebody works here no longer"),
            "accounts.staff_reactivated": _("Somebody works here again"),
            "accounts.staff_invited": _("Somebody was invited to work here"),
            "accounts.staff_invitation_revoked": _("An invitation to work here was taken back"),
            "accounts.staff_joined": _("Somebody took up an invitation to work here"),
            "accounts.role_created": _("A role was made"),
            "accounts.role_changed": _("A role was changed"),
            "accounts.role_deleted": _("A role was deleted"),
            "accounts.settings_changed": _("Settings were changed"),
        },
        is_for_family=False,
    )
