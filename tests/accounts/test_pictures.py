"""Pictures that people send: what is refused, and what is kept of the others (F03, A03)."""

from contextlib import suppress
from io import BytesIO

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts import pictures
from accounts.pictures import LogoField, PhotoField, PictureUnusable, logo_from, photo_from
from tests import pictures as send

UNREADABLE = "This is not a picture we can read. Send a JPEG, PNG, WebP or HEIC picture."


def opened(made: object) -> Image.Image:
    return Image.open(BytesIO(made.read()))  # type: ignore[attr-defined]


def told(content: bytes, name: str = "toby.jpg") -> str:
    with pytest.raises(PictureUnusable) as refusal:
        photo_from(send.sent(content, name))
    return str(refusal.value)


def test_a_photo_becomes_a_small_upright_square_without_the_cameras_notes() -> None:
    made = photo_from(send.sent(send.from_a_phone()))
    content = made.read()
    picture = Image.open(BytesIO(content))

    assert (picture.format, picture.size, picture.mode) == ("WEBP", (512, 512), "RGB")
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
    assert not [text for text in (send.SECRET_PLACE, send.PHOTOGRAPHER) if text.encode() in content]
    left, right = picture.getpixel((60, 256)), picture.getpixel((450, 256))
    assert (left[0] > 200 > left[2], right[2] > 200 > right[0]) == (True, True)  # type: ignore[index]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_usual_kind_is_read_whatever_its_name_says(form: str) -> None:
    made = opened(photo_from(send.sent(send.plain(form=form), "photo.gif.exe")))

    assert (made.format, made.size) == ("WEBP", (400, 400))


def test_a_picture_as_an_iphone_keeps_it_is_read() -> None:
    made = opened(photo_from(send.sent(send.HEIC)))

    assert (made.format, made.size, dict(made.getexif())) == ("WEBP", (48, 48), {})


def test_of_a_picture_that_moves_the_first_frame_is_kept() -> None:
    made = opened(photo_from(send.sent(send.moving())))

    red, green, blue = made.convert("RGB").getpixel((150, 150))  # type: ignore[misc]
    assert (getattr(made, "n_frames", 1), red < 30, green > 90, blue < 30) == (1, True, True, True)


def test_a_photo_that_is_see_through_stands_on_white_and_a_logo_stays_as_it_was() -> None:
    glass = send.plain((300, 200), "#00000000", "PNG", "RGBA")
    photo, logo = opened(photo_from(send.sent(glass))), opened(logo_from(send.sent(glass)))

    assert photo.convert("RGB").getpixel((100, 100)) == (255, 255, 255)
    assert (logo.size, logo.mode, logo.getpixel((100, 100))[3]) == ((300, 200), "RGBA", 0)  # type: ignore[index]


def test_a_logo_is_kept_whole_within_512_pixels() -> None:
    assert opened(logo_from(send.sent(send.plain((2400, 600))))).size == (512, 128)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00 a program",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0 a JPEG's first bytes and nothing else",
        send.plain()[:900],
        send.plain(form="GIF"),
        send.plain(form="BMP"),
        send.plain(form="TIFF"),
    ],
    ids=["empty", "program", "svg", "html", "only a header", "cut off", "gif", "bmp", "tiff"],
)
def test_what_is_no_picture_of_a_kind_we_read_is_refused_though_it_is_named_like_one(content: bytes) -> None:
    assert told(content, "toby.jpg") == UNREADABLE


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded() -> None:
    bomb = send.bomb()

    assert len(bomb) < 20_000
    assert told(bomb) == "This picture has more than 50 million pixels. Send a smaller one."
    assert told(send.bomb(8000)) == "This picture has more than 50 million pixels. Send a smaller one."


def test_a_file_that_is_too_large_or_a_picture_too_small_is_refused() -> None:
    large = send.sent(send.plain() + bytes(pictures.MOST_BYTES))

    with pytest.raises(PictureUnusable) as refusal:
        photo_from(large)
    assert str(refusal.value) == (
        "This file has more than 12 MB. Send a smaller one, such as a screenshot of the picture."
    )
    assert told(send.plain((31, 400))) == "This picture is only 31 × 400 pixels. Send a larger one."


@given(st.binary(max_size=600), st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_damaged_pictures_are_read_or_refused_and_nothing_else(noise: bytes, form: str, at: int) -> None:
    whole = send.plain(form=form)
    cut = at % len(whole)
    damaged = whole[:cut] + noise + whole[cut + len(noise) :]

    with suppress(PictureUnusable):
        made = opened(photo_from(send.sent(damaged)))
        assert (made.format, max(made.size) <= 512) == ("WEBP", True)


def test_the_fields_say_what_is_wrong_and_give_the_picture_made_anew() -> None:
    class Form(forms.Form):
        photo = PhotoField()
        logo = LogoField(required=False)

    good = Form({}, MultiValueDict({"photo": [send.sent(send.plain())]}))
    bad = Form({}, MultiValueDict({"photo": [send.sent(b"a letter")], "logo": [send.sent(send.bomb())]}))

    assert (good.is_valid(), opened(good.cleaned_data["photo"]).size) == (True, (400, 400))
    assert good.cleaned_data["logo"] is None
    assert bad.errors == {
        "photo": [UNREADABLE],
        "logo": ["This picture has more than 50 million pixels. Send a smaller one."],
    }
