"""The rights of a link, in words: one place for pages, mails and the desk (C02, B04)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relationships.enums import AccountPermission, Rule

RIGHTS: dict[str, str | Promise] = {
    "view": _("See schedule and bookings"),
    "book": _("Book and cancel"),
    "forms": _("Fill in forms"),
    "sign": _("Sign waivers"),
    "notify": _("Get messages"),
    "use_passes": _("Use passes"),
    "edit_profile": _("Change the profile"),
    "pick_up": _("Pick up"),
    "dependent_may_pay": _("May pay with my card"),
    "dependent_may_use_passes": _("May use my passes"),
    "staff_may_charge": _("The desk may charge my card"),
    "may_book_self": _("May book alone"),
    "may_edit_self": _("May change the own profile"),
}
"""By flag, short enough for the head of a column."""

MEANINGS: dict[str, str | Promise] = {
    "view": _("Sees the schedule, the bookings and what is still to sign. Every other right includes it."),
    "book": _("Books and cancels classes. Who books from another account pays for it."),
    "forms": _("Fills in forms that ask about the person."),
    "sign": _("Signs waivers for a minor. Only for a legal guardian."),
    "notify": _("Gets copies of confirmations, changes and reminders."),
    "use_passes": _("Books with the visits of the person’s passes."),
    "edit_profile": _("Changes name, contact details and photo."),
    "pick_up": _("Stands on the pick-up list at the door."),
    "dependent_may_pay": _("Buys in my name, with my card, up to the limit I set for each month."),
    "dependent_may_use_passes": _("Books with the visits of my passes."),
    "staff_may_charge": _("The desk may use my saved card for what it sells this person."),
    "may_book_self": _("Books and cancels with the own login, without asking."),
    "may_edit_self": _("Changes the own name, contact details and photo."),
}
"""By flag, what it lets somebody do, as a sentence."""

RULES: dict[Rule, str | Promise] = {
    Rule.NO_CONTACT: _("A no-contact mark stands between the two. It is asked first, and nothing passes it."),
    Rule.SELF: _(
        "It is about themselves. An adult decides alone; a minor sees, gets messages and fills in forms."
    ),
    Rule.OWNER: _("An owner acts for the minors of the account, and for its adults who have no login."),
    Rule.LINK: _("A link between the two gives this right."),
    Rule.MINOR: _("A minor does this alone only where an owner of the account allows it."),
    Rule.ADULT: _(
        "An owner does not decide this for an adult: adults sign alone, and with a login decide everything alone."
    ),
    Rule.NOT_GIVEN: _("A link joins the two, but does not give this right."),
    Rule.STRANGER: _(
        "Nothing gives this: neither ownership of the account nor a link that counts here today."
    ),
    Rule.NOBODY: _("The person is not known any more."),
    Rule.NO_MEMBER: _("The person is not known any more."),
    Rule.NOT_OWNER: _("Only owners run an account. A link gives nothing of it."),
    Rule.NO_AGE: _("An owner buys from your minimum age on, and the birth date is missing."),
    Rule.TOO_YOUNG: _("An owner buys from your minimum age on, and is younger."),
}
"""By rule, why somebody may or may not, to staff (RULES 2.1-2.7)."""

ACCOUNT_RULES: dict[Rule, str | Promise] = {**RULES, Rule.OWNER: _("Owners run the account.")}
"""The same for what is done with an account."""

ACCOUNT_RIGHTS: dict[AccountPermission, str | Promise] = {
    AccountPermission.BUY: _("Buy"),
    AccountPermission.PAY: _("See and pay bills"),
    AccountPermission.CARDS: _("Keep the cards"),
    AccountPermission.OWNERS: _("Make and leave owners"),
    AccountPermission.PEOPLE: _("Add people, decide for them"),
    AccountPermission.PRIVACY: _("Copies and erasure"),
}
"""What an owner does with an account, in a few words."""
