"""What staff may do: one list for all apps. Roles store its values; a view names one or more."""

from enum import StrEnum


class Permission(StrEnum):
    """A staff permission. Stored in ``Role.permissions``, so a value is never renamed."""

    ACCOUNTS_READ = "accounts_read"
    ACCOUNTS_CONTRIBUTE = "accounts_contribute"
    CLIENTS_READ = "clients_read"
    CLIENTS_EDIT = "clients_edit"
    CLIENTS_MERGE = "clients_merge"
    SCHEDULE_READ = "schedule_read"
    SCHEDULE_EDIT = "schedule_edit"
    ROSTER_CHECK_IN = "roster_check_in"
    SELL = "sell"
    REFUND = "refund"
    LEDGER_READ = "ledger_read"
    MEMOS_READ = "memos_read"
    MEMOS_WRITE = "memos_write"
    MEMOS_STAR = "memos_star"
    LINKS_EDIT = "links_edit"
    LINKS_OVERRIDE = "links_override"
    SAFETY_READ = "safety_read"
    SAFETY_EDIT = "safety_edit"
    WAIVERS_EDIT = "waivers_edit"
    REPORTS_READ = "reports_read"
    AUDIT_READ = "audit_read"
    SETTINGS_EDIT = "settings_edit"
    STAFF_EDIT = "staff_edit"


P = Permission

ADMINISTRATOR = "administrator"
"""The key of the role that holds every permission, those of later versions as well."""

FRONT_DESK = frozenset(
    {
        P.ACCOUNTS_READ,
        P.ACCOUNTS_CONTRIBUTE,
        P.CLIENTS_READ,
        P.CLIENTS_EDIT,
        P.SCHEDULE_READ,
        P.ROSTER_CHECK_IN,
        P.SELL,
        P.MEMOS_READ,
        P.MEMOS_WRITE,
        P.LINKS_EDIT,
        P.SAFETY_READ,
    }
)

BUILT_IN: dict[str, frozenset[Permission]] = {
    ADMINISTRATOR: frozenset(Permission),
    "supervisor": frozenset(Permission) - {P.SETTINGS_EDIT, P.STAFF_EDIT},
    "front-desk": FRONT_DESK,
    "instructor": frozenset(
        {P.SCHEDULE_READ, P.ROSTER_CHECK_IN, P.CLIENTS_READ, P.MEMOS_READ, P.SAFETY_READ}
    ),
    "bookkeeper": frozenset({P.ACCOUNTS_READ, P.CLIENTS_READ, P.LEDGER_READ, P.REPORTS_READ, P.REFUND}),
    "account-contributor": frozenset(
        {P.ACCOUNTS_READ, P.ACCOUNTS_CONTRIBUTE, P.CLIENTS_READ, P.CLIENTS_EDIT}
    ),
    "account-reader": frozenset({P.ACCOUNTS_READ, P.CLIENTS_READ}),
}
