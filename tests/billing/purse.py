"""What the tests of paying share: a course with a price, a card that the local Stripe knows, a held cart."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Sum

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Member, Organization
from billing import stripe_gateway
from billing.devstripe.cards import VISA, attach_test_card
from billing.models import Cart, Invoice, LedgerEntry, LedgerTransaction, Payment, PaymentMethod
from billing.operations import carts
from scheduling.models import Registration, Schedule
from tests import factories as make


def person(member: Member, organization: Organization | None = None) -> Actor:
    """Somebody at the portal."""
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member, organization=organization)


def course(
    organization: Organization, *, price: int = 9600, capacity: int = 10, tax: int = 130_000
) -> Schedule:
    """Swim 3: four weeks, with a tax of 13 % unless told."""
    rate = (
        make.TaxRateFactory(organization=organization, code="hst", name="HST, 13%", millionths=tax)
        if tax
        else None
    )
    fee = make.ProductFactory(organization=organization, price_minor=price, tax_rate=rate)
    return make.course(
        service__organization=organization, service__title="Swim 3", course_fee=fee, capacity=capacity
    )


def real_card(method: PaymentMethod, number: str = VISA) -> PaymentMethod:
    """Make a factory's card, and its customer, one that the local Stripe has."""
    customer = method.customer
    customer.stripe_id = stripe_gateway.create_customer(
        reference=method.account.code, idempotency_key=f"test-{method.account.code}"
    )
    customer.save()
    method.stripe_id = attach_test_card(customer.stripe_id, number)
    method.save()
    return method


def another_card(method: PaymentMethod, number: str) -> PaymentMethod:
    """A second card of the same holder and customer."""
    return make.PaymentMethodFactory(
        holder=method.holder,
        customer=method.customer,
        stripe_id=attach_test_card(method.customer.stripe_id, number),
        last4=number[-4:],
    )


def open_cart(buyer: Member, schedule: Schedule, members: Sequence[Member]) -> Cart:
    """A cart that holds nothing yet."""
    return carts.begin(
        by=person(buyer, schedule.organization),
        organization=schedule.organization,
        account=buyer.account,
        kind="course",
        target=schedule,
        members=members,
    )


def held_cart(buyer: Member, schedule: Schedule, members: Sequence[Member]) -> Cart:
    """A cart whose places are held."""
    cart = open_cart(buyer, schedule, members)
    return carts.hold(by=person(buyer, schedule.organization), cart=cart)


def seats(schedule: Schedule) -> list[tuple[str, int]]:
    """How many registrations of the course stand in which state, and so how many seats are taken."""
    states = Registration.objects.filter(session__schedule=schedule).values_list("state", flat=True)
    return sorted((state, list(states).count(state)) for state in set(states))


def books(organization: Organization) -> dict[str, int]:
    """The sum of every ledger account; all of them together are nothing."""
    rows = (
        LedgerEntry.objects.filter(organization=organization)
        .values_list("account__code")
        .annotate(total=Sum("amount_minor"))
        .values_list("account__code", "total")
    )
    return dict(rows)


def counts(cart: Cart) -> dict[str, Any]:
    """Everything that must exist exactly once when a cart is paid."""
    return {
        "invoices": Invoice.objects.filter(cart=cart).count(),
        "payments": sorted(Payment.objects.filter(cart=cart).values_list("state", flat=True)),
        "movements": sorted(
            LedgerTransaction.objects.filter(organization=cart.organization).values_list("kind", flat=True)
        ),
    }
