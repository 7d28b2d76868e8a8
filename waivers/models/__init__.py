"""The models of waivers: texts frozen in versions, what is required, what was signed."""

from waivers.models.documents import Document, DocumentVersion, Requirement
from waivers.models.signatures import Signature

__all__ = ["Document", "DocumentVersion", "Requirement", "Signature"]
