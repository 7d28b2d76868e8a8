"""Links and codes at rest: encrypted with FIELD_KEY, readable with its former values too."""

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(text: str) -> str:
    """``text`` as an opaque token; nothing stays nothing."""
    return _box().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text that ``encrypt`` was given. Raises InvalidToken where no key fits."""
    return _box().decrypt(token.encode()).decode() if token else ""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in (settings.FIELD_KEY, *settings.FIELD_KEY_FALLBACKS)])
