"""Links between people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Organization
from accounts.models.constraints import one_of
from relationships.enums import FamilyPermission, LinkKind

MANAGER_FLAGS = tuple(permission.value for permission in FamilyPermission)


def any_flag(names: tuple[str, ...]) -> Q:
    """At least one of the named flags is on."""
    condition = Q()
    for name in names:
        condition |= Q(**{name: True})
    return condition


class ManagerLink(models.Model):
    """``manager`` may act for ``dependent``, as far as the flags and dates go (RULES 2.4).

    The first eight flags are what the manager may do; the next group is what the manager lends to the
    dependent; the last two are what an owner allows a minor with a login to do alone.
    """

    manager = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="links_as_manager")
    dependent = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="links_as_dependent")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="manager_links", null=True, blank=True
    )
    kind = models.CharField(max_length=12, choices=LinkKind)
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text=_("The first day on which the link gives nothing.")
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    view = models.BooleanField(default=False)
    book = models.BooleanField(default=False)
    forms = models.BooleanField(default=False)
    sign = models.BooleanField(default=False)
    notify = models.BooleanField(default=False)
    use_passes = models.BooleanField(default=False)
    edit_profile = models.BooleanField(default=False)
    pick_up = models.BooleanField(default=False)
    is_legal_guardian = models.BooleanField(default=False)

    dependent_may_pay = models.BooleanField(default=False)
    dependent_cap_minor = models.PositiveBigIntegerField(null=True, blank=True)
    dependent_cap_currency = models.CharField(max_length=3, blank=True)
    dependent_may_use_passes = models.BooleanField(default=False)
    staff_may_charge = models.BooleanField(default=False)

    may_book_self = models.BooleanField(default=False)
    may_edit_self = models.BooleanField(default=False)

    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()
    plain_fields = ("dependent_cap_currency",)

    class Meta:
        constraints = (
            one_of("kind", LinkKind.values, "link_kind"),
            models.CheckConstraint(condition=~Q(manager=F("dependent")), name="link_not_to_oneself"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="link_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(view=True) | ~any_flag(MANAGER_FLAGS[1:]), name="link_flags_imply_view"
            ),
            models.CheckConstraint(
                condition=Q(sign=False) | Q(is_legal_guardian=True), name="link_sign_is_guardian"
            ),
            models.CheckConstraint(
                condition=Q(dependent_cap_minor__isnull=True) | ~Q(dependent_cap_currency=""),
                name="link_cap_has_currency",
            ),
        )
        indexes = (
            models.Index(
                fields=["manager", "dependent"], condition=Q(ended_at__isnull=True), name="link_manager"
            ),
            models.Index(fields=["dependent"], condition=Q(ended_at__isnull=True), name="link_dependent"),
        )

    def __str__(self) -> str:
        return f"link {self.manager_id} → {self.dependent_id}"
