"""What billing tells the apps above it."""

from dataclasses import dataclass

from accounts.actors import Actor
from billing.models import Cart, Invoice


@dataclass(frozen=True, kw_only=True)
class CartFulfilled:
    """Everything in a cart is booked and on ``invoice``, whose number is given after the last handler."""

    cart: Cart
    invoice: Invoice
    by: Actor
