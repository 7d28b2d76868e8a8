"""Who comes: places in carts, course enrolments and registrations."""

from django.db import models
from django.db.models import Q

from accounts.models import Member, Organization, Staff
from accounts.models.constraints import one_of
from billing.models import CartLine
from clients.models import Client
from scheduling.enums import ACTIVE_STATES, EnrolmentState, RegistrationState
from scheduling.models.offers import Schedule, Session


class Place(models.Model):
    """What a cart line of scheduling is about: one session, or a whole course."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="places")
    cart_line = models.OneToOneField(CartLine, on_delete=models.CASCADE, related_name="place")
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="places", null=True, blank=True
    )
    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, related_name="places", null=True, blank=True
    )

    personal_fields = ()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(session__isnull=False, schedule__isnull=True)
                | Q(session__isnull=True, schedule__isnull=False),
                name="place_in_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"place {self.pk}"


class CourseEnrolment(models.Model):
    """A client's place in a whole course; its registrations are the sessions."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="enrolments")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="enrolments")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="enrolments")
    booked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    cart_line = models.ForeignKey(
        CartLine, on_delete=models.SET_NULL, related_name="enrolments", null=True, blank=True
    )
    state = models.CharField(max_length=10, choices=EnrolmentState)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("state", EnrolmentState.values, "enrolment_state"),
            models.UniqueConstraint(
                fields=["schedule", "client"],
                condition=Q(state__in=[EnrolmentState.HELD, EnrolmentState.BOOKED]),
                name="enrolment_once",
            ),
        )
        indexes = (models.Index(fields=["cart_line"], name="enrolment_cart_line"),)

    def __str__(self) -> str:
        return f"enrolment {self.pk}"


class Registration(models.Model):
    """A client in a session. Active ones (held, booked, attended, no_show) take a seat."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="registrations")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="registrations")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="registrations")
    enrolment = models.ForeignKey(
        CourseEnrolment, on_delete=models.PROTECT, related_name="registrations", null=True, blank=True
    )
    cart_line = models.ForeignKey(
        CartLine, on_delete=models.SET_NULL, related_name="registrations", null=True, blank=True
    )
    booked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    state = models.CharField(max_length=16, choices=RegistrationState)
    held_until = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_in_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    personal_fields = ()

    class Meta:
        constraints = (
            one_of("state", RegistrationState.values, "registration_state"),
            models.CheckConstraint(
                condition=~Q(state=RegistrationState.HELD) | Q(held_until__isnull=False),
                name="registration_held_until",
            ),
            models.UniqueConstraint(
                fields=["session", "client"],
                condition=Q(state__in=[state.value for state in ACTIVE_STATES]),
                name="registration_active_once",
            ),
        )
        indexes = (
            models.Index(fields=["session", "state"], name="registration_session"),
            models.Index(fields=["client", "-id"], name="registration_client"),
            models.Index(fields=["cart_line"], name="registration_cart_line"),
            models.Index(
                fields=["held_until"], condition=Q(state=RegistrationState.HELD), name="registration_overdue"
            ),
        )

    def __str__(self) -> str:
        return f"registration {self.pk}"
