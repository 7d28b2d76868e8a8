"""Documents and what requires them."""

from django.db import models
from django.db.models import Q

from accounts.models import Organization
from accounts.models.constraints import one_of
from waivers.enums import DocumentKind, Frequency


class Document(models.Model):
    """A waiver or form of an organisation. Its text stands in versions."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=DocumentKind, default=DocumentKind.WAIVER)
    title = models.CharField(max_length=120)
    is_retired = models.BooleanField(default=False)
    retention_years = models.PositiveSmallIntegerField(
        default=0,
        help_text="How long a signature is kept after it was given or ended, though its people are erased.",
    )

    personal_fields = ()
    plain_fields = ("title",)

    class Meta:
        constraints = (one_of("kind", DocumentKind.values, "document_kind"),)

    def __str__(self) -> str:
        return self.title


class DocumentVersion(models.Model):
    """The exact text that people sign; a trigger refuses any change once it is published."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="document_versions")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown.")
    text_hash = models.CharField(max_length=64, help_text="SHA-256 of the text, as hex.")
    published_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()
    plain_fields = ("text", "text_hash")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["document", "number"], name="document_version_once"),)

    def __str__(self) -> str:
        return f"{self.document_id} v{self.number}"


class Requirement(models.Model):
    """Whoever takes part must have signed ``document`` this often.

    ``is_for_everyone`` asks it of every participating client of the organisation; otherwise a service
    (scheduling) or product (billing) names it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="requirements")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="requirements")
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.YEARLY)
    days = models.PositiveIntegerField(null=True, blank=True)
    season_ends_on = models.DateField(null=True, blank=True)
    is_for_everyone = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("frequency", Frequency.values, "requirement_frequency"),
            models.CheckConstraint(
                condition=~Q(frequency=Frequency.DAYS) | Q(days__gte=1), name="requirement_days_given"
            ),
            models.CheckConstraint(
                condition=~Q(frequency=Frequency.SEASON) | Q(season_ends_on__isnull=False),
                name="requirement_season_given",
            ),
        )

    def __str__(self) -> str:
        return f"{self.document_id} {self.frequency}"
