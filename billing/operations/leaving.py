"""What becomes of carts and cards when somebody leaves an account (RULES 4.3). Bills stay with their payer."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit, jobs
from accounts.actors import Actor
from accounts.events import MemberMoved, MemberMoving
from accounts.models import Account, Member
from billing.enums import CartState
from billing.models import CardConsent, Cart, Payment, PaymentMethod
from billing.operations import carts

DETACH = "billing.detach_card"


def lock_carts(event: MemberMoving) -> None:
    """Carts come first in the order of locks (RULES 3.9): those that the move will let go."""
    list(_unfinished(event.from_account, event.member).select_for_update().order_by("id"))


def let_go(event: MemberMoved) -> None:
    """Carts of the old account that the person is in, or was buying, are let go with their seats.

    The person's own cards are taken off the old account, and from Stripe by a job: a card cannot go over to
    another account.
    """
    let_go_of(by=event.by, account=event.from_account, member=event.member)
    if event.from_account.kept_by_id is None:
        holders = Member.objects.filter(pk=event.member.pk)
        take_cards_off(by=event.by, account=event.from_account, holders=holders)


def let_go_of(*, by: Actor, account: Account, member: Member) -> None:
    """Let unfinished carts of ``account`` go that ``member`` is in, or is buying.

    One that is being paid is left alone: whoever pays gets what they paid for.
    """
    for cart in _unfinished(account, member).order_by("id"):
        if not Payment.objects.filter(cart=cart, state__in=carts.LIVE).exists():
            carts.let_go(by, carts.lock(cart.pk), CartState.CANCELLED)


def _unfinished(account: Account, member: Member) -> QuerySet[Cart]:
    theirs = Cart.objects.filter(account=account, lines__member=member).values("pk")
    which = Q(buyer=member) | Q(pk__in=theirs)
    return Cart.objects.filter(which, account=account, state__in=(CartState.OPEN, CartState.HELD))


def take_cards_off(*, by: Actor, account: Account, holders: QuerySet[Member]) -> None:
    """Remove the cards of ``holders`` from ``account``, and by a job from Stripe."""
    now = timezone.now()
    cards = PaymentMethod.objects.filter(account=account, holder__in=holders, removed_at__isnull=True)
    for card in cards.order_by("id"):
        card.removed_at = now
        card.save(update_fields=["removed_at"])
        CardConsent.objects.filter(payment_method=card, withdrawn_at=None).update(withdrawn_at=now)
        audit.record(by=by, action="billing.card_removed", target=card, members=[card.holder_id])
        jobs.defer(DETACH, method_id=card.pk)
