"""What staff note about a client."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Staff
from accounts.models.constraints import one_of
from clients.enums import MemoAudience
from clients.models.households import Client
from clients.querysets import MemoQuerySet


class Memo(models.Model):
    """A note by staff. A starred one shows on rosters, and starring says so (RULES 5.3, F17)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memos")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="memos")
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="memos", null=True, blank=True)
    audience = models.CharField(max_length=10, choices=MemoAudience, default=MemoAudience.STAFF)
    text = models.CharField(_("memo"), max_length=500)
    is_starred = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MemoQuerySet.as_manager()

    personal_fields = ("text",)

    class Meta:
        constraints = (one_of("audience", MemoAudience.values, "memo_audience"),)
        indexes = (
            models.Index(fields=["client", "-id"], name="memo_client"),
            models.Index(fields=["client"], condition=models.Q(is_starred=True), name="memo_starred"),
        )

    def __str__(self) -> str:
        return f"memo {self.pk}"
