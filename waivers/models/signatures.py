"""What was signed."""

from django.db import models

from accounts.models import Member, Organization
from accounts.models.constraints import one_of
from clients.models import Client
from waivers.enums import Capacity
from waivers.models.documents import DocumentVersion


class Signature(models.Model):
    """A signature under one version, about one client. Append-only (RULES 3.7)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="signatures")
    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="signatures")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="signatures_given")
    capacity = models.CharField(max_length=10, choices=Capacity)
    typed_name = models.CharField(max_length=160)
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    personal_fields = ("typed_name", "ip", "user_agent")

    class Meta:
        constraints = (one_of("capacity", Capacity.values, "signature_capacity"),)
        indexes = (models.Index(fields=["client", "version"], name="signature_client"),)

    def __str__(self) -> str:
        return f"signature {self.pk}"
