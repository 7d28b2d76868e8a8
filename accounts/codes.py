"""Random codes that people read aloud and type: ten letters and digits without I, L, O and U."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10


def new_code() -> str:
    """A new code of about 50 bits, for addresses that must not be guessed or counted."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_desk_code() -> str:
    """Six digits that the desk reads to a family claiming its account."""
    return f"{secrets.randbelow(1_000_000):06d}"
