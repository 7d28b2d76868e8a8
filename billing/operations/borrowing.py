"""In whose name a cart is bought: who lends a card, oneself, or whom the desk bills (P07, P04, D07).

The cart is locked already.
"""

from collections.abc import Sequence

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, Member
from accounts.money import Money
from accounts.self_dealing import refuse_self_dealing
from billing import charging, lending
from billing.errors import CardNotForDesk, LentForOneself, LoanOver, OverTheCap
from billing.models import Cart, PaymentMethod
from billing.operations import carts
from relationships import lending as links
from relationships.models import ManagerLink


def buy_for(*, by: Actor, cart: Cart, link: ManagerLink) -> None:
    """From now on the cart is bought by the link's manager, for the dependent alone.

    Raises LoanOver, LentForOneself.
    """
    if by.member is None or link.dependent_id != by.member.pk:
        raise LoanOver
    if {line.member_id for line in carts.lines_of(cart)} != {by.member.pk}:
        raise LentForOneself
    _put(cart, link.manager.account, link.manager, link)


def buy_alone(*, by: Actor, cart: Cart) -> None:
    """Who began in a lender's name and pays with an own card buys for their own account. Raises NotAllowed."""
    if by.member is None or not lending.is_borrower(by, cart) or cart.account_id == by.member.account_id:
        return
    carts.may_buy(by, by.member.account, cart.organization)
    _put(cart, by.member.account, by.member, None)


def lent_card(*, by: Actor, cart: Cart, link: ManagerLink, total: Money) -> PaymentMethod:
    """The card that pays, asked under the link's lock: two purchases at once cannot pass the cap (RULES 2.4).

    Asks everything anew, the dependent's own right to book too. Raises LoanOver, OverTheCap, CannotBuy.
    """
    locked = links.locked_loan(link, cart.organization)
    loan = lending.loan_by(locked, cart.organization) if locked is not None else None
    if loan is None:
        raise LoanOver
    carts.ask_again(by, cart, carts.lines_of(cart), timezone.now())
    if not loan.covers(total):
        locale = cart.organization.locale
        left = (loan.left or Money.zero(total.currency)).format(locale)
        raise OverTheCap(lender=loan.lender.short_name, left=left, total=total.format(locale))
    return loan.method


def charge_at_desk(*, by: Actor, cart: Cart, method: PaymentMethod | None) -> None:
    """From now on the cart is bought by the account of a card that the desk may use for everybody in it.

    Raises CardNotForDesk, SelfDealing.
    """
    members = [line.member for line in carts.lines_of(cart)]
    if method is None or method not in charging.cards_for(members, cart.organization):
        raise CardNotForDesk
    bill_to(by=by, cart=cart, account=method.account, members=members)


def bill_to(*, by: Actor, cart: Cart, account: Account, members: Sequence[Member]) -> None:
    """From now on the cart is bought by ``account``, in the name of its first owner. Raises SelfDealing."""
    if any(member.account_id != account.pk for member in members):
        refuse_self_dealing(by=by, members=members)  # somebody else pays for the author's own
    if cart.account_id != account.pk:
        _put(cart, account, carts.buyer_of(account, members), None)


def _put(cart: Cart, account: Account, buyer: Member, link: ManagerLink | None) -> None:
    if (cart.account_id, cart.buyer_id, cart.lent_by_id) == (account.pk, buyer.pk, link.pk if link else None):
        return
    cart.account, cart.buyer, cart.lent_by = account, buyer, link
    cart.save(update_fields=["account", "buyer", "lent_by", "updated_at"])
