"""Pictures as people send them, good and bad, made in memory."""

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

GPS_INFO, ORIENTATION, ARTIST = 0x8825, 0x0112, 0x013B
SECRET_PLACE, PHOTOGRAPHER = "43 deg 39 min, Larkspur Road", "Paul Dunne's phone"

# 64 × 48, red and blue, as an iPhone keeps it: nothing in the requirements writes HEIC.
HEIC = base64.b85decode(
    b"0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005LZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-+&a"
    b"V*mgE07O6l0ssL300001;s5~v00000001Qb0ssI200IX90RR9100000YybcNIB98aW&i*H00062000$fZf0cy000000RRAKc4ILB"
    b"0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031008}IaB^?}007--aAR)(004Gqc4I>U18@KU0FVFx0000U@BsY%`1k+-"
    b"4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k"
    b"0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L8000000000$0000$0000eV{Bn?0000$000010000m000010000000002"
    b"|NsB+000020000GaA|mH000000|*ER0000OX>e^}0000000001009Mo0s{qv0000QX>w&|000000000EV`Ot<00IC3009610GVxM"
    b"VRQfh03j#=uNi>vNu|I4;)Wmjt!w_jvKRmI@h5&HdVkjBLv3#W000I>cxh$;08LE*DgXcg2mk^BI{*Rz000F5001V4B>)5f00031"
    b"001li0000`VRdW(000620RRF30006`000000ssX700093002q=00000001ih00031001Wd00031000XB0003"
)


def sent(content: bytes, name: str = "toby.jpg") -> SimpleUploadedFile:
    """As a form receives it; what type it claims is never looked at."""
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def plain(
    size: tuple[int, int] = (600, 400),
    colour: str = "teal",
    form: str = "JPEG",
    mode: str = "RGB",
    **how: Any,
) -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new(mode, size, colour).save(out, form, **how)
    return out.getvalue()


def from_a_phone() -> bytes:
    """Taken sideways, left half red and right half blue once upright, with the place and owner in its notes."""
    upright = Image.new("RGB", (900, 1200), "red")
    upright.paste("blue", (450, 0, 900, 1200))
    notes = Image.Exif()
    notes[ORIENTATION] = 6  # to be turned a quarter clockwise
    notes[ARTIST] = PHOTOGRAPHER
    notes[GPS_INFO] = {1: "N", 2: (43.0, 39.0, 11.0), 29: SECRET_PLACE}
    out = BytesIO()
    upright.rotate(90, expand=True).save(out, "JPEG", quality=90, exif=notes, comment=SECRET_PLACE)
    return out.getvalue()


def moving(form: str = "WEBP") -> bytes:
    """Two frames, the first green."""
    out = BytesIO()
    first, second = Image.new("RGB", (300, 300), "green"), Image.new("RGB", (300, 300), "black")
    first.save(out, form, save_all=True, append_images=[second], duration=100)
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it is ``side`` pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * 1000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
