"""Court orders and the like: who must learn nothing of whom."""

from django.db import models
from django.db.models import F, Q

from accounts.files import document_name
from accounts.models import Member, Organization, Staff


class NoContact(models.Model):
    """At this organisation ``barred`` learns nothing of ``protected``, whatever else gives a right (RULES 2.1)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="no_contacts")
    barred = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="barred_from")
    protected = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="protected_from")
    reason = models.CharField(max_length=300)
    document = models.FileField(upload_to=document_name, max_length=100, blank=True)
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    personal_fields = ("reason", "document")
    erased_with = ("barred", "protected")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(barred=F("protected")), name="no_contact_not_with_oneself"),
            models.UniqueConstraint(
                fields=["organization", "barred", "protected"],
                condition=Q(lifted_at__isnull=True),
                name="no_contact_once",
            ),
        )
        indexes = (models.Index(fields=["barred", "protected"], name="no_contact_pair"),)

    def __str__(self) -> str:
        return f"no contact {self.pk}"
