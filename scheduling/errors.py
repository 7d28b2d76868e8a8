"""What scheduling refuses, each with a sentence fit for the person it is told to."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.errors import Refused


class NothingToSell(Refused):
    """No such class, or nothing of it is sold."""

    message = gettext_lazy("This is not offered any more. Look in the schedule for another class.")


class BookingClosed(Refused):
    """The class is not bookable now: not yet, no longer, or not at all."""


class NotEligible(Refused):
    """The person is too young, too old, or of unknown age."""


class AlreadyRegistered(Refused):
    """The person has a place already."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(_("%(name)s already has a place in %(title)s.") % {"name": name, "title": title})


class StillExpected(Refused):
    """Somebody who has a place was to take no part any more."""

    def __init__(self, name: str, title: str, day: str) -> None:
        super().__init__(
            _("%(name)s still has a place in %(title)s on %(day)s, and takes part until then.")
            % {"name": name, "title": title, "day": day}
        )


class SessionIsFull(Refused):
    """Fewer seats are left than were wanted. ``left`` of the fullest session, ``wanted`` together.

    ``message`` names the title; nothing was taken.
    """

    def __init__(self, title: str, *, left: int, wanted: int) -> None:
        self.left, self.wanted = left, wanted
        if left <= 0:
            text = _("%(title)s is full. Nothing was booked.")
        else:
            text = ngettext(
                "%(title)s has %(left)s place left, and you want %(wanted)s. Nothing was booked.",
                "%(title)s has %(left)s places left, and you want %(wanted)s. Nothing was booked.",
                left,
            )
        super().__init__(text % {"title": title, "left": max(left, 0), "wanted": wanted})


class NotBooked(Refused):
    """Somebody without a standing place was to be checked in."""

    message = gettext_lazy("This place is not booked, so nobody can be checked in on it.")
