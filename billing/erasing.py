"""What billing holds of people: cards and Stripe's customers go, bills and books stay as numbers (RULES 4.4)."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import NotNow
from accounts.events import Erasing, ErasureBeginning
from accounts.money import Money
from accounts.privacy import erasing, outside, showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.outside import Outside
from accounts.privacy.showing import Blocker, Fate, Holding, Line, Settling
from billing import flows, stripe_gateway
from billing.enums import CartState, RefundState
from billing.errors import StripeUnavailable
from billing.models import CardConsent, Cart, Invoice, Payment, PaymentMethod, Refund, StripeCustomer
from billing.operations import carts, payments

MOST = 20
STRIPE_DOWN = "stripe is out of reach"


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(
        PaymentMethod,
        _cards,
        instead={"exp_month": 0, "exp_year": 0},
        also={"removed_at": Coalesce(F("removed_at"), Now())},
    )
    showing.holdings.register(Holding(key="billing", order=50, tell=tell))
    showing.erasure_blockers.register(Settling(key="billing.unpaid", order=50, find=unpaid))
    showing.erasure_blockers.register(Settling(key="billing.under_way", order=60, find=under_way))
    showing.erasure_blockers.register(Settling(key="billing.held", order=70, find=held))
    outside.outside.register(Outside(key="stripe", order=10, erase=erase_at_stripe))


# What stands in the way


def unpaid(leaving: Leaving) -> Iterator[Blocker]:
    """Bills that are not paid: all of an account's, or those about the person."""
    bills = Invoice.objects.of_accounts([leaving.account]).unpaid().select_related("organization")
    if not leaving.is_whole:
        bills = bills.filter(pk__in=Invoice.objects.filter(lines__client__member__in=leaving.members))
    for bill in bills.order_by("pk")[:MOST]:
        owed = Money(bill.total_minor - bill.paid_minor, bill.currency)  # type: ignore[attr-defined]
        yield Blocker(
            text=_("Bill %(number)s of %(organization)s is not paid: %(owed)s.")
            % {
                "number": bill.number,
                "organization": bill.organization.name,
                "owed": owed.format(bill.organization.locale),
            },
            url=reverse("portal:bill", args=[bill.code]),
            action=_("See the bill"),
        )


def under_way(leaving: Leaving) -> Iterator[Blocker]:
    """Money that may still come or is still on its way back."""
    waiting = _payments(leaving).filter(state__in=payments.WAITING)
    owed = Refund.objects.filter(payment__in=_payments(leaving), state=RefundState.NEW)
    if waiting.exists() or owed.exists():
        yield Blocker(text=_("A payment is under way. Wait until it is done: a few minutes at most."))


def held(leaving: Leaving) -> Iterator[Blocker]:
    """Places that wait at checkout to be paid."""
    now = timezone.now()
    for cart in (
        _carts(leaving).filter(state=CartState.HELD, held_until__gt=now).select_related("organization")
    ):
        yield Blocker(
            text=_("Places are held at a checkout of %(organization)s. Pay for them, or let them go.")
            % {"organization": cart.organization.name},
            url=reverse("public:checkout", args=[cart.organization.slug, cart.code]),
            action=_("Go to checkout"),
        )


MOST = 20


# What is told


def tell(leaving: Leaving) -> Iterator[Line]:
    """Cards go, here and at Stripe; bills and payments stay without a name."""
    cards = _cards(leaving).filter(removed_at__isnull=True).count()
    if cards:
        yield Line(
            fate=Fate.GOES,
            text=ngettext(
                "%(count)s saved card, here and at the payment service",
                "%(count)s saved cards, here and at the payment service",
                cards,
            )
            % {"count": cards},
        )
    if leaving.is_whole and _customers(leaving).exists():
        yield Line(fate=Fate.GOES, text=_("The customer record at the payment service"))
    bills = Invoice.objects.of_accounts([leaving.account])
    if not leaving.is_whole:
        bills = bills.filter(lines__client__member__in=leaving.members).distinct()
    if count := bills.count():
        yield Line(
            fate=Fate.STAYS,
            text=ngettext(
                "%(count)s bill with its payments, as numbers without a name: the law asks for it",
                "%(count)s bills with their payments, as numbers without a name: the law asks for it",
                count,
            )
            % {"count": count},
        )


# What is done


def lock_carts(event: ErasureBeginning) -> None:
    """Carts come first in the order of locks (RULES 3.9): those that could still be paid."""
    alive = _carts(event.leaving).exclude(state__in=carts.CLOSED)
    list(alive.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def let_go(event: Erasing) -> None:
    """Carts end, with the places they hold; money that comes all the same is given back. Cards charge no more."""
    for pk in list(
        _carts(event.leaving).exclude(state__in=carts.CLOSED).order_by("pk").values_list("pk", flat=True)
    ):
        cart = carts.lock(pk)
        if cart.state not in carts.CLOSED:
            carts.let_go(event.by, cart, CartState.CANCELLED)
    now = timezone.now()
    cards = _cards(event.leaving)
    CardConsent.objects.filter(payment_method__in=cards, withdrawn_at=None).update(withdrawn_at=now)
    cards.filter(removed_at=None).update(removed_at=now)


def erase_at_stripe(leaving: Leaving) -> None:
    """Delete the account's customers, or detach the cards of one person. Raises NotNow.

    First whatever is under way is settled, so that no money is kept of somebody who is gone.
    """
    try:
        for pk in _unsettled(leaving):
            flows.settle(payment_id=pk)
        if _unsettled(leaving):
            raise NotNow("a payment is under way")
        if leaving.is_whole:
            for customer in _customers(leaving).order_by("pk"):
                stripe_gateway.delete_customer(customer.stripe_id)
                StripeCustomer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now())
        else:
            for card in _cards(leaving).order_by("pk"):
                stripe_gateway.detach_card(card.stripe_id)
    except StripeUnavailable as error:
        raise NotNow(STRIPE_DOWN) from error


def _unsettled(leaving: Leaving) -> list[int]:
    """Payments of theirs that wait, or are to be given back."""
    owed = Q(refunds__state=RefundState.NEW)
    found = _payments(leaving).filter(Q(state__in=payments.WAITING) | owed).distinct()
    return list(found.order_by("pk").values_list("pk", flat=True))


def _customers(leaving: Leaving) -> QuerySet[StripeCustomer]:
    return StripeCustomer.objects.filter(account=leaving.account, deleted_at__isnull=True)


def _cards(leaving: Leaving) -> QuerySet[PaymentMethod]:
    """Cards that are theirs: who moved out keeps what their receipts say."""
    return PaymentMethod.objects.filter(holder__in=leaving.members)


def _carts(leaving: Leaving) -> QuerySet[Cart]:
    """Carts of the account; of one person those they are in, or buy with."""
    found = Cart.objects.filter(account=leaving.account)
    if leaving.is_whole:
        return found
    theirs = Cart.objects.filter(account=leaving.account, lines__member__in=leaving.members).values("pk")
    return found.filter(Q(buyer__in=leaving.members) | Q(pk__in=theirs))


def _payments(leaving: Leaving) -> QuerySet[Payment]:
    if leaving.is_whole:
        return Payment.objects.filter(household__account=leaving.account)
    return Payment.objects.filter(Q(paid_by__in=leaving.members) | Q(cart__in=_carts(leaving)))
