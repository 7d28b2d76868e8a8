"""What happens between people: who asks, who gives a right, who takes it back."""

from dataclasses import dataclass

from accounts.actors import Actor
from accounts.models import Member
from relationships.coming_of_age import Coming
from relationships.enums import AgeStage
from relationships.models import LinkRequest, ManagerLink, MoveRequest, PickUpPerson, TakeOver


@dataclass(frozen=True, kw_only=True)
class LinkAsked:
    """Somebody asks to be linked with somebody of another family, or offers it."""

    request: LinkRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LinkAnswered:
    """A request was accepted (``request.link`` is what came of it) or declined."""

    request: LinkRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LinkMade:
    """A link stands that was not there, or gives more than before (``gained`` are its new flags).

    ``asker`` asked for it, and reads the answer.
    """

    link: ManagerLink
    gained: tuple[str, ...]
    by: Actor
    asker: Member | None = None


@dataclass(frozen=True, kw_only=True)
class LinkWaits:
    """Flags of a link are asked for and wait for the dependent's side (RULES 2.5)."""

    link: ManagerLink
    flags: tuple[str, ...]
    by: Actor


@dataclass(frozen=True, kw_only=True)
class LinkEnded:
    """A link gives nothing from now on (C11)."""

    link: ManagerLink
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MoveAsked:
    """Owners are asked whether somebody moves to another account (RULES 4.3)."""

    request: MoveRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class MoveClosed:
    """A move does not come about: an owner declined, the asker took it back, or its time ran out."""

    request: MoveRequest
    by: Actor


@dataclass(frozen=True, kw_only=True)
class PickUpPersonAdded:
    """A guardian named somebody who may pick a child up (RULES 2.11)."""

    person: PickUpPerson
    by: Actor


@dataclass(frozen=True, kw_only=True)
class PickUpPersonChanged:
    """Who it is that may pick up, or when, was changed."""

    person: PickUpPerson
    by: Actor


@dataclass(frozen=True, kw_only=True)
class PickUpPersonEnded:
    """Somebody may not pick a child up any more."""

    person: PickUpPerson
    by: Actor


@dataclass(frozen=True, kw_only=True)
class CameOfAge:
    """Somebody comes of age, in some weeks or today: they and the owners are to be told (RULES 2.9)."""

    coming: Coming
    stage: AgeStage
    by: Actor


@dataclass(frozen=True, kw_only=True)
class TakenOver:
    """An adult took their own affairs over."""

    take_over: TakeOver
    by: Actor


@dataclass(frozen=True, kw_only=True)
class TakeOverInvited:
    """Staff remind somebody with a login of taking over."""

    member: Member
    by: Actor
