"""Links between people."""

from datetime import date, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.models import Member, Organization, Staff
from accounts.models.constraints import one_of
from relationships.enums import FamilyPermission, LinkKind, RequestState

MANAGER_FLAGS = tuple(permission.value for permission in FamilyPermission)
"""What a manager may do for the dependent: switched on by the dependent's side."""

LENT_FLAGS = ("dependent_may_pay", "dependent_may_use_passes", "staff_may_charge")
"""What a manager lends to the dependent: switched on by the manager."""

SELF_FLAGS = ("may_book_self", "may_edit_self")
"""What an owner allows a minor with a login: on the owner's own link row to that minor."""


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

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
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
    made_by_staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Who at the organisation made the link: it counts there only (RULES 2.5)."),
    )
    waiting = ArrayField(
        models.CharField(max_length=20),
        default=list,
        help_text=_("Manager-side flags that are asked for and wait for the dependent's side (RULES 2.5)."),
    )
    guardian_attested_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    guardian_reason = models.CharField(
        max_length=200, blank=True, help_text=_("What staff saw when they attested guardianship.")
    )

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

    personal_fields = ("guardian_reason",)
    erased_with = ("manager", "dependent")
    plain_fields = ("code", "dependent_cap_currency", "waiting")

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
            models.CheckConstraint(
                condition=Q(made_by_staff__isnull=True) | Q(organization__isnull=False),
                name="link_by_staff_at_one",
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


class LinkCode(models.Model):
    """A code that somebody shows, so that another family can ask to be linked with them (P14).

    It says nothing else, runs out, and is replaced by the next.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="link_codes")
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    personal_fields = ()
    plain_fields = ("code",)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["member"], condition=Q(revoked_at__isnull=True), name="link_code_once"
            ),
        )

    def __str__(self) -> str:
        return f"link code {self.pk}"


class LinkRequestQuerySet(models.QuerySet["LinkRequest"]):
    """Requests that wait."""

    def waiting(self) -> Self:
        """Not answered, not taken back, not run out; the newest first."""
        return self.filter(state=RequestState.ASKED, expires_at__gt=timezone.now()).order_by("-pk")

    def to_answer(self, member: Member) -> Self:
        """Those that ``member`` is to answer."""
        return self.waiting().filter(addressee=member)


class LinkRequest(models.Model):
    """One person asks another, of another family or the same, to be linked (P14, RULES 2.5).

    Without ``dependent`` the asker wants to be the manager of somebody whom the addressee decides about:
    themselves, or one of theirs, chosen when it is answered; ``about`` is how the asker calls that person.
    With ``dependent`` the asker offers the addressee to be the manager of that one of the asker's people.
    ``asked`` are manager-side flags, ``lends`` what the manager would lend.
    """

    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    asker = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="link_requests_sent")
    addressee = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="link_requests_received")
    dependent = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="link_requests_about", null=True, blank=True
    )
    about = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=LinkKind)
    asked = ArrayField(models.CharField(max_length=20), default=list)
    lends = ArrayField(models.CharField(max_length=30), default=list)
    is_legal_guardian = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.ASKED)
    link = models.ForeignKey(
        ManagerLink, on_delete=models.PROTECT, related_name="requests", null=True, blank=True
    )
    answered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = LinkRequestQuerySet.as_manager()

    personal_fields = ("about",)
    erased_with = ("asker", "addressee", "dependent")
    plain_fields = ("code", "asked", "lends")

    class Meta:
        constraints = (
            one_of("kind", LinkKind.values, "link_request_kind"),
            one_of("state", RequestState.values, "link_request_state"),
            models.CheckConstraint(condition=~Q(asker=F("addressee")), name="link_request_not_to_oneself"),
            models.UniqueConstraint(
                fields=["asker", "addressee", "dependent"],
                condition=Q(state=RequestState.ASKED),
                nulls_distinct=False,
                name="link_request_open_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["addressee"], condition=Q(state=RequestState.ASKED), name="link_request_to_answer"
            ),
        )

    def __str__(self) -> str:
        return f"link request {self.code}"

    @property
    def last_day(self) -> date | None:
        """The last day on which the link would count."""
        return self.ends_on - timedelta(days=1) if self.ends_on else None

    @property
    def is_open(self) -> bool:
        """It can still be answered."""
        return self.state == RequestState.ASKED and self.expires_at > timezone.now()
