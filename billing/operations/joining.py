"""Money and cards when a family claims a staff-made account, or a household is joined into another (RULES 1.4)."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.events import AccountJoined, MemberRecognised
from accounts.models import Member
from billing import ledger
from billing.models import Payment, PaymentMethod, StripeCustomer
from billing.operations import leaving
from clients.events import HouseholdJoins


def move_balance(event: HouseholdJoins) -> None:
    """What the household owes, or has in credit, is the other's from now on. Its bills keep its number."""
    ledger.move_balance(by=event.by, household=event.household, into=event.into, at=timezone.now())


def recognise_payer(event: MemberRecognised) -> None:
    """What the staff-made person paid, and their cards, are the recognised one's; carts of theirs are let go."""
    leaving.let_go_of(by=event.by, account=event.staff_made.account, member=event.staff_made)
    Payment.objects.filter(organization=event.organization, paid_by=event.staff_made).update(
        paid_by=event.member
    )
    PaymentMethod.objects.filter(holder=event.staff_made).update(holder=event.member)


def take_customers(event: AccountJoined) -> None:
    """Cards cannot go from one Stripe customer to another: the customer comes along, as one more of the account.

    One that also has the card of somebody who stays behind stays with them, without the cards of who goes.
    """
    others = PaymentMethod.objects.filter(customer=OuterRef("pk"), removed_at__isnull=True)
    customers = StripeCustomer.objects.filter(account=event.left).exclude(
        Exists(others.exclude(holder__account=event.account))
    )
    has_primary = StripeCustomer.objects.filter(account=event.account, is_primary=True).exists()
    for customer in customers.order_by("-is_primary", "pk"):
        customer.account, customer.is_primary = event.account, customer.is_primary and not has_primary
        customer.save(update_fields=["account", "is_primary"])
        PaymentMethod.objects.filter(customer=customer).update(account=event.account)
        has_primary = has_primary or customer.is_primary
    holders = Member.objects.filter(account=event.account)
    leaving.take_cards_off(by=event.by, account=event.left, holders=holders)
