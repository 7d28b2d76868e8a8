"""What was sent in, and what was done: forms answered once, and the audit."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from accounts.enums import ActorKind
from accounts.models.constraints import one_of


class Submission(models.Model):
    """A form that was sent in: the same ``once`` value is carried out one time (``accounts.submissions``)."""

    once = models.UUIDField(unique=True)
    actor_key = models.CharField(max_length=60)
    path = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    location = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    personal_fields = ()
    plain_fields = ("once", "actor_key", "path", "body_hash", "location")

    def __str__(self) -> str:
        return str(self.once)


class AuditEvent(models.Model):
    """Who did what, for whom, when and from where. Append-only; ids only, never names or answers.

    No foreign keys to live rows: the record outlives what it tells about. ``changes`` names fields, and
    holds values only of fields that are not personal.
    """

    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_name = models.CharField(max_length=80, blank=True, help_text="The job's or command's name.")
    user_id = models.BigIntegerField(null=True, blank=True)
    actor_member_id = models.BigIntegerField(null=True, blank=True)
    staff_id = models.BigIntegerField(null=True, blank=True)
    for_member_id = models.BigIntegerField(null=True, blank=True)
    organization_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=80)
    target_type = models.CharField(max_length=80)
    target_id = models.BigIntegerField(null=True, blank=True)
    changes = models.JSONField(default=dict)
    member_ids = ArrayField(models.BigIntegerField(), default=list)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=36, blank=True)

    personal_fields = ("ip", "user_agent")
    plain_fields = ("actor_name", "action", "target_type", "changes", "member_ids", "request_id")

    class Meta:
        constraints = (one_of("actor_kind", ActorKind.values, "audit_actor_kind"),)
        indexes = (
            models.Index(fields=["organization_id", "-at", "-id"], name="audit_organization"),
            models.Index(fields=["organization_id", "action", "-at", "-id"], name="audit_org_action"),
            models.Index(
                fields=["organization_id", "staff_id", "-at", "-id"],
                condition=models.Q(staff_id__isnull=False),
                name="audit_org_staff",
            ),
            models.Index(
                fields=["organization_id", "-at", "-id"],
                condition=models.Q(actor_kind__in=(ActorKind.JOB, ActorKind.COMMAND, ActorKind.WEBHOOK)),
                name="audit_org_system",
            ),
            models.Index(
                fields=["actor_member_id", "-at", "-id"],
                condition=models.Q(actor_member_id__isnull=False),
                name="audit_actor_member",
            ),
            models.Index(fields=["target_type", "target_id"], name="audit_target"),
            GinIndex(fields=["member_ids"], name="audit_members"),
            models.Index(fields=["user_id"], name="audit_user", condition=models.Q(user_id__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
