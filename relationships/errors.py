"""What relationships refuses."""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused


class KeptApart(Refused):
    """A no-contact mark stands in the way; told as to a stranger (RULES 2.1)."""

    message = _("This can't be done online. Ask the organisation's desk.")


class MajorityWaits(Refused):
    """A family's own change of birth date that crosses majority waits for staff (RULES 2.8)."""
