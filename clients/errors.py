"""What clients refuses."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused


class PossibleDuplicate(Refused):
    """Somebody like this is here already: for a person to look at, and to go on if they are sure.

    ``client_ids`` have the same name and birth date, ``household_ids`` the same e-mail address.
    """

    message = _(
        "Somebody like this is here already. Have a look, then add them anyway if they are not the same."
    )

    def __init__(self, *, client_ids: Iterable[int] = (), household_ids: Iterable[int] = ()) -> None:
        self.client_ids, self.household_ids = list(client_ids), list(household_ids)
        super().__init__()


class RunByFamily(Refused):
    """The family runs its account itself (RULES 1.3): staff write their own side only."""

    message = _(
        "This family runs its account itself. They can add people in their portal, under People; "
        "you can change what your organisation keeps of each person."
    )


class NotAnOwner(Refused):
    """Bills go to one of the account's owners (RULES 1.7)."""

    message = _("Bills go to one of the account’s owners. Choose one of them.")


class MemoEmpty(Refused):
    """A memo without a word in it."""

    message = _("Write the memo first.")


class MemoTooLong(Refused):
    """A memo that does not fit."""

    message = _("A memo has 500 characters at most. Split it, or shorten it.")


class CannotMerge(Refused):
    """Two records that are no two records of one person here: one was joined or erased meanwhile."""

    message = _("These two records can’t be joined any more. Open them again to see how they stand.")


class CannotChange(Refused):
    """A record that was joined into another while somebody changed it."""

    message = _("This record was joined into another one meanwhile. Open it again, and change it there.")
