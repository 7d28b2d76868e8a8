"""The ledger: append-only double entry. Triggers keep every transaction balanced and every row unchanged."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization
from accounts.models.constraints import one_of
from billing.enums import LedgerKind
from clients.models import Household


class LedgerAccount(models.Model):
    """An account of an organisation's books: ``receivable``, ``card-clearing``, ``revenue:programs``, ``tax:hst``."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ledger_accounts")
    code = models.CharField(max_length=60)

    personal_fields = ()
    plain_fields = ("code",)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organization", "code"], name="ledger_account_once"),)

    def __str__(self) -> str:
        return self.code


class LedgerTransaction(models.Model):
    """One movement of the books, whose entries sum to zero. A mistake is reversed, never edited."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="ledger_transactions"
    )
    kind = models.CharField(max_length=10, choices=LedgerKind)
    at = models.DateTimeField()
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, related_name="ledger_transactions", null=True
    )
    payment = models.ForeignKey(
        "billing.Payment", on_delete=models.PROTECT, related_name="ledger_transactions", null=True
    )
    refund = models.ForeignKey(
        "billing.Refund", on_delete=models.PROTECT, related_name="ledger_transactions", null=True
    )
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, related_name="reversed_by", null=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("kind", LedgerKind.values, "ledger_kind"),
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(kind="invoice"), name="ledger_invoice_once"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="payment"), name="ledger_payment_once"
            ),
            models.UniqueConstraint(fields=["refund"], condition=Q(kind="refund"), name="ledger_refund_once"),
        )
        indexes = (models.Index(fields=["organization", "at"], name="ledger_at"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LedgerEntry(models.Model):
    """One side of a transaction, in minor units: debit is positive, credit negative.

    ``household`` is set on receivable and credit, whose balance is a household's.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ledger_entries")
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    household = models.ForeignKey(
        Household, on_delete=models.PROTECT, related_name="ledger_entries", null=True, blank=True
    )
    amount_minor = models.BigIntegerField()

    personal_fields = ()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = (models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_entry_not_nothing"),)
        indexes = (
            models.Index(fields=["household"], condition=Q(household__isnull=False), name="ledger_household"),
            models.Index(fields=["account"], name="ledger_entry_account"),
        )

    def __str__(self) -> str:
        return f"{self.amount_minor} on {self.account_id}"


class OpenBalance(models.Model):
    """By household, the sum of its entries: an index over the ledger, written by the ledger's trigger alone.

    A balance that is shown is still a sum of entries (RULES 3.7). This finds who owes or has credit among a
    hundred thousand without adding up the books of all of them.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="open_balances")
    household = models.OneToOneField(
        Household, on_delete=models.PROTECT, related_name="open_balance", primary_key=True
    )
    minor = models.BigIntegerField()

    personal_fields = ()

    class Meta:
        indexes = (
            models.Index(
                fields=["organization", "household"], condition=Q(minor__gt=0), name="open_balance_owed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.minor} of {self.household_id}"
