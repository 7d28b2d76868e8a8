"""The models of billing: what is sold, carts, invoices, payments, the ledger, Stripe."""

from billing.models.carts import Cart, CartLine
from billing.models.catalogue import Product, TaxRate
from billing.models.invoices import Allocation, Invoice, InvoiceLine
from billing.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction, OpenBalance
from billing.models.payments import CardConsent, Payment, PaymentMethod, Refund, StripeCustomer, StripeEvent

__all__ = [
    "Allocation",
    "CardConsent",
    "Cart",
    "CartLine",
    "Invoice",
    "InvoiceLine",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "OpenBalance",
    "Payment",
    "PaymentMethod",
    "Product",
    "Refund",
    "StripeCustomer",
    "StripeEvent",
    "TaxRate",
]
