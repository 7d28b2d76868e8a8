"""What the actions of waivers are called in the activity pages."""

from django.utils.translation import gettext_lazy as _

from accounts.activity import Topic, say


def register() -> None:
    """Called once, when the apps are ready."""
    say(Topic.SIGNATURES, {"waivers.signed": _("A document was signed")})
    say(
        Topic.SIGNATURES,
        {
            "waivers.document_added": _("A document was begun"),
            "waivers.published": _("A text was published"),
            "waivers.retention_set": _("How long signatures are kept was changed"),
            "waivers.required": _("A document is asked for from now on"),
        },
        is_for_family=False,
    )
