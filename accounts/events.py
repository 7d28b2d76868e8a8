"""Events: how a lower app tells higher ones what happened, in the caller's transaction.

``emit`` runs every handler once, synchronously, in the order of INSTALLED_APPS. A handler that fails
undoes the operation. Handlers are registered in ``AppConfig.ready``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.actors import Actor
from accounts.models import (
    Account,
    EmailChange,
    Invitation,
    Member,
    Organization,
    PrivacyRequest,
    StaffInvitation,
    User,
)
from accounts.privacy.leaving import Leaving

type Handler[E] = Callable[[E], None]

_handlers: dict[type[Any], list[Handler[Any]]] = {}


def on[E](event: type[E], handler: Handler[E]) -> None:
    """Run ``handler`` whenever ``event`` is emitted; registering twice is registering once."""
    handlers = _handlers.setdefault(event, [])
    if handler not in handlers:
        handlers.append(handler)


def emit(event: object) -> None:
    """Run the handlers of ``event``. Must run inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("events are emitted inside the transaction of what happened")
    for handler in handlers_of(type(event)):
        handler(event)


def handlers_of(event: type[Any]) -> list[Handler[Any]]:
    """The handlers of ``event``, lowest app first."""
    order = [config.name for config in apps.get_app_configs()]
    return sorted(_handlers.get(event, []), key=lambda handler: order.index(handler.__module__.split(".")[0]))


def event_map() -> dict[str, list[str]]:
    """Event → handlers, by dotted name; a test prints it."""
    return {
        f"{event.__module__}.{event.__name__}": [
            f"{h.__module__}.{h.__qualname__}" for h in handlers_of(event)
        ]
        for event in sorted(_handlers, key=lambda e: (e.__module__, e.__name__))
    }


@dataclass(frozen=True, kw_only=True)
class Invited:
    """An invitation was made. ``token`` is the only copy of the secret in the link."""

    invitation: Invitation
    token: str
    by: Actor


@dataclass(frozen=True, kw_only=True)
class SignedUp:
    """A family made its own account; its e-mail is not confirmed yet."""

    user: User
    member: Member
    account: Account
    organization: Organization | None
    by: Actor


@dataclass(frozen=True, kw_only=True)
class SignUpRepeated:
    """Somebody signed up with an e-mail that has a login. The page says nothing of it; the mail does."""

    user: User
    organization: Organization | None
    by: Actor


@dataclass(frozen=True, kw_only=True)
class AccountClaimed:
    """Somebody took over an account that staff had made."""

    account: Account
    member: Member
    organization: Organization
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MemberChanged:
    """The family changed a member's personal fields (their names are in ``fields``)."""

    member: Member
    fields: tuple[str, ...]
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MemberMoving:
    """A member is about to leave an account. Apps lock what comes before accounts (RULES 3.9), and no more."""

    member: Member
    from_account: Account
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MemberMoved:
    """A member is in another account from now on; ``was_owner`` of the one they left (RULES 4.3)."""

    member: Member
    from_account: Account
    to_account: Account
    was_owner: bool
    at: datetime
    by: Actor


@dataclass(frozen=True, kw_only=True)
class OwnerMade:
    """A member runs the account from now on, beside those who did."""

    account: Account
    member: Member
    by: Actor


@dataclass(frozen=True, kw_only=True)
class OwnerSteppedDown:
    """A member runs the account no longer; at least one other owner does."""

    account: Account
    member: Member
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LoginInvited:
    """An owner invited somebody to a login of their own. ``token`` is the only copy of the secret in the link.

    ``holder`` is the login that the address has already: only the mail says so.
    """

    invitation: Invitation
    token: str
    holder: User | None
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LoginOpened:
    """Somebody of a family has a login of their own from now on."""

    member: Member
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LoginTakenAway:
    """An owner took a minor's login away. ``email`` and ``language`` were the login's."""

    member: Member
    email: str
    language: str
    by: Actor


@dataclass(frozen=True, kw_only=True)
class AccountJoining:
    """A family is about to take people out of a staff-made account into its own (RULES 1.4).

    ``takes_household``: the organisation's household goes along; ``staying`` are those who stay behind.
    ``member`` is the owner who claims.
    """

    account: Account
    into: Account
    organization: Organization
    takes_household: bool
    staying: tuple[Member, ...]
    member: Member
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MemberRecognised:
    """The family says that ``staff_made``, whom an organisation's staff entered, is ``member``."""

    staff_made: Member
    member: Member
    organization: Organization
    by: Actor


@dataclass(frozen=True, kw_only=True)
class AccountJoined:
    """``member`` has taken people out of the staff-made account ``left`` into their own ``account``."""

    account: Account
    left: Account
    member: Member
    organization: Organization
    at: datetime
    by: Actor


@dataclass(frozen=True, kw_only=True)
class EmailChangeAsked:
    """A login wants another e-mail. The tokens are the only copies; one that is empty is confirmed already.

    ``holder`` is the login that the new address has: only the mail says so.
    """

    change: EmailChange
    old_token: str
    new_token: str
    holder: User | None
    by: Actor


@dataclass(frozen=True, kw_only=True)
class EmailChanged:
    """A login has another e-mail from now on, confirmed at both addresses."""

    user: User
    member: Member | None
    old_email: str
    new_email: str
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ForgettingUnconfirmed:
    """An account that nobody confirmed is about to be deleted: apps delete what signing up made.

    Whatever else still names its people stands in the way, and then the account stays.
    """

    account: Account
    members: tuple[Member, ...]
    by: Actor


@dataclass(frozen=True, kw_only=True)
class StaffInvited:
    """Somebody was invited to work at an organisation. ``token`` is the only copy of the secret in the link."""

    invitation: StaffInvitation
    token: str
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ExportReady:
    """A copy of what is held of somebody lies ready for who asked for it."""

    request: PrivacyRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ErasureAsked:
    """Somebody asked for an erasure that waits: who has a say is told, and may agree (RULES 4.4).

    ``owners`` are the account's other ones; ``guardians`` are pairs of another legal guardian and their child.
    """

    request: PrivacyRequest
    owners: tuple[Member, ...]
    guardians: tuple[tuple[Member, Member], ...]
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ErasureTakenBack:
    """An erasure that waited comes to nothing. ``others`` had been told of it."""

    request: PrivacyRequest
    others: tuple[Member, ...]
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ErasureDue:
    """A whole account is about to be erased: adults who did not agree leave it first, with what is theirs."""

    request: PrivacyRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class ErasureBeginning:
    """Apps lock what comes before accounts in the order of locks (RULES 3.9), and do no more."""

    leaving: Leaving
    by: Actor


@dataclass(frozen=True, kw_only=True)
class Erasing:
    """People are being erased, and are gone for everybody else: apps let go of what still runs for them.

    What they hold in columns is erased afterwards, app by app (``accounts.privacy.erasing``).
    """

    request: PrivacyRequest
    leaving: Leaving
    by: Actor


@dataclass(frozen=True, kw_only=True)
class Erased:
    """Nothing of those who left is held any more, here or elsewhere; the first time only."""

    request: PrivacyRequest
    leaving: Leaving
    by: Actor
