"""What other systems hold of those who are erased, such as the payment service (D10)."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.privacy.leaving import Leaving
from accounts.registries import Registry


@dataclass(frozen=True, kw_only=True)
class Outside:
    """``erase`` runs outside of transactions, and again until it is done: raises NotNow to be asked later."""

    key: str
    order: int
    erase: Callable[[Leaving], None]


outside: Registry[Outside] = Registry("what other systems hold")
