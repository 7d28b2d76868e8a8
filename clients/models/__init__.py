"""The models of clients: accounts and members as one organisation sees them."""

from clients.models.households import Client, Household
from clients.models.memos import Memo
from clients.models.merging import Merge, MergeChange

__all__ = ["Client", "Household", "Memo", "Merge", "MergeChange"]
