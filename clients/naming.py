"""What households and clients are found and ordered by: folded in Python, kept by operations."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from accounts.calendars import born_on_or_before, today_in
from accounts.models import Member, Organization
from clients.enums import Share
from clients.models import Client, Household
from clients.searching import digits, searchable, sort_name


def refresh(organization: Organization, households: Iterable[Household | int]) -> None:
    """Bring ``search_text`` and ``sort_name`` of households and all their clients up to date.

    Four reads and two writes, whatever their number. Who was erased is found by nothing.
    """
    ids = {each if isinstance(each, int) else each.pk for each in households}
    adults = _adults(organization, ids)
    rows = list(Household.objects.filter(pk__in=ids, erased_at__isnull=True).order_by("id"))
    for household in rows:
        owners = [adult for adult in adults[household.account_id] if hasattr(adult, "ownership")]
        household.sort_name = sort_name("", household.name)
        household.search_text = _search_text_of_household(household, owners)
    Household.objects.bulk_update(rows, ["sort_name", "search_text"])
    accounts = {household.pk: household.account_id for household in rows}
    known = Client.objects.filter(household__in=accounts, member__erased_at__isnull=True)
    clients = list(known.select_related("member").order_by("id"))
    for client in clients:
        client.sort_name = sort_name(client.given_name, client.family_name)
        client.search_text = _search_text(client, adults[accounts[client.household_id]])
    Client.objects.bulk_update(clients, ["sort_name", "search_text"], batch_size=500)


def _adults(organization: Organization, households: set[int]) -> dict[int, list[Member]]:
    """By account: its owners, and its adults who are clients here. One query."""
    today = today_in(organization.time_zone)
    born_by = born_on_or_before(today, organization.age_of_majority)
    of_age = Q(clients__organization=organization, clients__born_on__lte=born_by)
    here = Client.objects.filter(organization=organization, member=OuterRef("pk"))
    found: dict[int, list[Member]] = defaultdict(list)
    members = (
        Member.objects.filter(account__households__in=households, erased_at__isnull=True)
        .filter(Q(ownership__isnull=False) | of_age)
        .select_related("ownership")
        .annotate(
            email_here=Subquery(here.values("email")[:1]),
            phone_here=Subquery(here.values("phone")[:1]),
            shares_here=Subquery(here.values("shares")[:1]),
        )
        .distinct()
        .order_by("id")
    )
    for member in members:
        found[member.account_id].append(member)
    return found


def _search_text(client: Client, adults: Sequence[Member]) -> str:
    """Names here and in the family's account, phone digits, e-mail, number, and the household's adults."""
    return searchable(
        [
            client.full_name,
            client.preferred_name,
            client.member.full_name,
            client.member.preferred_name,
            digits(client.phone),
            client.email,
            str(client.number),
            *(adult.full_name for adult in adults if adult.pk != client.member_id),
        ]
    )


def _search_text_of_household(household: Household, owners: Sequence[Member]) -> str:
    told = [text for owner in owners for text in (owner.full_name, *_contact_of(owner))]
    return searchable([household.name, str(household.number), *told])


def _contact_of(owner: Any) -> list[str]:
    """How an owner is reached as far as they share it here: their own words, and what staff wrote down."""
    shares, found = owner.shares_here, []
    if shares is None or Share.CONTACT in shares:  # who is no client here shares by running the account
        found += [owner.email, digits(owner.phone)]
    return [*found, owner.email_here or "", digits(owner.phone_here or "")]
