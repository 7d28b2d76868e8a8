"""What each staff permission means, in words for the people who give and hold it (D11)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission

P = Permission


@dataclass(frozen=True)
class Words:
    """A permission's short name, for a column, and its sentence: what somebody who holds it may do."""

    permission: Permission
    label: Promise
    sentence: Promise


@dataclass(frozen=True)
class Group:
    """Permissions that belong together on the page."""

    key: str
    title: Promise
    words: tuple[Words, ...]


GROUPS = (
    Group(
        "families",
        _("Families and clients"),
        (
            Words(
                P.ACCOUNTS_READ,
                _("See accounts"),
                _("See the list of accounts and each account: who runs it, who is in it and what it owes."),
            ),
            Words(
                P.ACCOUNTS_CONTRIBUTE,
                _("Change accounts"),
                _("Make new accounts, add people to them, and invite their owners."),
            ),
            Words(
                P.CLIENTS_READ,
                _("See clients"),
                _("See the list of clients and each profile: birth date, contact and classes."),
            ),
            Words(P.CLIENTS_EDIT, _("Change clients"), _("Change what is kept of a client.")),
            Words(
                P.CLIENTS_MERGE,
                _("Join duplicates"),
                _("Join two profiles of the same person, and take that back."),
            ),
            Words(
                P.LINKS_EDIT,
                _("Link people"),
                _("Say who may see and book for whom, from another family too."),
            ),
            Words(
                P.LINKS_OVERRIDE,
                _("Confirm guardians"),
                _("Confirm with a document who may act for a child, where no parent can."),
            ),
            Words(
                P.SAFETY_READ,
                _("See safety marks"),
                _("See who may pick a child up, and to whom it is never released."),
            ),
            Words(
                P.SAFETY_EDIT,
                _("Set safety marks"),
                _("Record who must be kept apart, and to whom a child is never released."),
            ),
        ),
    ),
    Group(
        "notes",
        _("Memos and waivers"),
        (
            Words(P.MEMOS_READ, _("Read memos"), _("Read what staff have noted of a client.")),
            Words(P.MEMOS_WRITE, _("Write memos"), _("Write memos of a client.")),
            Words(
                P.MEMOS_STAR,
                _("Star memos"),
                _("Star a memo, so that everybody with the roster of a class reads it."),
            ),
            Words(
                P.WAIVERS_EDIT,
                _("Write waivers"),
                _("Write waivers and forms, publish them, and say who must sign."),
            ),
        ),
    ),
    Group(
        "classes",
        _("Classes"),
        (
            Words(P.SCHEDULE_READ, _("See the schedule"), _("See every class and who is in it.")),
            Words(P.SCHEDULE_EDIT, _("Plan classes"), _("Plan classes, change them, and call them off.")),
            Words(P.ROSTER_CHECK_IN, _("Check in"), _("Check people in, and mark who is away.")),
        ),
    ),
    Group(
        "money",
        _("Money"),
        (
            Words(P.SELL, _("Sell"), _("Book and sell for a family, and take its payment.")),
            Words(P.REFUND, _("Give back"), _("Give money back, and write off what a family owes.")),
            Words(
                P.LEDGER_READ, _("See the books"), _("See the books: what came in, what is owed, each tax.")
            ),
            Words(P.REPORTS_READ, _("See reports"), _("Open reports and take them away as a file.")),
        ),
    ),
    Group(
        "running",
        _("The organisation"),
        (
            Words(
                P.AUDIT_READ,
                _("See activity"),
                _("See who did what, for whom and when."),
            ),
            Words(
                P.SETTINGS_EDIT,
                _("Change settings"),
                _("Change the organisation’s name, colours and rules, such as from what age one may buy."),
            ),
            Words(
                P.STAFF_EDIT,
                _("Manage staff"),
                _("Invite staff, give them roles and take them away, and say what each role may do."),
            ),
        ),
    ),
)

WORDS = {words.permission: words for group in GROUPS for words in group.words}


ABOUT_ROLES: dict[str, Promise] = {
    "administrator": _("May do everything, and is the only role that always can."),
    "supervisor": _("Runs the day: everything except settings and staff."),
    "front-desk": _("Answers the phone and the door: families, bookings, check-in."),
    "instructor": _("Teaches: the schedule, the roster and what is noted of the people in it."),
    "bookkeeper": _("Keeps the books: what families owe, refunds, reports."),
    "account-contributor": _("Looks after accounts and clients, and nothing else."),
    "account-reader": _("Reads accounts and clients, and changes nothing."),
}
"""One sentence on each built-in role."""
