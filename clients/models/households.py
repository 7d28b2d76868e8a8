"""Household and Client: the organisation's side of Account and Member."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.files import photo_name
from accounts.models import Account, Member, Organization, Person
from accounts.models.constraints import one_of
from clients.enums import ClientStatus, Share
from clients.querysets import ClientManager, HouseholdManager


def all_shares() -> list[str]:
    """A new client shares everything until the family says otherwise."""
    return list(Share.values)


class Household(models.Model):
    """An account as one organisation sees it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="households")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="households")
    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=120)
    billing_contact = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    hidden_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when it is left out of lists, for want of activity (D09).")
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text=_("The family was erased: number and books stay (D10).")
    )
    last_activity_at = models.DateTimeField(
        default=timezone.now,
        help_text=_("What the family last did here, to the day (clients.operations.activity)."),
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="merged_households", null=True, blank=True
    )
    search_text = models.TextField(
        blank=True, help_text=_("Name, number, and the owners' names, e-mail and phone.")
    )
    sort_name = models.CharField(max_length=200, db_collation="C", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HouseholdManager()

    personal_fields = ("name", "search_text", "sort_name")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "account"],
                condition=models.Q(merged_into__isnull=True),
                name="household_account_once",
            ),
            models.UniqueConstraint(fields=["organization", "number"], name="household_number_once"),
        )
        indexes = (
            models.Index(fields=["organization", "sort_name", "id"], name="household_sort"),
            models.Index(
                fields=["organization", "sort_name", "id"],
                condition=models.Q(hidden_at__isnull=True, merged_into__isnull=True),
                name="household_shown_sort",
            ),
            models.Index(
                fields=["organization", "sort_name", "id"],
                condition=models.Q(hidden_at__isnull=False, merged_into__isnull=True),
                name="household_hidden_sort",
            ),
            models.Index(
                fields=["organization", "last_activity_at"],
                condition=models.Q(hidden_at__isnull=True, merged_into__isnull=True),
                name="household_idle",
            ),
            GinIndex(
                "organization_id",
                OpClass("search_text", name="gin_trgm_ops"),
                name="household_search",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Client(Person):
    """A member as one organisation sees them, with its own copy of the personal fields.

    A field follows the family's until staff set it; ``staff_set`` names those that staff did (RULES 1.1).
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="clients")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="clients")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="clients")
    number = models.PositiveBigIntegerField()
    status = models.CharField(max_length=10, choices=ClientStatus, default=ClientStatus.LEAD)
    participates = models.BooleanField(
        default=True, help_text=_("A payer who takes no part is on no list, roster or waiver (RULES 1.2).")
    )
    shares = ArrayField(models.CharField(max_length=10, choices=Share), default=all_shares)
    staff_set = ArrayField(models.CharField(max_length=40), default=list)
    photo = models.FileField(
        upload_to=photo_name,
        max_length=100,
        blank=True,
        help_text=_(
            "The picture shown: the family's own file, until staff set another, or none (RULES 1.1)."
        ),
    )
    family_changed = ArrayField(
        models.CharField(max_length=40),
        default=list,
        help_text=_("Fields that the family changed since staff last looked them through."),
    )
    family_changed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="merged_clients", null=True, blank=True
    )
    search_text = models.TextField(blank=True)
    sort_name = models.CharField(
        max_length=200, db_collation="C", help_text=_("By code point: folded already, and found by prefix.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClientManager()

    personal_fields = (*Person.personal_fields, "search_text", "sort_name", "photo")
    plain_fields = ("shares", "staff_set", "family_changed")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "member"], name="client_member_once"),
            models.UniqueConstraint(fields=["organization", "number"], name="client_number_once"),
            one_of("status", ClientStatus.values, "client_status"),
            models.CheckConstraint(
                condition=models.Q(status=ClientStatus.MERGED, merged_into__isnull=False)
                | (~models.Q(status=ClientStatus.MERGED) & models.Q(merged_into__isnull=True)),
                name="client_merged_into",
            ),
        )
        indexes = (
            models.Index(fields=["organization", "sort_name", "id"], name="client_sort"),
            models.Index(
                fields=["organization", "sort_name", "id"],
                condition=models.Q(status=ClientStatus.ACTIVE, participates=True),
                name="client_active_sort",
            ),
            models.Index(fields=["organization", "status", "sort_name", "id"], name="client_status_sort"),
            models.Index(
                fields=["organization", "sort_name", "id"],
                condition=models.Q(family_changed_at__isnull=False),
                name="client_family_changed",
            ),
            models.Index(fields=["household"], name="client_household"),
            models.Index("organization", OpClass("email", name="varchar_pattern_ops"), name="client_email"),
            GinIndex(
                "organization_id",
                OpClass("search_text", name="gin_trgm_ops"),
                name="client_search",
            ),
        )

    def __str__(self) -> str:
        return self.full_name
