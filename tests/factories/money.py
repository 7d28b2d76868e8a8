"""Rows of billing."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from billing import models as billing
from billing.enums import PaymentKind, PaymentState, ProductKind
from tests.factories.families import (
    AccountFactory,
    ClientFactory,
    HouseholdFactory,
    MemberFactory,
    OrganizationFactory,
    number,
)


class TaxRateFactory(DjangoModelFactory):
    class Meta:
        model = billing.TaxRate
        django_get_or_create = ("organization", "code")

    organization = factory.SubFactory(OrganizationFactory)
    code = "hst"
    name = "HST"
    millionths = 130_000


class ProductFactory(DjangoModelFactory):
    """A course fee of 96.00, without tax unless ``tax_rate`` is given."""

    class Meta:
        model = billing.Product

    organization = factory.SubFactory(OrganizationFactory)
    kind = ProductKind.COURSE_FEE
    name = factory.Sequence(lambda n: f"Course fee {n}")
    price_minor = 9600


class StripeCustomerFactory(DjangoModelFactory):
    class Meta:
        model = billing.StripeCustomer

    account = factory.SubFactory(AccountFactory)
    stripe_id = factory.Sequence(lambda n: f"cus_test{n}")


class PaymentMethodFactory(DjangoModelFactory):
    """A saved card; ``consented_at=organization`` lets one organisation charge it."""

    class Meta:
        model = billing.PaymentMethod
        skip_postgeneration_save = True

    holder = factory.SubFactory(MemberFactory)
    account = factory.SelfAttribute("holder.account")
    customer = factory.SubFactory(StripeCustomerFactory, account=factory.SelfAttribute("..account"))
    stripe_id = factory.Sequence(lambda n: f"pm_test{n}")
    brand = "visa"
    last4 = "4242"
    exp_month = 12
    exp_year = 2034

    @factory.post_generation
    def consented_at(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            billing.CardConsent.objects.create(
                organization=extracted, payment_method=self, given_at=timezone.now()
            )


class CartFactory(DjangoModelFactory):
    class Meta:
        model = billing.Cart

    organization = factory.SubFactory(OrganizationFactory)
    buyer = factory.SubFactory(MemberFactory)
    account = factory.SelfAttribute("buyer.account")


class CartLineFactory(DjangoModelFactory):
    class Meta:
        model = billing.CartLine

    cart = factory.SubFactory(CartFactory)
    organization = factory.SelfAttribute("cart.organization")
    member = factory.SelfAttribute("cart.buyer")
    kind = "session"
    product = factory.SubFactory(ProductFactory, organization=factory.SelfAttribute("..organization"))
    label = factory.SelfAttribute("product.name")
    amount_minor = factory.SelfAttribute("product.price_minor")


class PaymentFactory(DjangoModelFactory):
    """Cash that was received."""

    class Meta:
        model = billing.Payment

    household = factory.SubFactory(HouseholdFactory)
    organization = factory.SelfAttribute("household.organization")
    paid_by = factory.SubFactory(MemberFactory, account=factory.SelfAttribute("..household.account"))
    kind = PaymentKind.CASH
    amount_minor = 9600
    currency = factory.SelfAttribute("organization.currency")
    state = PaymentState.SUCCEEDED
    succeeded_at = factory.LazyFunction(timezone.now)


class InvoiceFactory(DjangoModelFactory):
    """An issued bill without lines."""

    class Meta:
        model = billing.Invoice

    household = factory.SubFactory(HouseholdFactory)
    organization = factory.SelfAttribute("household.organization")
    number = factory.LazyAttribute(lambda o: number(o.organization, "invoice"))
    currency = factory.SelfAttribute("organization.currency")
    subtotal_minor = 9600
    tax_minor = 0
    total_minor = factory.LazyAttribute(lambda o: o.subtotal_minor + o.tax_minor)
    issued_at = factory.LazyFunction(timezone.now)
    due_on = factory.LazyAttribute(lambda o: o.issued_at.date())


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = billing.InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    organization = factory.SelfAttribute("invoice.organization")
    client = factory.SubFactory(
        ClientFactory,
        organization=factory.SelfAttribute("..organization"),
        member=factory.SubFactory(
            MemberFactory, account=factory.SelfAttribute("...invoice.household.account")
        ),
    )
    product = factory.SubFactory(ProductFactory, organization=factory.SelfAttribute("..organization"))
    kind = factory.SelfAttribute("product.kind")
    label = factory.SelfAttribute("product.name")
    amount_minor = factory.SelfAttribute("product.price_minor")
    tax_minor = 0
