"""Why something cannot be had: the word that sellables, the cart and its refusals share."""

from dataclasses import dataclass

from accounts.errors import Text


@dataclass(frozen=True, kw_only=True)
class Objection:
    """One reason against, and what would help. ``code`` is stable, for tests and links."""

    code: str
    reason: Text
    way_out: Text = ""
    way_out_url: str = ""
