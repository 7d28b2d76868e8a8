"""Pictures that people send: looked at closely, and made anew small, without anything but the picture.

What is kept is never what was sent: it is decoded and written again as WebP, so that no camera's notes, place,
name or hidden second content survives. What a file is called decides nothing.
"""

import threading
from io import BytesIO
from typing import Any

import pi_heif
from django import forms
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from accounts.errors import Refused

type Sent = File[bytes]
type Made = ContentFile[bytes]

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000  # a phone's largest
LEAST_SIDE = 32
SIDE = 512
PAGE_SIDE = 2000  # a page of A4 stays legible
QUALITY = 82

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif"

HEAD_ABOVE_MIDDLE = (0.5, 0.4)
"""Where the square is cut from a portrait: people stand with their heads in the upper half."""

pi_heif.register_heif_opener()

_one_at_a_time = threading.Lock()  # decoding the largest takes some 200 MB


class PictureUnusable(Refused):
    """What was sent is no picture, or none that can be shown."""

    message = _("This is not a picture we can read. Send a JPEG, PNG, WebP or HEIC picture.")


def photo_from(sent: Sent) -> Made:
    """A person's picture: the middle square, at most 512 pixels wide, on white. Raises PictureUnusable."""
    picture = _read(sent)
    side = min(SIDE, *picture.size)
    square = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS, centering=HEAD_ABOVE_MIDDLE)
    return _written(_on_white(square))


def page_from(sent: Sent) -> Made:
    """A photographed paper: whole, within 2000 pixels, on white. Raises PictureUnusable."""
    picture = _read(sent, PAGE_SIDE)
    picture.thumbnail((PAGE_SIDE, PAGE_SIDE), Image.Resampling.LANCZOS)
    return _written(_on_white(picture))


def logo_from(sent: Sent) -> Made:
    """An organisation's sign: whole, within 512 pixels, see-through where it was. Raises PictureUnusable."""
    picture = _read(sent)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return _written(picture)


class PhotoField(forms.FileField):
    """A file that must be a picture of a person. Its cleaned value is the safe picture to keep."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": ACCEPT}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The picture, made anew; None where nothing was sent and nothing is required."""
        sent = super().clean(data, initial)
        if not sent or sent is initial:
            return sent
        try:
            return self.made_from(sent)
        except PictureUnusable as error:
            raise forms.ValidationError(str(error)) from error

    def made_from(self, sent: Sent) -> Made:
        """The kind of picture this field wants."""
        return photo_from(sent)


class LogoField(PhotoField):
    """A file that must be the sign of an organisation."""

    def made_from(self, sent: Sent) -> Made:
        return logo_from(sent)


def _read(sent: Sent, side: int = SIDE) -> Image.Image:
    """The first frame of what was sent, upright, as RGB or RGBA, not much larger than it will be."""
    if (sent.size or 0) > MOST_BYTES:
        raise PictureUnusable(
            _("This file has more than %(most)s MB. Send a smaller one, such as a screenshot of the picture.")
            % {"most": MOST_BYTES // 1024 // 1024}
        )
    sent.seek(0)
    content = BytesIO(sent.read(MOST_BYTES + 1))
    try:
        with _one_at_a_time, Image.open(content, formats=FORMATS) as opened:
            _check_size(opened)
            opened.draft("RGB", (side * 2, side * 2))  # a JPEG is decoded no larger than needed
            return _plain(opened, side)
    except PictureUnusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except Exception as error:  # whatever a decoder stumbles over: the bytes are a stranger's
        raise PictureUnusable from error


def _check_size(opened: Image.Image) -> None:
    """From the header, before anything is decoded: a small file may claim to be a huge picture."""
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise _too_large()
    if min(width, height) < LEAST_SIDE:
        raise PictureUnusable(
            _("This picture is only %(width)s × %(height)s pixels. Send a larger one.")
            % {"width": width, "height": height}
        )


def _too_large() -> PictureUnusable:
    return PictureUnusable(
        _("This picture has more than %(most)s million pixels. Send a smaller one.")
        % {"most": MOST_PIXELS // 1_000_000}
    )


def _plain(opened: Image.Image, side: int) -> Image.Image:
    """Decoded, turned as the camera was held, of one kind of colour, and shrunk while it is cheap."""
    opened.seek(0)
    opened.load()
    has_holes = opened.has_transparency_data
    factor = min(opened.size) // (side * 2)
    small = opened.reduce(factor) if factor > 1 and opened.mode in ("RGB", "RGBA", "L") else opened
    return ImageOps.exif_transpose(small).convert("RGBA" if has_holes else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _written(picture: Image.Image) -> Made:
    """The pixels alone: a new image takes no notes along."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    out = BytesIO()
    bare.save(out, "WEBP", quality=QUALITY, method=4)
    return ContentFile(out.getvalue(), name="picture.webp")
