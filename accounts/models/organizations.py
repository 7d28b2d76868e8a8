"""Businesses on the installation."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.files import logo_name
from accounts.models.constraints import one_of
from accounts.permissions import ADMINISTRATOR, Permission


class Organization(models.Model):
    """A business: a tenant with its own time zone, currency, locale and policies."""

    kept_from: frozenset[int] = frozenset()
    """Member ids of whom the staff member who reads must learn nothing (RULES 2.1): set by ``staff_view`` on the
    organisation of the request, whose clients and households then are without them."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=120)
    tagline = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=63, help_text=_("An IANA name such as America/Toronto."))
    currency = models.CharField(max_length=3, help_text=_("ISO 4217; fixed after the first ledger row."))
    country = models.CharField(max_length=2, help_text=_("ISO 3166-1 alpha-2."))
    locale = models.CharField(
        max_length=10, default="en_CA", help_text=_("How dates, names and money are written.")
    )
    age_of_majority = models.PositiveSmallIntegerField(
        default=18, validators=[MinValueValidator(14), MaxValueValidator(25)]
    )
    minimum_purchase_age = models.PositiveSmallIntegerField(
        default=18, validators=[MinValueValidator(14), MaxValueValidator(25)]
    )
    hold_minutes = models.PositiveSmallIntegerField(
        default=15, help_text=_("How long checkout keeps seats, in minutes.")
    )
    hue = models.PositiveSmallIntegerField(
        default=1, help_text=_("The colour of the organisation's square, 1 to 8.")
    )
    logo = models.FileField(upload_to=logo_name, max_length=100, blank=True)
    hidden_after_months = models.PositiveSmallIntegerField(
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("A household without activity for so many months is hidden from the list (D09)."),
    )
    coming_of_age_grace_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(366)],
        help_text=_("How long bookings and payments made before somebody came of age go on (RULES 2.9)."),
    )
    version = models.PositiveIntegerField(default=1, help_text=_("Grows with every change of settings."))
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()
    plain_fields = ("slug", "name", "tagline", "time_zone", "currency", "country", "locale", "logo")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="organization_currency_iso"
            ),
            models.CheckConstraint(
                condition=models.Q(hold_minutes__range=(1, 1440)), name="organization_hold_minutes"
            ),
            models.CheckConstraint(condition=models.Q(hue__range=(1, 8)), name="organization_hue"),
            models.CheckConstraint(
                condition=models.Q(hidden_after_months__range=(1, 120)), name="organization_hidden_after"
            ),
            models.CheckConstraint(
                condition=models.Q(coming_of_age_grace_days__lte=366), name="organization_grace_days"
            ),
        )

    def __str__(self) -> str:
        return self.name


class NumberCounter(models.Model):
    """The last number given out by one organisation for one kind of thing (``accounts.numbers``)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="number_counters")
    kind = models.CharField(max_length=20)
    last = models.PositiveBigIntegerField(default=0)

    personal_fields = ()
    plain_fields = ("kind",)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "kind"], name="number_counter_once"),
            one_of("kind", ("household", "client", "invoice", "receipt"), "number_counter_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Role(models.Model):
    """A named set of staff permissions of one organisation; ``key`` names a built-in one."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="roles")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=40), default=list)

    personal_fields = ()
    plain_fields = ("key", "name", "permissions")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organization", "key"], name="role_key_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def held(self) -> frozenset[Permission]:
        """What it lets its people do; the Administrator everything, what is new as well."""
        if self.key == ADMINISTRATOR:
            return frozenset(Permission)
        return frozenset(p for p in Permission if p.value in self.permissions)


class Staff(models.Model):
    """A person who works at an organisation; without a user they never log in (imported coaches)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="staff", null=True, blank=True
    )
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    roles = models.ManyToManyField(Role, related_name="staff", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ("name",)
    plain_fields = ("code",)

    class Meta:
        verbose_name_plural = "staff"
        constraints = (models.UniqueConstraint(fields=["organization", "user"], name="staff_user_once"),)

    def __str__(self) -> str:
        return self.name
