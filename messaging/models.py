"""The outbox: every mail is a row first, written in the transaction of what it tells about."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from accounts.models import Member, Organization
from accounts.models.constraints import one_of
from messaging.enums import MessageState


class Message(models.Model):
    """One mail to one reader (RULES 5.1).

    ``dedupe_key`` makes one event to one (reader, address) one message.
    ``secret`` holds a link or code, encrypted, and is blanked once the mail is sent.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="messages", null=True, blank=True
    )
    reader = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="messages", null=True, blank=True
    )
    address = models.EmailField(max_length=254, blank=True)
    template = models.CharField(max_length=100)
    language = models.CharField(max_length=10, default="en")
    context = models.JSONField(default=dict)
    member_ids = ArrayField(models.BigIntegerField(), default=list)
    secret = models.TextField(blank=True)
    is_last = models.BooleanField(
        default=False, help_text="To somebody who is erased: once it is sent, the address goes too."
    )
    state = models.CharField(max_length=12, choices=MessageState, default=MessageState.QUEUED)
    dedupe_key = models.CharField(max_length=200, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(
        default=timezone.now, help_text="Not before. A sender moves it on before it begins, as its lease."
    )
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ("address", "context", "secret", "last_error")
    plain_fields = ("template", "language", "member_ids", "dedupe_key")

    class Meta:
        constraints = (one_of("state", MessageState.values, "message_state"),)
        indexes = (
            models.Index(fields=["id"], condition=models.Q(state=MessageState.QUEUED), name="message_queued"),
            models.Index(fields=["reader", "-id"], name="message_reader"),
            models.Index(
                fields=["address"], condition=models.Q(reader__isnull=True), name="message_of_login"
            ),
            GinIndex(fields=["member_ids"], name="message_members"),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"


class AddressSuppression(models.Model):
    """An address that refused mail: nothing is sent to it again until somebody lifts this."""

    address = models.EmailField(max_length=254, unique=True)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ("address", "reason")

    def __str__(self) -> str:
        return self.address
