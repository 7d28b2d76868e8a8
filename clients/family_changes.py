"""What the family changed since staff looked, in words (A11)."""

from babel.lists import format_list
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.people import ADDRESS
from accounts.templatetags.kinroll import locale_for
from clients.models import Client
from clients.operations.family_changes import SHARES, TAKES_PART

WORDS = {
    "given_name": _("name"),
    "family_name": _("name"),
    "preferred_name": _("name they go by"),
    "born_on": _("birth date"),
    "email": _("e-mail"),
    "phone": _("phone"),
    **dict.fromkeys(ADDRESS, _("address")),
    "photo": _("picture"),
    SHARES: _("what they share"),
    TAKES_PART: _("whether they take part"),
}
"""In the order in which they are told."""


def words_of(client: Client, place: Organization) -> str:
    """Phone and address; empty where nothing is marked."""
    changed = dict.fromkeys(str(words) for name, words in WORDS.items() if name in client.family_changed)
    return str(format_list(list(changed), locale=locale_for(place))) if changed else ""
