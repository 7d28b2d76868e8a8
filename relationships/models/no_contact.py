"""Court orders and the like: who must learn nothing of whom."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.files import document_name
from accounts.models import Member, Organization, Staff

AHEAD, BEHIND = timedelta(hours=14), timedelta(hours=12)
"""How far the clocks of the earth are before and behind UTC."""


def begun_by() -> date:
    """The latest day that it is anywhere now: a mark holds as soon as its first day has begun somewhere."""
    return (timezone.now() + AHEAD).date()


def over_by() -> date:
    """The earliest day that it is anywhere now: a mark holds until its last day is over everywhere."""
    return (timezone.now() - BEHIND).date()


def today() -> date:
    """From when a mark holds, unless a day is named."""
    return timezone.now().date()


class NoContactQuerySet(models.QuerySet["NoContact"]):
    """Marks, and which of them hold."""

    def unlifted(self) -> Self:
        """Nobody has lifted them. What is over is among them, and what is still to begin."""
        return self.filter(lifted_at__isnull=True)

    def not_over(self, over: date | None = None) -> Self:
        """They hold, or will: guards ask so before what could not be undone."""
        return self.unlifted().filter(Q(ends_on__isnull=True) | Q(ends_on__gt=over or over_by()))

    def active(self, begun: date | None = None, over: date | None = None) -> Self:
        """They hold now. By the day it is anywhere: in doubt for the protected person, for some hours."""
        return self.not_over(over).filter(starts_on__lte=begun or begun_by())


class NoContact(models.Model):
    """At this organisation ``barred`` learns nothing of ``protected``, whatever else gives a right (RULES 2.1)."""

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="no_contacts")
    barred = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="barred_from")
    protected = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="protected_from")
    reason = models.CharField(max_length=300)
    document = models.FileField(upload_to=document_name, max_length=100, blank=True)
    starts_on = models.DateField(default=today)
    ends_on = models.DateField(
        null=True, blank=True, help_text=_("The first day on which it does not hold any more.")
    )
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    lift_reason = models.CharField(max_length=300, blank=True)

    objects = NoContactQuerySet.as_manager()

    personal_fields = ("reason", "document", "lift_reason")
    plain_fields = ("code",)
    erased_with = ("barred", "protected")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(barred=F("protected")), name="no_contact_not_with_oneself"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="no_contact_ends_after",
            ),
            models.UniqueConstraint(
                fields=["organization", "barred", "protected"],
                condition=Q(lifted_at__isnull=True),
                name="no_contact_once",
            ),
        )
        indexes = (models.Index(fields=["barred", "protected"], name="no_contact_pair"),)

    def __str__(self) -> str:
        return f"no contact {self.pk}"
