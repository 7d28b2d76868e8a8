"""Requests about one's own data: a copy of it, or its end (D10, B13)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.enums import PrivacyKind, PrivacyState
from accounts.files import export_name
from accounts.models.constraints import one_of
from accounts.models.families import Account, Member

OPEN = (PrivacyState.WAITING, PrivacyState.RUNNING)


class PrivacyRequest(models.Model):
    """An export or erasure of a member, or of the whole account where ``member`` is null.

    The row is the truth of a long work: a job that is killed goes on from it. ``due_at`` is when an erasure
    that waits for other owners begins without them (RULES 4.4). ``steps_total`` is 0 until it is known.
    An export is made for who asked for it, and holds what they may see: two owners may each ask for one. Its
    ``file`` is named before it is written, so that whatever a kill leaves is found and goes.
    ``user_ids`` are the logins of those who are erased: ids, for what is found by them when they are gone.
    """

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=10, choices=PrivacyKind)
    state = models.CharField(max_length=10, choices=PrivacyState, default=PrivacyState.WAITING)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="privacy_requests")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="privacy_requests", null=True, blank=True
    )
    requested_by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Empty for an operator's command."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to=export_name, max_length=100, blank=True)
    file_expires_at = models.DateTimeField(null=True, blank=True)
    user_ids = ArrayField(models.BigIntegerField(), default=list)
    again_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("When an erasure runs once more: for what was kept until then, or written meanwhile."),
    )
    last_error = models.CharField(
        max_length=200, blank=True, help_text=_("What kind of fault, never anybody's data.")
    )

    personal_fields = ("file",)
    plain_fields = ("code", "last_error", "user_ids")

    class Meta:
        constraints = (
            one_of("kind", PrivacyKind.values, "privacy_kind"),
            one_of("state", PrivacyState.values, "privacy_state"),
            models.UniqueConstraint(
                fields=["account", "member"],
                condition=models.Q(kind=PrivacyKind.ERASE, state__in=OPEN),
                nulls_distinct=False,
                name="privacy_erase_open_once",
            ),
            models.UniqueConstraint(
                fields=["account", "member", "requested_by"],
                condition=models.Q(kind=PrivacyKind.EXPORT, state__in=OPEN),
                nulls_distinct=False,
                name="privacy_export_open_once",
            ),
        )
        indexes = (
            models.Index(fields=["account", "-id"], name="privacy_account"),
            models.Index(
                fields=["id"],
                condition=models.Q(kind=PrivacyKind.EXPORT) & ~models.Q(file=""),
                name="privacy_file",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(kind=PrivacyKind.ERASE, state__in=OPEN),
                name="privacy_erase_open",
            ),
            models.Index(
                fields=["again_on"], condition=models.Q(again_on__isnull=False), name="privacy_again"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class PrivacyConsent(models.Model):
    """Another owner agrees that the whole account is erased."""

    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="consents")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["request", "owner"], name="privacy_consent_once"),)

    def __str__(self) -> str:
        return f"consent {self.pk}"
