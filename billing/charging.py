"""Who may be billed at the desk, and which cards it may charge (P04, RULES 2.4): read, and asked again when paying.

A household pays for its own people, and for those to whom one of its owners lends ``staff_may_charge``. Of cards
only those that may be charged here: what a family saved elsewhere is not told (RULES 1.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account, AccountOwner, Member, Organization
from billing import lending, showing
from billing.models import Cart, PaymentMethod
from clients.models import Household
from relationships import lending as links

MOST = 20


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to pay at the desk: a saved card, or the bill left open with ``household``."""

    code: str
    title: str
    about: str
    household: Household
    method: PaymentMethod | None = None


def cards_for(members: Sequence[Member], organization: Organization) -> list[PaymentMethod]:
    """The cards that the desk may charge for all of ``members`` at once."""
    allowed = links.chargeable(members, organization)
    holders = frozenset.intersection(*allowed.values()) if allowed else frozenset()
    rows = lending.chargeable_cards(organization).filter(holder__in=holders, account__erased_at__isnull=True)
    return list(rows.select_related("account")[:MOST])


def may_be_billed(account: Account, members: Sequence[Member], organization: Organization) -> bool:
    """Whether the account pays for each of them: its own, or one to whom an owner lends the desk's charge."""
    if account.erased_at is not None:
        return False
    allowed = links.chargeable(members, organization)
    owners = set(AccountOwner.objects.filter(account=account).values_list("member", flat=True))
    return all(member.account_id == account.pk or owners & allowed[member.pk] for member in members)


def ways(cart: Cart, members: Sequence[Member]) -> list[Way]:
    """Cards first, then whose bill it can be. Only households that stand here are named."""
    organization = cart.organization
    cards = cards_for(members, organization)
    accounts = {card.account_id: card.account for card in cards}
    accounts |= {member.account_id: member.account for member in members}
    lenders = {pk for found in links.chargeable(members, organization).values() for pk in found}
    for owner in AccountOwner.objects.filter(member__in=lenders).select_related("account")[:MOST]:
        accounts.setdefault(owner.account_id, owner.account)
    found: Any = Household.objects.standing().filter(organization=organization, account__in=accounts)
    households = {each.account_id: each for each in found.select_related("account").order_by("number")}
    by_card = [
        Way(
            code=card.stripe_id,
            title=showing.card_name(card),
            about=_("Saved card of %(household)s, charged now")
            % {"household": households[card.account_id].name},
            household=households[card.account_id],
            method=card,
        )
        for card in cards
        if card.account_id in households
    ]
    left_open = [
        Way(
            code=f"open-{household.number}",
            title=_("Leave the bill open"),
            about=_("%(household)s pays later; it is mailed to them") % {"household": household.name},
            household=household,
        )
        for household in households.values()
        if may_be_billed(household.account, members, organization)
    ]
    return [*by_card, *left_open]
