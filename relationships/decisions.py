"""Answers of ``relationships.authority``: yes or no, why, and the row that says so."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.errors import NotAllowed, Text
from relationships.enums import SourceKind

STRANGER: Text = _("You may not do this for this person.")


@dataclass(frozen=True)
class Source:
    """The row that a Decision comes from: a no-contact mark, an ownership, or a link."""

    kind: SourceKind
    pk: int


@dataclass(frozen=True)
class Decision:
    """An answer. ``reason`` may be shown to the person asking, the rest to staff and logs only.

    Without a source it is nobody's doing: one is oneself, or nothing gives it.
    """

    allowed: bool
    reason: Text
    internal_reason: str
    source: Source | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def or_refuse(self) -> None:
        """Raise NotAllowed with the public reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason)
