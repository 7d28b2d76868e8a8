"""What relationships refuses."""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused


class KeptApart(Refused):
    """A no-contact mark stands in the way; told as to a stranger (RULES 2.1)."""

    message = _("This can’t be done online. Ask the organisation’s desk.")


class MajorityWaits(Refused):
    """A family's birth date that makes a minor an adult, or the reverse, waits for staff (RULES 2.8)."""


class NotYoursToGive(Refused):
    """A flag is switched on only by the side that gives it (RULES 2.4)."""

    message = _("Only the side that gives this right can switch it on. You can ask for it.")


class NothingGiven(Refused):
    """A link without a single right would be none."""

    message = _("Choose at least one right.")


class LinkDatesUnusable(Refused):
    """A link that would end before it begins."""

    message = _("The last day comes before the first. Check the dates.")


class GuardianOnly(Refused):
    """Only a legal guardian signs for a minor, and only for a minor (RULES 2.4)."""

    message = _("Only a legal guardian may sign for a minor, and nobody for another adult.")


class GuardianNeedsDesk(Refused):
    """Removing a legal guardian needs staff (RULES 2.11)."""

    message = _("A legal guardian is removed by the organisation’s desk only. They will ask for a document.")


class RequestGone(Refused):
    """A request that was answered, taken back or ran out."""

    message = _("This request was answered or taken back already.")


class TooManyRequests(Refused):
    """Nobody asks so many families in one day."""

    message = _("You have asked several families today. Wait until tomorrow, or ask the organisation’s desk.")


class SecondPersonNeeded(Refused):
    """Staff confirm what another of them has asked for, never their own (RULES 2.5, 2.6)."""

    message = _("A second staff member has to confirm this: whoever asked for it cannot.")


class LinkOver(Refused):
    """The link has ended meanwhile."""

    message = _("This link has ended already.")


class CannotMove(Refused):
    """Somebody who cannot move to another account in this way (RULES 4.3)."""


class MoveWaits(Refused):
    """There is a request about this person that is not answered yet."""

    message = _("A request to move this person waits already. Take it back first to ask anew.")


class NotOfAge(Refused):
    """Only an adult runs an account (D06)."""

    message = _("Only an adult can be an owner of an account.")


class BeingErased(Refused):
    """What is about to be gone is not copied any more."""

    message = _("This account is being erased. There is nothing left to copy.")


class CopyGone(Refused):
    """A copy of one's data whose time is over, or that could not be made."""

    message = _("This copy is no longer here: it is kept for a week. Make a new one whenever you like.")


class TooManyPickUpPeople(Refused):
    """A list that nobody at a door could read."""

    message = _("There are twenty people on the list already. Take somebody off it first.")


class PickUpPersonGone(Refused):
    """Somebody took the entry off the list meanwhile."""

    message = _("This entry was taken off the list meanwhile.")


class PickUpDatesUnusable(Refused):
    """The last day comes before the first."""

    message = _("The last day comes before the first. Check the dates.")


class ReasonMissing(Refused):
    """A mark that nobody could justify later."""

    message = _("Say why. Who reads it later has to understand it.")


class MarkStands(Refused):
    """The same mark is there already."""

    message = _("This is recorded already. Lift it first to record it anew.")


class MarkLifted(Refused):
    """The mark was lifted meanwhile."""

    message = _("This mark was lifted meanwhile.")


class MarkWithOneself(Refused):
    """Nobody is kept apart from themselves."""

    message = _("This is the same person. Search for somebody else.")


class CannotTakeOver(Refused):
    """Somebody for whom there is nothing to take over, or not yet (RULES 2.9)."""

    message = _("There is nothing to take over here: this is for who came of age in a family’s account.")


class ChosenAlready(Refused):
    """They decided otherwise, perhaps in another tab."""

    message = _("You have decided already, perhaps in another tab. This is where you stand now.")
