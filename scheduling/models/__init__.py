"""The models of scheduling: what is offered, when, and who comes."""

from scheduling.models.offers import Location, Room, Schedule, Service, ServiceRequirement, Session
from scheduling.models.registrations import CourseEnrolment, Place, Registration

__all__ = [
    "CourseEnrolment",
    "Location",
    "Place",
    "Registration",
    "Room",
    "Schedule",
    "Service",
    "ServiceRequirement",
    "Session",
]
