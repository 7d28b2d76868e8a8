"""The closed lists of relationships."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkKind(models.TextChoices):
    """The seven kinds of relationship (C02): labels, which give no rights."""

    PARENT = "parent", _("Parent")
    CHILD = "child", _("Child")
    PARTNER = "partner", _("Partner")
    GUARDIAN = "guardian", _("Guardian")
    SIBLING = "sibling", _("Sibling")
    GRANDPARENT = "grandparent", _("Grandparent")
    OTHER = "other", _("Other")


class FamilyPermission(StrEnum):
    """What one person may do for another (RULES 2.4). Each is a flag column of ManagerLink by the same name."""

    VIEW = "view"
    BOOK = "book"
    FORMS = "forms"
    SIGN = "sign"
    NOTIFY = "notify"
    USE_PASSES = "use_passes"
    EDIT_PROFILE = "edit_profile"
    PICK_UP = "pick_up"


class Rule(StrEnum):
    """By which rule a family right was answered, in the order of RULES 2: what ``Decision.internal_reason`` says."""

    NO_CONTACT = "no-contact"
    SELF = "self"
    OWNER = "owner"
    LINK = "link"
    MINOR = "self, a minor without this right"
    ADULT = "owner, over an adult"
    NOT_GIVEN = "link without the flag"
    STRANGER = "no relation"
    NOBODY = "no such person"
    NO_MEMBER = "the actor is nobody's member"
    NOT_OWNER = "not an owner"
    NO_AGE = "owner without a birth date"
    TOO_YOUNG = "owner under the minimum purchase age"


class SourceKind(StrEnum):
    """What kind of row a Decision comes from."""

    MARK = "mark"
    OWNERSHIP = "ownership"
    LINK = "link"


class RequestState(models.TextChoices):
    """How a request to be linked was answered."""

    ASKED = "asked", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")


class MoveState(models.TextChoices):
    """Where a request to move somebody to another account stands (RULES 4.3)."""

    ASKED = "asked", _("Waiting")
    DONE = "done", _("Moved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")
    LAPSED = "lapsed", _("Run out")


class MoveAnswerKind(models.TextChoices):
    """What an owner says to a move."""

    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")


class TakeOverChoice(models.TextChoices):
    """What somebody who came of age decides (RULES 2.9)."""

    OWN_ACCOUNT = "own", _("An account of my own")
    STAY = "stay", _("I stay in my family’s account, without buying")


class AgeStage(models.TextChoices):
    """How near the birthday of adulthood is, as people are told of it (RULES 2.9)."""

    SIXTY = "60", _("Sixty days ahead")
    FOURTEEN = "14", _("Two weeks ahead")
    DAY = "day", _("On the day")


class AccountPermission(StrEnum):
    """What an owner may do with the account."""

    BUY = "buy"  # at one organisation, from its minimum age on
    PAY = "pay"
    CARDS = "cards"
    OWNERS = "owners"
    PEOPLE = "people"
    PRIVACY = "privacy"
