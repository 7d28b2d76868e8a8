"""What an organisation sells, and the tax on it."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization
from accounts.models.constraints import one_of
from accounts.money import Money
from billing.enums import ProductKind


class TaxRate(models.Model):
    """One rate of one tax, in millionths (13 % is 130,000). Prices are before tax."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tax_rates")
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=60)
    millionths = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)

    personal_fields = ()
    plain_fields = ("code", "name")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "code"], name="tax_rate_once"),
            models.CheckConstraint(condition=Q(millionths__lte=1_000_000), name="tax_rate_at_most_all"),
        )

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something with a price. ``category`` names its revenue account in the ledger."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="products")
    kind = models.CharField(max_length=12, choices=ProductKind)
    name = models.CharField(max_length=160)
    price_minor = models.PositiveBigIntegerField()
    tax_rate = models.ForeignKey(
        TaxRate, on_delete=models.PROTECT, related_name="products", null=True, blank=True
    )
    category = models.SlugField(max_length=40, default="programs")
    is_active = models.BooleanField(default=True)

    personal_fields = ()
    plain_fields = ("name", "category")

    class Meta:
        constraints = (one_of("kind", ProductKind.values, "product_kind"),)

    def __str__(self) -> str:
        return self.name

    def price(self, currency: str) -> Money:
        """The price before tax; ``currency`` is the organisation's."""
        return Money(self.price_minor, currency)
