"""What accounts refuses, each with a sentence fit for the person it is told to."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Refused(Exception):
    """Something a person asked for was not done. ``message`` says why, and what would help.

    Every app's errors for users derive from this, so that a view can show any of them.
    """

    message: Text = _("This could not be done.")

    def __init__(self, message: Text | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.message))

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(Refused):
    """The person may not do this; the message is the same as for a stranger."""

    message = _("You can’t do this here.")


class SubmissionChanged(Refused):
    """The same form was sent twice with different contents."""

    message = _(
        "This page was already sent with other answers. We kept the first; open the page again to change it."
    )


class UnderAge(Refused):
    """Sign-up below the age of majority (RULES 1.6, D01)."""


class EmailUnusable(Refused):
    """An address that cannot receive mail as written."""

    message = _("This e-mail address is not complete. It looks like name@example.com.")

    def __init__(self, message: Text | None = None, *, suggestion: str = "") -> None:
        """``suggestion`` is the address that was probably meant, if one can be told."""
        self.suggestion = suggestion
        super().__init__(message)


class PhoneUnusable(Refused):
    """A phone number that cannot be called as written."""

    message = _("This phone number is not complete. Begin with + and the country for a number abroad.")


class BirthDateUnusable(Refused):
    """A birth date in the future, or of somebody who would be older than anybody."""


class EmailTaken(Refused):
    """A login with this address exists; said only where the person has proved it is theirs."""


class HasLogin(Refused):
    """Somebody who has a login is not invited to another."""

    message = _("This person has a login already. They can log in, or ask for a new password.")


class InvitationUnusable(Refused):
    """An invitation that is used, replaced, expired or out of tries."""

    message = _("This link was used already, or is too old. Ask for a new one.")


class WrongSecret(Refused):
    """The birth date or desk code of a claim did not match."""


class PersonErased(Refused):
    """Somebody whose data were erased: nothing is written about them any more (RULES 4.4)."""

    message = _("This person’s data were erased. Nothing can be changed any more.")


class ErasureRefused(Refused):
    """Something stands in the way of an erasure (RULES 4.4). ``reasons`` are told one by one."""

    message = _("Something has to be settled first.")

    def __init__(self, reasons: Sequence[Text]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(str(reason) for reason in self.reasons) or None)


class NotNow(Exception):
    """Another system does not answer: what is under way goes on later. ``kind`` names it, and tells nothing else."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class LastOwner(Refused):
    """The last owner of an account cannot step down."""

    message = _("An account needs at least one owner. Make somebody else an owner first.")


class ChangedMeanwhile(Refused):
    """Somebody else saved the same thing while the page was open."""

    message = _("Somebody else changed this while your page was open. See how it is now, then save again.")


class LastAdministrator(Refused):
    """Nobody would be left who can manage staff and settings."""

    message = _(
        "Then nobody could manage staff and settings any more. Give somebody else the Administrator role first."
    )


class AboveYou(Refused):
    """Somebody would give, or take, what they may not do themselves."""

    message = _("This includes what you may not do yourself. Ask an administrator.")


class SelfDealing(Refused):
    """A staff operation that its author would gain by (RULES 2.6)."""

    message = _("This is about your own family, so a colleague has to do it.")


class WorksHereAlready(Refused):
    """The address or the login is that of somebody on the staff."""

    message = _("Somebody with this address works here already.")


class WrongLogin(Refused):
    """An invitation is accepted by the login of the address it was mailed to."""

    message = _("This invitation is for another address. Log in with the login of that address.")
