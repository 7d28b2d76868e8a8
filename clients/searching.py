"""How names are folded for search and order: in Python, so that it does not depend on a collation."""

import re
import unicodedata
from collections.abc import Iterable

SORT_LENGTH = 200
LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


def fold(text: str) -> str:
    """Lower case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.split())


PHONE = re.compile(r"[+(]?[\d\s().+/-]{3,}")
APOSTROPHES = re.compile(r"['\u2019\u02bc-]")


def words_of(query: str) -> list[str]:
    """The words to look for. A phone number is one word of digits, without the 0 dialled at home."""
    text = fold(query)
    if PHONE.fullmatch(text) and len(digits(text)) >= 3:
        return [digits(text).lstrip("0") or digits(text)]
    return text.split()


def searchable(texts: Iterable[str]) -> str:
    """Folded texts, and beside a name with an apostrophe or hyphen the same without (oconnor, jeanpaul)."""
    folded = dict.fromkeys(fold(text) for text in texts)
    joined = dict.fromkeys(APOSTROPHES.sub("", text) for text in folded)
    return " ".join(text for text in folded | joined if text)


def sort_name(given_name: str, family_name: str) -> str:
    """Last name first, as lists are ordered."""
    return fold(f"{family_name} {given_name}")[:SORT_LENGTH]


def digits(phone: str) -> str:
    """The digits of a phone number."""
    return re.sub(r"\D", "", phone)
