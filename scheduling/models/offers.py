"""What an organisation offers: services, their schedules, and the sessions these make."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.codes import new_code
from accounts.models import Organization, Staff
from accounts.models.constraints import one_of
from billing.models import Product
from scheduling.enums import Bookable, ServiceKind
from waivers.models import Requirement


class Location(models.Model):
    """A building or site."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="locations")
    name = models.CharField(max_length=120)
    source_key = models.CharField(max_length=40, blank=True)

    personal_fields = ()
    plain_fields = ("name", "source_key")

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room, pool or field at a location."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="rooms")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=80)
    order = models.PositiveSmallIntegerField(default=0)

    personal_fields = ()
    plain_fields = ("name",)

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What people come to, such as "Swim 3" or "Painting", and the rules of booking it.

    Ages are whole months on the day of the first session (B10). ``drop_in`` is the fee for one session;
    without it the service is sold as whole courses only.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    kind = models.CharField(max_length=12, choices=ServiceKind, default=ServiceKind.COURSE)
    title = models.CharField(max_length=160)
    category = models.CharField(max_length=80, blank=True)
    description = models.TextField(blank=True)
    drop_in = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="drop_in_services", null=True, blank=True
    )
    booking_opens_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How many days before the start booking opens; empty is at once.")
    )
    booking_closes_minutes = models.IntegerField(
        default=0, help_text=_("How long before the start booking closes; negative is after it.")
    )
    source_key = models.CharField(max_length=160, blank=True)

    personal_fields = ()
    plain_fields = ("title", "category", "description", "source_key")

    class Meta:
        constraints = (one_of("kind", ServiceKind.values, "service_kind"),)
        indexes = (models.Index(fields=["organization", "title"], name="service_title"),)

    def __str__(self) -> str:
        return self.title


class ServiceRequirement(models.Model):
    """Whoever comes to ``service`` must meet ``requirement``, besides those for everyone."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="service_requirements"
    )
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="requirements")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="services")

    personal_fields = ()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["service", "requirement"], name="service_requirement_once"),
        )

    def __str__(self) -> str:
        return f"{self.service_id} needs {self.requirement_id}"


class Schedule(models.Model):
    """A course or weekly class: weekdays and wall time in a zone, from a first to a last day.

    With ``course_fee`` it is sold whole; its sessions can be sold one by one where the service has a
    drop-in fee. ``source`` and ``source_key`` name the row of an import it came from.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="schedules")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="schedules")
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    title = models.CharField(max_length=160)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="schedules", null=True, blank=True)
    coach = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="schedules", null=True, blank=True
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text=_("Monday is 0."))
    starts_on = models.DateField()
    ends_on = models.DateField()
    start_time = models.TimeField()
    end_time = models.TimeField()
    time_zone = models.CharField(max_length=63)
    capacity = models.PositiveIntegerField()
    age_min_months = models.PositiveSmallIntegerField(null=True, blank=True)
    age_max_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The last month of age that may still join.")
    )
    course_fee = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="course_schedules", null=True, blank=True
    )
    bookable = models.CharField(max_length=8, choices=Bookable, default=Bookable.OPEN)
    booking_opens_at = models.DateTimeField(null=True, blank=True)
    source = models.SlugField(max_length=40, blank=True)
    source_key = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(
        default=1, help_text=_("Grows with every change that a page shows.")
    )

    personal_fields = ()
    plain_fields = ("code", "title", "weekdays", "time_zone", "source", "source_key")

    class Meta:
        constraints = (
            one_of("bookable", Bookable.values, "schedule_bookable"),
            models.UniqueConstraint(
                fields=["organization", "source", "source_key"],
                condition=~Q(source=""),
                name="schedule_source_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="schedule_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(age_min_months__isnull=True)
                | Q(age_max_months__isnull=True)
                | Q(age_max_months__gte=F("age_min_months")),
                name="schedule_ages_in_order",
            ),
        )
        indexes = (
            models.Index(fields=["organization", "starts_on"], name="schedule_start"),
            models.Index(
                fields=["organization", "weekdays", "starts_on", "ends_on", "start_time", "id"],
                name="schedule_public",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Session(models.Model):
    """One meeting. ``seats_taken`` is kept by a trigger over active registrations (RULES 3.3)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sessions")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="sessions")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="sessions")
    code = models.CharField(max_length=10, unique=True, default=new_code, editable=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="sessions", null=True, blank=True)
    coach = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="sessions", null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveIntegerField()
    extra_seats = models.PositiveIntegerField(default=0)
    seats_taken = models.PositiveIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, help_text=_("Grows with every change that a page shows.")
    )

    personal_fields = ()
    plain_fields = ("code",)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("capacity") + F("extra_seats")), name="session_not_overfull"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.UniqueConstraint(fields=["schedule", "starts_at"], name="session_start_once"),
        )
        indexes = (
            models.Index(fields=["organization", "starts_at", "id"], name="session_start"),
            models.Index(fields=["schedule", "starts_at"], name="session_schedule"),
        )

    def __str__(self) -> str:
        return f"{self.service_id} {self.starts_at}"

    @property
    def seats(self) -> int:
        """All seats: capacity and what was granted on top."""
        return self.capacity + self.extra_seats

    @property
    def seats_left(self) -> int:
        """Seats nobody holds."""
        return self.seats - self.seats_taken
