"""Single-use links that people receive by mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_desk_code
from accounts.enums import InvitationPurpose
from accounts.models.constraints import one_of
from accounts.models.families import Account, Member
from accounts.models.organizations import Organization, Staff


class MailedLink(models.Model):
    """A mailed, single-use link. Only the token's hash is stored."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Replaced by a newer one, or taken back.")
    )

    personal_fields: tuple[str, ...] = ("email",)
    plain_fields: tuple[str, ...] = ("token_hash",)

    class Meta:
        abstract = True


class Invitation(MailedLink):
    """A way into an account for one of its members.

    ``desk_code`` is the second thing a claim may ask for (RULES 1.4): staff read it to the family.
    """

    purpose = models.CharField(max_length=10, choices=InvitationPurpose)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invitations", null=True, blank=True
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    desk_code = models.CharField(max_length=6, default=new_desk_code)
    tries_left = models.PositiveSmallIntegerField(default=5)
    proved_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the second thing was right; who is who is said after it.")
    )
    proved_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )

    plain_fields = ("token_hash", "desk_code")

    class Meta:
        constraints = (
            one_of("purpose", InvitationPurpose.values, "invitation_purpose"),
            models.CheckConstraint(condition=models.Q(tries_left__lte=5), name="invitation_tries"),
            models.UniqueConstraint(
                fields=["member", "purpose"],
                condition=models.Q(used_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class StaffInvitation(MailedLink):
    """A way for somebody to work at an organisation under a login of their own."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="staff_invitations")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="invitations")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["staff"],
                condition=models.Q(used_at__isnull=True, revoked_at__isnull=True),
                name="staff_invitation_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"staff invitation {self.pk}"
