"""What waivers refuses."""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused


class RequirementMissing(Refused):
    """Somebody who takes part has not signed what taking part asks for."""

    message = _("Something must be signed first.")


class NameDoesNotMatch(Refused):
    """The name typed under a text is not the signer's."""

    message = _("Type your first and last name as they stand in your profile.")


class SignerNotAdult(Refused):
    """Who signs for somebody else must be of age, which nobody is without a birth date (RULES 2.8)."""

    message = _("Only an adult can sign for somebody else. Add your birth date to your profile first.")


class TextChanged(Refused):
    """The text that was shown is not the one to sign now."""

    message = _("The text has changed since you opened this page. Read the new one, then sign.")


class NothingToSign(Refused):
    """A text without words cannot be published."""

    message = _("Write the text first.")


class RequirementIncomplete(Refused):
    """A frequency without the number of days or the season's end that it needs."""

    message = _("Say for how many days a signature holds, or when the season ends.")


class YearsUnusable(Refused):
    """Signatures kept for longer than anybody has to."""

    message = _("Between 0 and 30 years. At 0 a signature goes with the person.")
