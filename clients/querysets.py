"""Reads of households and clients that read like a sentence."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.models import Organization
from clients.enums import ClientStatus
from clients.searching import fold, sort_name, words_of

if TYPE_CHECKING:
    from clients.models import Client, Household, Memo  # noqa: F401


GONE = (ClientStatus.MERGED, ClientStatus.ERASED)
"""Rows that stand for nobody any more."""
LEAST_SEARCHED = 3
"""Letters of a word that a trigram index can find."""


def _condition(word: str, *, by_email: bool = False) -> dict[str, str | int]:
    """How one word of a search is found by an index."""
    if by_email and word.find("@") > 0:
        return {"email__startswith": word}
    if len(word) >= LEAST_SEARCHED:
        return {"search_text__contains": word}
    return {"number": int(word)} if word.isdecimal() else {"sort_name__startswith": word}


def leading_word(rows: models.QuerySet[Any], words: str) -> str:
    """The first word of a search that a last name here begins with: those rows are shown first."""
    for word in words_of(words)[:3]:
        if len(word) >= LEAST_SEARCHED and rows.filter(sort_name__startswith=word).exists():
            return word
    return ""


class HouseholdQuerySet(models.QuerySet["Household"]):
    """Households of organisations."""

    def standing(self) -> "HouseholdQuerySet":
        """Not joined into another."""
        return self.filter(merged_into__isnull=True)

    def shown(self) -> "HouseholdQuerySet":
        """On lists: standing, neither erased nor hidden for want of activity (D09, D10)."""
        return self.standing().filter(hidden_at__isnull=True, erased_at__isnull=True)

    def hidden(self) -> "HouseholdQuerySet":
        """Left out of lists for want of activity, until something is done."""
        return self.standing().filter(hidden_at__isnull=False, erased_at__isnull=True)

    def matching(self, words: str) -> "HouseholdQuerySet":
        """As for clients: in its name, its number, or an owner's names, e-mail and phone."""
        households = self
        for word in words_of(words):
            households = households.filter(**_condition(word))
        return households

    def by_name(self) -> "HouseholdQuerySet":
        """In the order of ``sort_name``."""
        return self.order_by("sort_name", "id")

    def with_email(self, address: str) -> "HouseholdQuerySet":
        """Where an owner, or a client, has exactly this address. Found by the search texts."""
        of_owner = self.filter(
            search_text__contains=fold(address), account__ownerships__member__email=address
        )
        of_client = self.filter(clients__organization=models.F("organization"), clients__email=address)
        return of_owner.order_by().union(of_client.order_by())


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients of organisations."""

    def at(self, organization: Organization) -> "ClientQuerySet":
        """Clients of one organisation."""
        return self.filter(organization=organization)

    def standing(self) -> "ClientQuerySet":
        """Neither joined into another client nor erased."""
        return self.exclude(status__in=GONE)

    def listed(self) -> "ClientQuerySet":
        """On the client list by default: active people who take part (RULES 1.2), of accounts on lists (D09)."""
        return self.filter(status=ClientStatus.ACTIVE, participates=True, household__hidden_at__isnull=True)

    def changed_by_family(self) -> "ClientQuerySet":
        """Changed by their family since staff looked."""
        return self.standing().filter(family_changed_at__isnull=False)

    def matching(self, words: str) -> "ClientQuerySet":
        """Every word of ``words`` is part of a name, phone number, e-mail or number.

        Under three letters a word begins the last name, or is the number.
        """
        clients = self
        for word in words_of(words):
            clients = clients.filter(**_condition(word, by_email=True))
        return clients

    def alike(self, given_name: str, family_name: str, born_on: date) -> "ClientQuerySet":
        """With the same folded name and birth date."""
        return self.filter(sort_name=sort_name(given_name, family_name), born_on=born_on)

    def by_name(self) -> "ClientQuerySet":
        """In the order of ``sort_name``, never of a collation."""
        return self.order_by("sort_name", "id")


class MemoQuerySet(models.QuerySet["Memo"]):
    """What staff noted."""

    def about(self, client: "Client") -> "MemoQuerySet":
        """About one client: starred ones first, then the newest, with their authors."""
        return self.filter(client=client).select_related("author").order_by("-is_starred", "-pk")

    def counted(self) -> "MemoQuerySet":
        """Each with ``total``, how many there are before any limit."""
        return self.annotate(total=models.Window(models.Count("*")))


class ReadersManager[M: models.Model](models.Manager[M]):
    """Of an organisation that staff read, without those of whom the reader must learn nothing (RULES 2.1).

    All rows; ``organization.clients`` and ``organization.households`` of a request leave out what its ``kept_from``
    names, a household with everybody in it.
    """

    people = "member"

    def get_queryset(self) -> models.QuerySet[M]:
        """The rows that the reader may learn of."""
        rows = super().get_queryset()
        apart = getattr(getattr(self, "instance", None), "kept_from", None)
        return rows.exclude(**{f"{self.people}__in": apart}) if apart else rows


class HouseholdsManager[M: models.Model](ReadersManager[M]):
    """The same of households."""

    people = "account__members"


HouseholdManager = HouseholdsManager.from_queryset(HouseholdQuerySet)
ClientManager = ReadersManager.from_queryset(ClientQuerySet)
