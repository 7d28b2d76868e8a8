"""A login's e-mail on its way from one address to another (A10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EmailChange(models.Model):
    """A new e-mail for a login, confirmed at both addresses. Only the hashes of the two links' tokens are stored."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="email_changes")
    old_email = models.EmailField(max_length=254)
    new_email = models.EmailField(max_length=254)
    old_token_hash = models.CharField(max_length=64, unique=True)
    new_token_hash = models.CharField(max_length=64, unique=True)
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)
    is_by_factor = models.BooleanField(
        default=False, help_text=_("A passkey or an authenticator app stood in for the old mailbox.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("Done, taken back, or replaced."))

    personal_fields = ("old_email", "new_email")
    plain_fields = ("old_token_hash", "new_token_hash")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="email_change_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"change of e-mail {self.pk}"
