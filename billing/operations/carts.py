"""Carts: begun, held, prolonged, let go (RULES 3.1, 3.2). A cart's row is always locked first (RULES 3.9)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import Account, Member, Organization
from accounts.permissions import Permission
from accounts.transactions import operation
from billing import lending
from billing.enums import CartState, PaymentState
from billing.errors import (
    CannotBuy,
    CartGone,
    EmailUnconfirmed,
    LentForOneself,
    LoanOver,
    NobodyChosen,
    PaymentUnderWay,
)
from billing.models import Cart, CartLine, Payment
from billing.selling import Sellable, Wish, sellables
from clients.models import Client
from clients.operations import admission, households
from relationships import authority
from relationships.decisions import STRANGER
from relationships.enums import AccountPermission, FamilyPermission
from relationships.models import ManagerLink

LIVE = (PaymentState.NEW, PaymentState.REQUIRES_ACTION, PaymentState.SUCCEEDED)
CLOSED = (CartState.CANCELLED, CartState.FULFILLED)


def lock(cart_id: int) -> Cart:
    """The cart, locked until the transaction ends."""
    return (
        Cart.objects.select_for_update(of=("self",))
        .select_related(
            "organization", "account", "buyer__account", "lent_by__manager__account", "lent_by__dependent"
        )
        .get(pk=cart_id)
    )


def lines_of(cart: Cart) -> list[CartLine]:
    """The lines in their order, with what every page and operation reads of them; read once for ``cart``."""
    found = CartLine.objects.select_related(
        "organization", "member__account", "product__tax_rate", "tax_rate"
    )
    prefetch_related_objects([cart], Prefetch("lines", found.order_by("id")))
    return list(cart.lines.all())


def admitted(
    by: Actor, cart: Cart, lines: Sequence[CartLine], *, payer: Member | None = None
) -> dict[int, Client]:
    """The clients of the lines' members, by member id; leads where they were none, as ``payer`` becomes."""
    members = [line.member for line in lines]
    clients = admission.admit(by=by, organization=cart.organization, members=members, payer=payer)
    return {member.pk: client for member, client in zip(members, clients, strict=True)}


def is_held(cart: Cart, at: datetime) -> bool:
    """Whether the cart's hold stands at ``at``."""
    return cart.state == CartState.HELD and cart.held_until is not None and cart.held_until > at


def by_kind(lines: Iterable[CartLine]) -> list[tuple[Sellable, list[CartLine]]]:
    """Lines with their Sellable, in the Sellables' order."""
    sort = sorted(lines, key=lambda line: (sellables[line.kind].order, line.kind, line.pk))
    return [(sellables[kind], list(group)) for kind, group in groupby(sort, key=lambda line: line.kind)]


def may_buy(by: Actor, account: Account, organization: Organization) -> None:
    """Owners of a confirmed account who are old enough here buy, or staff who sell (RULES 1.6, 3.4, A02).

    Raises NotAllowed with the reason, EmailUnconfirmed.
    """
    _may_run(by, AccountPermission.BUY, account, organization)
    if by.kind is not ActorKind.STAFF and account.confirmed_at is None:
        raise EmailUnconfirmed


def in_whose_name(by: Actor, account: Account, organization: Organization) -> ManagerLink | None:
    """None for who buys for ``account``; else the link by which a card is lent to them, whose manager buys (D07).

    Raises as ``may_buy``, where nobody lends them a card either.
    """
    try:
        may_buy(by, account, organization)
    except NotAllowed:
        loans = lending.loans_of(by, organization)
        if not loans:
            raise
        return loans[0].link
    return None


def may_check_out(by: Actor, cart: Cart) -> None:
    """Who may buy for the cart's account; and whoever fills it in a lender's name, while somebody lends (P07).

    Raises NotAllowed, EmailUnconfirmed, LoanOver.
    """
    if not lending.is_borrower(by, cart):
        may_buy(by, cart.account, cart.organization)
        return
    try:
        in_whose_name(by, by.member.account if by.member else cart.account, cart.organization)
    except NotAllowed as error:
        raise LoanOver from error


def _may_run(by: Actor, permission: AccountPermission, account: Account, organization: Organization) -> None:
    """An owner of the account, or staff of the organisation who sell; nobody where it is erased. Raises NotAllowed."""
    if account.erased_at is not None:
        raise NotAllowed
    if by.kind is not ActorKind.STAFF:
        authority.may_run(by, permission, account, organization).or_refuse()
        return
    if by.organization is None or by.organization.pk != organization.pk:
        raise NotAllowed
    by.needs(Permission.SELL)


@operation
def begin(
    *,
    by: Actor,
    organization: Organization,
    account: Account,
    kind: str,
    target: Any,
    members: Sequence[Member],
) -> Cart:
    """A cart with a line for each of ``members``, priced; nothing is held yet.

    The account's other open cart here goes, and so does a held one for the same thing and one of the same
    people unless it is being paid. The very same wish that is held already is that cart again. Who may not
    buy for ``account`` and is lent a card buys for themselves alone, in the lender's name (D07).
    Raises NotAllowed, EmailUnconfirmed, NobodyChosen, PaymentUnderWay, and CannotBuy with every reason.
    """
    link = in_whose_name(by, account, organization)
    _may_book(by, members, organization)
    if link is not None:
        account = link.manager.account
        if {member.pk for member in members} != {link.dependent_id}:
            raise LentForOneself
    now = timezone.now()
    if same := _give_way(by, organization, account, kind, target, members, now, link):
        return same
    wishes = [Wish(member=member, target=target) for member in members]
    sellable = sellables[kind]
    _ask(by, organization, [(sellable, wishes)], now)
    cart = Cart.objects.create(
        organization=organization,
        account=account,
        buyer=link.manager if link else _buyer(by, account, members),
        staff=by.staff,
        lent_by=link,
    )
    offer = sellable.offer(target)
    lines = [
        CartLine(
            organization=organization,
            cart=cart,
            kind=kind,
            member=member,
            product=offer.product,
            label=offer.label,
            detail=offer.detail,
        )
        for member in members
    ]
    for line in lines:
        _price(line)
    for line in CartLine.objects.bulk_create(lines):
        sellable.attach(line, target)
    _record(by, cart, "begun", members)
    return cart


@operation
def hold(*, by: Actor, cart: Cart) -> Cart:
    """Hold every line for the organisation's ``hold_minutes``; again, while it holds, changes nothing.

    Admits the members as clients first, asks everything anew and writes the prices that are agreed to.
    A hold that ran out is taken anew. Raises NotAllowed, CartGone, PaymentUnderWay, CannotBuy and
    whatever the Sellable refuses (``SessionIsFull``).
    """
    cart = lock(cart.pk)
    may_check_out(by, cart)
    now = timezone.now()
    if cart.state == CartState.FULFILLED or is_held(cart, now):
        return cart
    if cart.state == CartState.CANCELLED:
        raise CartGone
    if Payment.objects.filter(cart=cart, state__in=LIVE).exists():
        raise PaymentUnderWay
    lines = lines_of(cart)
    members = [line.member for line in lines]
    households.begin(by=by, organization=cart.organization, account=cart.account)
    clients = admitted(by, cart, lines)
    for line in lines:
        _price(line)
    CartLine.objects.bulk_update(lines, ["amount_minor", "tax_rate", "tax_minor"])
    ask_again(by, cart, lines, now)
    cart.held_until = now + timedelta(minutes=cart.organization.hold_minutes)
    cart.state, cart.prolonged_at = CartState.HELD, None
    cart.save(update_fields=["state", "held_until", "prolonged_at", "updated_at"])
    for sellable, group in by_kind(lines):
        sellable.hold(by=by, lines=group, clients=clients, until=cart.held_until)
    _record(by, cart, "held", members)
    return cart


@operation
def prolong(*, by: Actor, cart: Cart) -> Cart:
    """Give the hold its one extension, because a payment starts; harmless where there is none to give."""
    cart = lock(cart.pk)
    now = timezone.now()
    if not is_held(cart, now) or cart.prolonged_at is not None:
        return cart
    cart.held_until, cart.prolonged_at = now + timedelta(minutes=cart.organization.hold_minutes), now
    cart.save(update_fields=["held_until", "prolonged_at", "updated_at"])
    lines = lines_of(cart)
    clients = admitted(by, cart, lines)
    for sellable, group in by_kind(lines):
        sellable.hold(by=by, lines=group, clients=clients, until=cart.held_until)
    return cart


@operation
def cancel(*, by: Actor, cart: Cart) -> Cart:
    """Let the cart and its seats go; a finished or cancelled one stays as it is.

    Raises NotAllowed, and PaymentUnderWay where money may still come.
    """
    cart = lock(cart.pk)
    if not lending.is_borrower(by, cart):
        _may_run(by, AccountPermission.PAY, cart.account, cart.organization)
    if cart.state in (CartState.FULFILLED, CartState.CANCELLED):
        return cart
    if Payment.objects.filter(cart=cart, state__in=LIVE).exists():
        raise PaymentUnderWay
    let_go(by, cart, CartState.CANCELLED)
    return cart


def lapse_overdue(*, by: Actor) -> int:
    """Let go of every hold whose time is over, each in a transaction of its own; returns how many.

    One that somebody is just paying for or holding anew is skipped.
    """
    overdue = Cart.objects.filter(state=CartState.HELD, held_until__lte=timezone.now())
    return sum(_lapse(by, pk) for pk in list(overdue.order_by("id").values_list("pk", flat=True)))


def ask_again(by: Actor, cart: Cart, lines: Sequence[CartLine], at: datetime) -> None:
    """Every reason against the lines at ``at``; raises CannotBuy."""
    _ask(
        by,
        cart.organization,
        [(sellable, sellable.wishes(group)) for sellable, group in by_kind(lines)],
        at,
    )


def release(by: Actor, lines: Sequence[CartLine]) -> None:
    """Let the seats of ``lines`` go."""
    for sellable, group in by_kind(lines):
        sellable.release(by=by, lines=group)


@operation
def _lapse(by: Actor, cart_id: int) -> int:
    still_over = Q(state=CartState.HELD, held_until__lte=timezone.now())
    cart = Cart.objects.select_for_update(skip_locked=True).filter(still_over, pk=cart_id).first()
    if cart is None:
        return 0
    let_go(by, cart, CartState.LAPSED)
    return 1


def let_go(by: Actor, cart: Cart, state: CartState) -> None:
    """Give back the seats of a locked cart that nobody is paying, and close it."""
    lines = lines_of(cart)
    release(by, lines)
    cart.state = state
    cart.save(update_fields=["state", "updated_at"])
    _record(by, cart, state.value, [line.member for line in lines])


def _give_way(
    by: Actor,
    organization: Organization,
    account: Account,
    kind: str,
    target: Any,
    members: Sequence[Member],
    now: datetime,
    link: ManagerLink | None,
) -> Cart | None:
    """Clear the way for a new cart; returns the held one that is exactly this wish.

    Who buys with a lent card clears their own carts only, and an owner leaves those alone that were only begun.
    """
    wanted = {member.pk for member in members}
    whose = Q(account=account) if link is None else lending.lent_to(by)
    others = Cart.objects.select_for_update(of=("self",)).filter(
        whose, organization=organization, state__in=(CartState.OPEN, CartState.HELD)
    )
    for cart in others.order_by("id"):
        if link is None and cart.lent_by_id is not None and cart.state == CartState.OPEN:
            continue
        if cart.state == CartState.HELD:
            lines = lines_of(cart)
            about = _members_wishing(lines, kind, target)
            if about == wanted and len(lines) == len(wanted) and is_held(cart, now):
                return cart
            if not about & wanted:
                continue
            if Payment.objects.filter(cart=cart, state__in=LIVE).exists():
                raise PaymentUnderWay
        let_go(by, cart, CartState.CANCELLED)
    return None


def _members_wishing(lines: Sequence[CartLine], kind: str, target: Any) -> set[int]:
    """Whom the lines want ``target`` for."""
    same_kind = [line for line in lines if line.kind == kind]
    wishes: Callable[[Sequence[CartLine]], list[Wish]] = sellables[kind].wishes
    return {wish.member.pk for wish in (wishes(same_kind) if same_kind else []) if wish.target == target}


def _ask(
    by: Actor, organization: Organization, asked: Sequence[tuple[Sellable, list[Wish]]], at: datetime
) -> None:
    reasons = []
    for sellable, wishes in asked:
        against = sellable.check(by=by, organization=organization, wishes=wishes, at=at)
        reasons += [(wish.member, found) for wish, found in zip(wishes, against, strict=True)]
    if any(found for _member, found in reasons):
        raise CannotBuy(reasons)


def _may_book(by: Actor, members: Sequence[Member], organization: Organization) -> None:
    """Each member is somebody the buyer may book for; one query."""
    if not members:
        raise NobodyChosen
    if by.kind is ActorKind.STAFF:
        return
    wanted = {member.pk for member in members}
    allowed = authority.subjects(by, FamilyPermission.BOOK, organization).filter(pk__in=wanted)
    if wanted - set(allowed.values_list("pk", flat=True)):
        raise NotAllowed(STRANGER)


def _buyer(by: Actor, account: Account, members: Sequence[Member]) -> Member:
    """Who buys: the owner who acts, or for staff ``buyer_of``."""
    return by.member if by.member is not None else buyer_of(account, members)


def buyer_of(account: Account, members: Sequence[Member]) -> Member:
    """The account's first owner; one of ``members`` where it has none."""
    first = account.ownerships.select_related("member").order_by("id").first()
    return first.member if first else members[0]


def _price(line: CartLine) -> None:
    """Price and tax as they are now."""
    product = line.product
    price = product.price(line.organization.currency)
    line.amount_minor, line.tax_rate = price.minor, product.tax_rate
    line.tax_minor = price.at_rate(product.tax_rate.millionths).minor if product.tax_rate else 0


def _record(by: Actor, cart: Cart, what: str, members: Sequence[Member]) -> None:
    audit.record(
        by=by, action=f"billing.cart_{what}", target=cart, organization=cart.organization, members=members
    )
