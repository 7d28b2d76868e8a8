"""Papers that staff keep, such as a court order: a PDF, or a picture of one made anew (``accounts.pictures``).

A PDF is kept as it was sent, so it is only ever saved, never opened inside a page of ours (``accounts.answers``).
"""

from io import SEEK_END
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused
from accounts.pictures import ACCEPT, MOST_BYTES, Made, PictureUnusable, Sent, page_from

TAIL = 2048
"""Where a whole PDF says that it ends."""


class PaperUnusable(Refused):
    """What was sent is neither a PDF nor a picture."""

    message = _("This is neither a PDF nor a picture we can read. Send a PDF, JPEG, PNG, WebP or HEIC file.")


def paper_from(sent: Sent) -> Made:
    """The paper to keep, by what it is and not by what it is called. Raises PaperUnusable, PictureUnusable."""
    if (sent.size or 0) > MOST_BYTES:
        raise PaperUnusable(
            _("This file has more than %(most)s MB. Send a smaller one.")
            % {"most": MOST_BYTES // 1024 // 1024}
        )
    sent.seek(0)
    if sent.read(5) == b"%PDF-":
        return _pdf(sent)
    try:
        return page_from(sent)
    except PictureUnusable as error:
        raise PaperUnusable(None if error.message is PictureUnusable.message else error.message) from error


def _pdf(sent: Sent) -> Made:
    sent.seek(0, SEEK_END)
    sent.seek(max(0, sent.tell() - TAIL))
    if b"%%EOF" not in sent.read():
        raise PaperUnusable(_("This PDF is cut off. Save it again, or send a picture of the paper."))
    sent.seek(0)
    return ContentFile(sent.read(), name="paper.pdf")


class PaperField(forms.FileField):
    """A file that must be a paper. Its cleaned value is what to keep."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": f"application/pdf,{ACCEPT}"}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The paper; None where nothing was sent and nothing is required."""
        sent = super().clean(data, initial)
        if not sent or sent is initial:
            return sent
        try:
            return paper_from(sent)
        except PaperUnusable as error:
            raise forms.ValidationError(str(error)) from error
