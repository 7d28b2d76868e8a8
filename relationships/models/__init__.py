"""The models of relationships: who may act for whom, and who must be kept apart."""

from relationships.models.links import ManagerLink
from relationships.models.no_contact import NoContact

__all__ = ["ManagerLink", "NoContact"]
