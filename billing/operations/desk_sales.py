"""Selling at the desk: begun for who stands there, billed to who pays, paid by card or left open (C10, P04).

Staff roles give no family right (RULES 2.7): what somebody wants for another is asked of them, and passed over
only by ``LINKS_OVERRIDE`` with a reason, which stays with the cart. A no-contact mark is never passed over.
"""

from collections.abc import Sequence
from typing import Any

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Member
from accounts.permissions import Permission
from accounts.self_dealing import refuse_self_dealing
from accounts.transactions import operation
from billing import charging
from billing.enums import CartState
from billing.errors import PayerNotForDesk, PaymentUnderWay, ReasonMissing, RightMissing
from billing.models import Cart, Invoice, Payment
from billing.operations import borrowing, carts, fulfilment
from clients.models import Client, Household
from relationships import authority
from relationships.enums import FamilyPermission, Rule


@operation
def begin(
    *, by: Actor, booker: Client, kind: str, target: Any, clients: Sequence[Client], reason: str = ""
) -> Cart:
    """A held cart for ``clients``, for whom ``booker`` asks; all are of the organisation of ``by``.

    Raises NotAllowed, RightMissing, ReasonMissing, SelfDealing, and what ``carts.begin`` and ``carts.hold`` do.
    """
    organization = booker.organization
    by.needs(Permission.SELL)
    if by.organization is None or {by.organization.pk} != {
        organization.pk,
        *(c.organization_id for c in clients),
    }:
        raise NotAllowed
    members = [client.member for client in clients]
    missing = _without_right(by, booker, members)
    if missing and not by.has(Permission.LINKS_OVERRIDE):
        names = [client.short_name for client in clients if client.member in missing]
        raise RightMissing(booker.short_name, names)
    if missing and not reason.strip():
        raise ReasonMissing
    if missing:
        refuse_self_dealing(by=by, members=[booker.member, *missing])
    accounts = [booker.member.account, *(member.account for member in members)]
    account = next((each for each in accounts if charging.may_be_billed(each, members, organization)), None)
    if account is None:
        raise PayerNotForDesk
    cart = carts.begin(
        by=by, organization=organization, account=account, kind=kind, target=target, members=members
    )
    if missing:
        cart.override_reason = reason.strip()[:200]
        cart.save(update_fields=["override_reason"])
        audit.record(
            by=by,
            action="billing.right_overridden",
            target=cart,
            organization=organization,
            members=[booker.member, *missing],
            changes={"right": FamilyPermission.BOOK.value},
        )
    return carts.hold(by=by, cart=cart)


@operation
def leave_open(*, by: Actor, cart: Cart, household: Household) -> Invoice:
    """Book all of it, and leave the bill with ``household``; a fulfilled cart gives its invoice again.

    Raises NotAllowed, PayerNotForDesk, SelfDealing, PaymentUnderWay, and what ``fulfilment.fulfil`` does.
    """
    by.needs(Permission.SELL)
    cart = carts.lock(cart.pk)
    if by.organization is None or by.organization.pk != cart.organization_id:
        raise NotAllowed
    if cart.state == CartState.FULFILLED:
        return cart.invoice
    if Payment.objects.filter(cart=cart, state__in=carts.LIVE).exists():
        raise PaymentUnderWay
    members = [line.member for line in carts.lines_of(cart)]
    account = household.account
    is_here = household.organization_id == cart.organization_id and household.merged_into_id is None
    if not is_here or not charging.may_be_billed(account, members, cart.organization):
        raise PayerNotForDesk
    payers = Member.objects.filter(ownership__account=account)
    refuse_self_dealing(by=by, members=[*members, *payers])  # a bill left open is credit
    borrowing.bill_to(by=by, cart=cart, account=account, members=members)
    return fulfilment.fulfil_locked(by=by, cart=cart, payment=None, on_account=True)


def _without_right(by: Actor, booker: Client, members: Sequence[Member]) -> list[Member]:
    """For whom ``booker`` may not book; raises NotAllowed where a mark keeps them apart."""
    asker = Actor.of_member(booker.member)
    missing = []
    for member in members:
        if member.pk == booker.member_id:
            continue
        decision = authority.may(asker, FamilyPermission.BOOK, member, booker.organization)
        if decision.internal_reason in (Rule.NO_CONTACT, Rule.NOBODY):
            raise NotAllowed
        if not decision:
            missing.append(member)
    return missing
