"""Where uploaded files lie: private, under names that say nothing. Each is shown by a view that asks first."""

from typing import Any

from accounts.codes import new_code


def photo_name(instance: Any, filename: str) -> str:
    """A picture of a person. What it was called where it came from is nobody's business."""
    return f"photos/{new_code()}{new_code()}.webp"


def logo_name(instance: Any, filename: str) -> str:
    """The sign of an organisation."""
    return f"logos/{new_code()}{new_code()}.webp"


def export_name(instance: Any, filename: str) -> str:
    """A copy of what is held of somebody, until its link runs out."""
    return f"exports/{new_code()}{new_code()}.zip"


def document_name(instance: Any, filename: str) -> str:
    """A paper that staff keep, such as a court order."""
    return f"documents/{new_code()}{new_code()}.pdf"
