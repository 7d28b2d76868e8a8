"""E-mail addresses as people type them: is it one, and was another meant?"""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rapidfuzz import fuzz, process

from accounts.errors import EmailUnusable

MAX_LENGTH = 254
LEAST_LIKENESS = 82
"""Of 100: ``gmial.com`` is 89 like ``gmail.com``, ``example.com`` at most 80 like any of the domains."""

COMMON_DOMAINS = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.fr",
    "outlook.com",
    "live.com",
    "live.ca",
    "msn.com",
    "mail.com",
    "email.com",
    "ymail.com",
    "yahoo.com",
    "yahoo.ca",
    "yahoo.co.uk",
    "yahoo.fr",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "protonmail.com",
    "proton.me",
    "gmx.com",
    "gmx.de",
    "rogers.com",
    "bell.net",
    "sympatico.ca",
    "telus.net",
    "shaw.ca",
    "videotron.ca",
    "comcast.net",
    "verizon.net",
    "btinternet.com",
    "orange.fr",
    "wanadoo.fr",
)


@dataclass(frozen=True)
class CheckedAddress:
    """An address that can be written to; ``suggestion`` is the one that was probably meant, if any."""

    address: str
    suggestion: str | None = None


def check_address(text: str) -> CheckedAddress:
    """The address in ``text``, in lower case as logins have it.

    Raises EmailUnusable when no mail can be sent to it as written, with a suggestion where one can be told.
    """
    address = text.strip().lower()
    if not _is_address(address):
        raise EmailUnusable(suggestion=_mended(address) or "")
    local, _at, domain = address.rpartition("@")
    meant = _common_domain(domain)
    return CheckedAddress(address, f"{local}@{meant}" if meant else None)


def _is_address(address: str) -> bool:
    if len(address) > MAX_LENGTH:
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _common_domain(domain: str) -> str | None:
    """The common domain that ``domain`` is a slip of; None when it is one, or like none."""
    if domain in COMMON_DOMAINS:
        return None
    best = process.extractOne(domain, COMMON_DOMAINS, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS)
    return best[0] if best else None


def _mended(address: str) -> str | None:
    """What was probably meant by something that is no address: usual slips of the keyboard undone."""
    if len(address) > MAX_LENGTH:
        return None
    plain = re.sub(r"\s+", "", address).replace(",", ".").replace(";", ".").strip(".<>")
    plain = re.sub(r"@@+", "@", re.sub(r"\.\.+", ".", plain.replace("(at)", "@")))
    local, at, domain = plain.rpartition("@")
    domain = domain.strip(".")
    if not at:
        return None
    if "." not in domain:
        domain = next((known for known in COMMON_DOMAINS if known.split(".")[0] == domain), domain)
    mended = f"{local}@{_common_domain(domain) or domain}"
    return mended if mended != address and _is_address(mended) else None
