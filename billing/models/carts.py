"""Carts: what a family is about to buy."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.models import Account, Member, Organization, Staff
from accounts.models.constraints import one_of
from accounts.money import Money
from billing.enums import CartState


class Cart(models.Model):
    """What an account is buying at one organisation. Fulfilled once, into one invoice."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="carts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="carts")
    buyer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="carts")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="carts", null=True, blank=True)
    lent_by = models.ForeignKey(
        "relationships.ManagerLink",
        on_delete=models.PROTECT,
        related_name="carts",
        null=True,
        blank=True,
        help_text=_("The link by which the dependent buys in the manager's name (RULES 3.4)."),
    )
    override_reason = models.CharField(
        max_length=200, blank=True, help_text=_("Why staff passed over a family right that was missing.")
    )
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    state = models.CharField(max_length=10, choices=CartState, default=CartState.OPEN)
    held_until = models.DateTimeField(null=True, blank=True)
    prolonged_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When a payment that started gave the hold its one extension.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    personal_fields = ("override_reason",)
    erased_with = ("buyer", "lines__member")
    plain_fields = ("code",)

    class Meta:
        constraints = (
            one_of("state", CartState.values, "cart_state"),
            models.CheckConstraint(
                condition=~Q(state=CartState.HELD) | Q(held_until__isnull=False), name="cart_held_until"
            ),
        )
        indexes = (
            models.Index(fields=["account", "organization", "-id"], name="cart_account"),
            models.Index(fields=["held_until"], condition=Q(state=CartState.HELD), name="cart_overdue"),
        )

    def __str__(self) -> str:
        return self.code


class CartLine(models.Model):
    """One thing for one person. ``kind`` is the key of the Sellable that knows what the thing is.

    Label, price and tax are written when the hold begins and are what the family agreed to.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cart_lines")
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    kind = models.SlugField(max_length=20)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="cart_lines")
    product = models.ForeignKey("billing.Product", on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)
    amount_minor = models.PositiveBigIntegerField()
    tax_rate = models.ForeignKey(
        "billing.TaxRate", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    tax_minor = models.PositiveBigIntegerField(default=0)

    personal_fields = ()
    plain_fields = ("kind", "label", "detail")

    class Meta:
        indexes = (models.Index(fields=["cart"], name="cart_line_cart"),)

    def __str__(self) -> str:
        return self.label

    @property
    def amount(self) -> Money:
        """The price before tax; ``organization`` is loaded."""
        return Money(self.amount_minor, self.organization.currency)
