"""What each organisation is told of a person, for the family to look through (RULES 1.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Organization
from clients.enums import Share
from clients.models import Client

ABOUT: dict[str, str | Promise] = {
    Share.CONTACT: _("E-mail and phone"),
    Share.ADDRESS: _("Address"),
    Share.PHOTO: _("Picture"),
}


@dataclass(frozen=True)
class Switch:
    """One thing that is shared, or not."""

    share: str
    label: str | Promise
    is_on: bool


@dataclass(frozen=True)
class SharedWith:
    """One organisation where a person is a client, and what of them it has."""

    organization: Organization
    switches: list[Switch]
    participates: bool

    @property
    def seen(self) -> str:
        """What is on, as the form carries it along."""
        return " ".join(switch.share for switch in self.switches if switch.is_on)


def shared_with(member: Member) -> list[SharedWith]:
    """The organisations where ``member`` is a client, by name. One query."""
    clients = Client.objects.standing().filter(member=member).select_related("organization")
    return [
        SharedWith(
            organization=client.organization,
            switches=[Switch(share, label, share in client.shares) for share, label in ABOUT.items()],
            participates=client.participates,
        )
        for client in clients.order_by("organization__name", "pk")
    ]


def known_at(organization: Organization, members: Iterable[Member]) -> set[int]:
    """The ids of those ``members`` who are clients of an organisation. One query."""
    clients = Client.objects.standing().filter(organization=organization, member__in=members)
    return set(clients.values_list("member", flat=True))


def not_shared(client: Client) -> list[str | Promise]:
    """What the family keeps from the organisation, in words."""
    return [label for share, label in ABOUT.items() if share not in client.shares]
