"""Reads of bills and cards that read like a sentence."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, F, OuterRef, StringAgg, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Account

if TYPE_CHECKING:
    from billing.models import Invoice, PaymentMethod  # noqa: F401


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Bills of organisations, and of families across them."""

    def of_accounts(self, accounts: Iterable[Account]) -> "InvoiceQuerySet":
        """The bills of these families, at every organisation."""
        return self.filter(household__account__in=accounts)

    def hiding(self, people: Any) -> "InvoiceQuerySet":
        """Without those that have a line about one of ``people``, member ids or a subquery (RULES 2.1)."""
        about = self.model.objects.filter(pk=OuterRef("pk"), lines__client__member__in=people)
        return self.filter(~Exists(about))

    def with_paid(self) -> "InvoiceQuerySet":
        """Each with ``paid_minor``, what was allocated to it."""
        paid = self._itself().annotate(total=Sum("allocations__amount_minor")).values("total")
        return self.annotate(
            paid_minor=Coalesce(Subquery(paid), Value(0), output_field=models.BigIntegerField())
        )

    def with_words(self) -> "InvoiceQuerySet":
        """Each with ``words``, the labels of its lines."""
        words = self._itself().annotate(all=StringAgg("lines__label", delimiter=Value(", "), distinct=True))
        return self.annotate(words=Subquery(words.values("all")))

    def _itself(self) -> Any:
        """The row, once more, to add up what hangs on it without multiplying the rest."""
        return self.model.objects.filter(pk=OuterRef("pk")).order_by().values("pk")

    def unpaid(self) -> "InvoiceQuerySet":
        """With something left to pay."""
        return self.with_paid().filter(total_minor__gt=F("paid_minor"))

    def newest(self) -> "InvoiceQuerySet":
        """The newest first."""
        return self.order_by("-pk")


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    """Saved cards."""

    def of_accounts(self, accounts: Iterable[Account]) -> "PaymentMethodQuerySet":
        """The cards of these families."""
        return self.filter(account__in=accounts)

    def standing(self) -> "PaymentMethodQuerySet":
        """Not removed; the newest first."""
        return self.filter(removed_at__isnull=True).select_related("holder").order_by("-pk")
