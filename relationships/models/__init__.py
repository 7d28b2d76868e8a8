"""The models of relationships: who may act for whom, who must be kept apart, who picks whom up."""

from relationships.models.adulthood import AgeNotice, TakeOver
from relationships.models.links import (
    LENT_FLAGS,
    MANAGER_FLAGS,
    SELF_FLAGS,
    LinkCode,
    LinkRequest,
    ManagerLink,
)
from relationships.models.moves import MoveAnswer, MoveRequest
from relationships.models.no_contact import NoContact
from relationships.models.pick_up import NeverRelease, PickUpPerson

__all__ = [
    "LENT_FLAGS",
    "MANAGER_FLAGS",
    "SELF_FLAGS",
    "AgeNotice",
    "LinkCode",
    "LinkRequest",
    "ManagerLink",
    "MoveAnswer",
    "MoveRequest",
    "NeverRelease",
    "NoContact",
    "PickUpPerson",
    "TakeOver",
]
