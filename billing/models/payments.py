"""Payments, cards and the inbox of Stripe's events."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Member, Organization
from accounts.models.constraints import one_of
from billing.enums import PaymentKind, PaymentState, RefundState, StripeEventState
from billing.querysets import PaymentMethodQuerySet
from clients.models import Household


class StripeCustomer(models.Model):
    """The account's customer at Stripe (D08). Several after a claim or merge, one of them primary (RULES 1.4)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="stripe_customers")
    stripe_id = models.CharField(max_length=64, unique=True)
    is_primary = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was deleted at Stripe, because its account was erased."
    )

    personal_fields = ()
    plain_fields = ("stripe_id",)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account"], condition=Q(is_primary=True), name="stripe_customer_primary_once"
            ),
        )

    def __str__(self) -> str:
        return self.stripe_id


class PaymentMethod(models.Model):
    """A saved card: brand and last four only; the card itself is Stripe's."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payment_methods")
    holder = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="payment_methods")
    customer = models.ForeignKey(StripeCustomer, on_delete=models.PROTECT, related_name="payment_methods")
    stripe_id = models.CharField(max_length=64, unique=True)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentMethodQuerySet.as_manager()

    personal_fields = ("brand", "last4", "exp_month", "exp_year")
    plain_fields = ("stripe_id",)

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class CardConsent(models.Model):
    """The holder lets one organisation charge this card."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="card_consents")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "payment_method"], name="card_consent_once"),
        )

    def __str__(self) -> str:
        return f"consent {self.payment_method_id} at {self.organization_id}"


class Payment(models.Model):
    """Money from a household, for a cart. The intent is created and stored, then confirmed (RULES 3.5)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payments")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="payments")
    cart = models.ForeignKey("billing.Cart", on_delete=models.PROTECT, related_name="payments", null=True)
    paid_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=PaymentKind)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="payments", null=True)
    lent_by = models.ForeignKey(
        "relationships.ManagerLink",
        on_delete=models.PROTECT,
        related_name="payments",
        null=True,
        blank=True,
        help_text="The link whose monthly cap it counts against (RULES 2.4).",
    )
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=PaymentState, default=PaymentState.NEW)
    stripe_intent_id = models.CharField(max_length=64, null=True, unique=True)
    failure_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()
    plain_fields = ("currency", "stripe_intent_id", "failure_code")

    class Meta:
        constraints = (
            one_of("kind", PaymentKind.values, "payment_kind"),
            one_of("state", PaymentState.values, "payment_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_of_something"),
            models.UniqueConstraint(
                fields=["cart"],
                condition=Q(
                    state__in=[PaymentState.NEW, PaymentState.REQUIRES_ACTION, PaymentState.SUCCEEDED]
                ),
                name="payment_cart_once",
            ),
        )
        indexes = (
            models.Index(fields=["household", "-id"], name="payment_household"),
            models.Index(
                fields=["lent_by", "created_at"], condition=Q(lent_by__isnull=False), name="payment_lent"
            ),
            models.Index(
                fields=["id"],
                condition=Q(state__in=[PaymentState.NEW, PaymentState.REQUIRES_ACTION]),
                name="payment_unsettled",
            ),
        )

    def __str__(self) -> str:
        return f"payment {self.pk}"


class Refund(models.Model):
    """Money given back on a payment."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.PositiveBigIntegerField()
    reason = models.SlugField(max_length=40)
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.NEW)
    stripe_refund_id = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()
    plain_fields = ("reason", "stripe_refund_id")

    class Meta:
        constraints = (one_of("state", RefundState.values, "refund_state"),)

    def __str__(self) -> str:
        return f"refund {self.pk}"


class StripeEvent(models.Model):
    """The inbox: one row an event, without its payload; whoever handles it fetches the object anew."""

    event_id = models.CharField(max_length=80, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=StripeEventState, default=StripeEventState.RECEIVED)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()
    plain_fields = ("event_id", "type", "object_id")

    class Meta:
        constraints = (one_of("state", StripeEventState.values, "stripe_event_state"),)

    def __str__(self) -> str:
        return self.event_id
