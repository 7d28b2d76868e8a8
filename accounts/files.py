"""Where uploaded files lie: private, under names that say nothing. Each is shown by a view that asks first."""

import logging
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import models, transaction
from django.utils import timezone

from accounts.codes import new_code

logger = logging.getLogger(__name__)

SWEPT = ("photos", "logos", "documents")
"""Folders in which a file that no row names is nobody's."""

YOUNG = timedelta(days=1)  # longer than any transaction that has written its file and not yet its row
BATCH = 500


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
    """A paper that staff keep, such as a court order: a PDF, or a picture made anew (``accounts.papers``)."""
    kind = "webp" if filename.endswith(".webp") else "pdf"
    return f"documents/{new_code()}{new_code()}.{kind}"


def version_of(file: object) -> str:
    """Part of a file's name, which is another for every file: it makes an address new with its picture."""
    return PurePosixPath(str(file)).stem[:8]


def put(row: models.Model, field: str, new: "ContentFile[bytes] | None") -> None:
    """Make ``new`` the file of a row that the caller saves; the old one is deleted once that is committed.

    The new file is written when the row is saved. If that is undone, ``sweep`` finds the file later.
    """
    old = getattr(row, field)
    if old:
        discard(old.storage, old.name)
    setattr(row, field, new or "")


def discard(storage: Storage, name: str | None) -> None:
    """Delete a file once the running transaction is committed, and not if it is undone."""

    def delete() -> None:
        try:
            if name:
                storage.delete(name)
        except OSError:
            logger.exception("a file could not be deleted; the nightly sweep tries again")

    transaction.on_commit(delete)


def sweep() -> int:
    """Delete the files that no row names: of what was undone, or ended half-way; how many. Safe to repeat."""
    deleted = 0
    for folder in SWEPT:
        if not default_storage.exists(folder):
            continue
        _folders, files = default_storage.listdir(folder)
        names = [f"{folder}/{name}" for name in sorted(files)]
        for start in range(0, len(names), BATCH):
            for name in _nobodys(names[start : start + BATCH]):
                default_storage.delete(name)
                deleted += 1
    return deleted


def _nobodys(names: list[str]) -> set[str]:
    """Those of ``names`` that are older than a day and in no column of any table."""
    before = timezone.now() - YOUNG
    old = {name for name in names if default_storage.get_modified_time(name) < before}
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.FileField) and old:
                kept: models.QuerySet[Any] = models.QuerySet(model).filter(**{f"{field.name}__in": old})
                old -= set(kept.values_list(field.name, flat=True))
    return old
