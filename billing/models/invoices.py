"""Invoices and what paid them."""

from django.db import models
from django.db.models import F, Q

from accounts.codes import new_code
from accounts.models import Organization
from accounts.models.constraints import one_of
from billing.enums import ProductKind
from billing.querysets import InvoiceQuerySet
from clients.models import Client, Household


class Invoice(models.Model):
    """A bill of one household, written when it is issued and immutable from then (RULES 3.6).

    What is still to pay is computed from its allocations.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="invoices")
    cart = models.OneToOneField("billing.Cart", on_delete=models.PROTECT, related_name="invoice", null=True)
    number = models.PositiveBigIntegerField()
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    currency = models.CharField(max_length=3)
    subtotal_minor = models.PositiveBigIntegerField()
    tax_minor = models.PositiveBigIntegerField()
    total_minor = models.PositiveBigIntegerField()
    issued_at = models.DateTimeField()
    due_on = models.DateField()

    objects = InvoiceQuerySet.as_manager()

    personal_fields = ()
    plain_fields = ("code", "currency")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "number"], name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("subtotal_minor") + F("tax_minor")), name="invoice_adds_up"
            ),
        )
        indexes = (models.Index(fields=["household", "-id"], name="invoice_household"),)

    def __str__(self) -> str:
        return f"invoice {self.number}"


class InvoiceLine(models.Model):
    """What was bought, and for whom. Immutable with its invoice."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoice_lines")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoice_lines")
    product = models.ForeignKey("billing.Product", on_delete=models.PROTECT, related_name="invoice_lines")
    kind = models.CharField(max_length=12, choices=ProductKind)
    label = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)
    amount_minor = models.PositiveBigIntegerField()
    tax_rate = models.ForeignKey("billing.TaxRate", on_delete=models.PROTECT, related_name="+", null=True)
    tax_minor = models.PositiveBigIntegerField()

    personal_fields = ()
    plain_fields = ("label", "detail")

    class Meta:
        constraints = (one_of("kind", ProductKind.values, "invoice_line_kind"),)
        indexes = (
            models.Index(fields=["invoice"], name="invoice_line_invoice"),
            models.Index(fields=["client", "-id"], name="invoice_line_client"),
        )

    def __str__(self) -> str:
        return self.label


class Allocation(models.Model):
    """How much of a payment went to an invoice. Append-only; taken back by a negative one."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="allocations")
    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(amount_minor=0), name="allocation_not_nothing"),)
        indexes = (models.Index(fields=["invoice"], name="allocation_invoice"),)

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.payment_id} to {self.invoice_id}"
