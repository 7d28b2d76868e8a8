"""What somebody changed of the passkeys, apps and codes that their login is protected by."""

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.transactions import operation

CHANGES = (
    "passkey_added",
    "passkey_removed",
    "app_added",
    "app_removed",
    "recovery_codes_made",
    "recovery_codes_removed",
)


@operation
def note(*, by: Actor, what: str) -> None:
    """Write down one of ``CHANGES`` that the login of ``by`` has just done, so that its owner reads of it (B22).

    Says that it was done, from where and when; neither names nor keys. Raises NotAllowed without a login.
    """
    if by.user is None or what not in CHANGES:
        raise NotAllowed
    members = [by.member] if by.member else []
    audit.record(by=by, action=f"accounts.{what}", target=by.user, members=members)
