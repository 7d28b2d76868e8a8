"""What was joined, and what each row said before (RULES 4.1, 4.2)."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Member, Organization, Staff
from accounts.models.constraints import one_of
from clients.enums import MergeReason
from clients.models.households import Client


class Merge(models.Model):
    """Two records of one person were joined: ``drop`` is a tombstone now, ``keep`` has its rows.

    Without ``drop`` the one record there was came to stand for another member of the same person.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="merges")
    keep = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="merges_kept")
    drop = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="merges_dropped", null=True, blank=True
    )
    because = models.CharField(max_length=12, choices=MergeReason)
    by_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    by_member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("because", MergeReason.values, "merge_reason"),
            models.CheckConstraint(
                condition=Q(drop__isnull=True) | ~Q(keep=F("drop")), name="merge_of_two_clients"
            ),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="merge_organization"),)

    def __str__(self) -> str:
        return f"merge {self.pk}"


class MergeChange(models.Model):
    """One column that a merge changed, and what stood there: an id, a state or a day, never a name."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    column = models.CharField(max_length=63)
    old_value = models.CharField(max_length=40, null=True)

    personal_fields = ()
    plain_fields = ("table", "column", "old_value")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merge", "table", "row_id", "column"], name="merge_change_once"),
        )
        indexes = (models.Index(fields=["table", "row_id"], name="merge_change_row"),)

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.row_id}"
