"""Who may pick somebody up, and who never (RULES 2.11)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.files import photo_name
from accounts.models import Member, Organization, Staff
from clients.models import Client
from relationships.models.no_contact import over_by


class PickUpPersonQuerySet(models.QuerySet["PickUpPerson"]):
    """Who may pick somebody up."""

    def standing(self, on: date) -> Self:
        """Not taken off, and not over on a day; those whose first day is still to come are among them."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), ended_at__isnull=True)

    def allowed(self, on: date) -> Self:
        """Who may on a day."""
        return self.standing(on).filter(starts_on__lte=on)


class PickUpPerson(models.Model):
    """Somebody without a link of their own who may pick ``member`` up, named by an owner or guardian."""

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="pick_up_people")
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="pick_up_people",
        null=True,
        blank=True,
        help_text=_("Only there; empty is everywhere."),
    )
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    photo = models.FileField(upload_to=photo_name, max_length=100, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text=_("The first day on which they may not any more.")
    )
    added_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PickUpPersonQuerySet.as_manager()

    personal_fields = ("name", "relation", "phone", "photo")
    erased_with = ("member",)
    plain_fields = ("code",)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")), name="pick_up_ends_after"
            ),
        )
        indexes = (
            models.Index(fields=["member"], condition=Q(ended_at__isnull=True), name="pick_up_member"),
        )

    def __str__(self) -> str:
        return f"pick-up person {self.pk}"


class NeverReleaseQuerySet(models.QuerySet["NeverRelease"]):
    """Marks of staff."""

    def active(self, on: date | None = None) -> Self:
        """Not lifted, and not over on a day of the organisation; without one, nowhere on earth over."""
        day = on or over_by()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), lifted_at__isnull=True)


class NeverRelease(models.Model):
    """Staff's own mark: this person never takes ``client`` away from here. The family is never told of it."""

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="never_releases")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="never_releases")
    person = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Where the person is somebody we know."),
    )
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300)
    call = models.CharField(_("whom to call"), max_length=120, blank=True)
    photo = models.FileField(upload_to=photo_name, max_length=100, blank=True)
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    lift_reason = models.CharField(max_length=300, blank=True)
    ends_on = models.DateField(
        null=True, blank=True, help_text=_("The first day on which it does not hold any more.")
    )

    objects = NeverReleaseQuerySet.as_manager()

    personal_fields = ("name", "description", "reason", "call", "photo", "lift_reason")
    plain_fields = ("code",)
    erased_with = ("client",)

    class Meta:
        indexes = (
            models.Index(fields=["client"], condition=Q(lifted_at__isnull=True), name="never_release_client"),
        )

    def __str__(self) -> str:
        return f"never release {self.pk}"
