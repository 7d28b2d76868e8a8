"""What somebody changed of the passkeys, apps and codes that their login is protected by."""

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.transactions import operation

ACTIONS = (
    "accounts.passkey_added",
    "accounts.passkey_removed",
    "accounts.app_added",
    "accounts.app_removed",
    "accounts.recovery_codes_made",
    "accounts.recovery_codes_removed",
)


@operation
def note(*, by: Actor, action: str) -> None:
    """Write down one of ``ACTIONS`` that the login of ``by`` has just done, so that its owner reads of it (B22).

    Says that it was done, from where and when; neither names nor keys. Raises NotAllowed without a login.
    """
    if by.user is None or action not in ACTIONS:
        raise NotAllowed
    members = [by.member] if by.member else []
    audit.record(by=by, action=action, target=by.user, members=members)
