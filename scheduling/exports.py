"""What scheduling puts into an export: places in classes and courses, and who was there."""

from collections.abc import Iterator, Mapping

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.calendars import in_zone
from accounts.exporting import (
    Column,
    ExportPart,
    Holding,
    Row,
    Scope,
    columns,
    counted,
    either,
    export_parts,
    privacy_holdings,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON
from scheduling.enums import EnrolmentState, RegistrationState
from scheduling.models import CourseEnrolment, Registration


def places_of[P: (Registration, CourseEnrolment)](model: type[P], scope: Scope) -> QuerySet[P]:
    """Places of these people, and what the reader booked or their account paid for others."""
    wanted = [Q(client__member__in=scope.whole)]
    if scope.runs_account and scope.is_whole_account:
        wanted.append(Q(cart_line__cart__account=scope.account))
    if scope.holds_reader:
        wanted.append(Q(booked_by=scope.reader))
    return either(model, *wanted).exclude(client__member__in=scope.barred)


def registrations(scope: Scope) -> Iterator[Row]:
    """Each place, and whether somebody came. Times are those of the wall where the class is."""
    rows = places_of(Registration, scope).select_related(
        "organization", "session__schedule", "session__room", "client", "cart_line__cart"
    )
    for each in stream(rows.order_by("pk")):
        zone = each.organization.time_zone
        yield {
            "person": scope.person(each.client.member_id),
            "organization": each.organization.name,
            "class": each.session.schedule.title,
            "starts_at": in_zone(each.session.starts_at, zone),
            "ends_at": in_zone(each.session.ends_at, zone),
            "room": each.session.room.name if each.session.room else "",
            "state": each.state,
            "booked_by": scope.name_of(each.booked_by_id),
            "paid_by": _payer(scope, each),
            "booked_at": each.created_at,
            "came_at": each.checked_in_at,
        }


def enrolments(scope: Scope) -> Iterator[Row]:
    """Places in whole courses."""
    rows = places_of(CourseEnrolment, scope)
    for each in stream(
        rows.select_related("organization", "schedule", "client", "cart_line__cart").order_by("pk")
    ):
        yield {
            "person": scope.person(each.client.member_id),
            "organization": each.organization.name,
            "course": each.schedule.title,
            "from": each.schedule.starts_on,
            "until": each.schedule.ends_on,
            "state": each.state,
            "booked_by": scope.name_of(each.booked_by_id),
            "paid_by": _payer(scope, each),
            "booked_at": each.created_at,
        }


def count_places(scope: Scope) -> Mapping[int | None, int]:
    """Places by organisation. One query."""
    return counted(
        places_of(Registration, scope).order_by().values_list("organization").annotate(n=Count("pk"))
    )


def _payer(scope: Scope, each: Registration | CourseEnrolment) -> str:
    """Whose account paid: one's own, or another's, of which nothing more is said (RULES 2.10)."""
    if each.cart_line is None:
        return ""
    is_own = each.cart_line.cart.account_id == scope.account.pk
    return say("Your account") if is_own else say("Another guardian")


def _in_words(n: int) -> str:
    return ngettext(
        "%(n)s place in a class, and whether somebody came",
        "%(n)s places in classes, and whether somebody came", n,
    ) % {"n": n}  # fmt: skip


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    privacy_holdings.register(Holding(key="places", order=60, count=count_places, words=_in_words))


PARTS = (
    ExportPart(
        key="registrations",
        order=45,
        title=_("Classes"),
        about=_("Places in classes, and who came."),
        columns=(
            PERSON, ORGANIZATION,
            *columns(**{
                "class": _("Class"), "starts_at": _("Begins"), "ends_at": _("Ends"), "room": _("Room"),
            }),
            Column(key="state", title=_("State"), choices=dict(RegistrationState.choices)),
            *columns(booked_by=_("Booked by"), paid_by=_("Paid by"), booked_at=_("Booked"), came_at=_("Checked in")),
        ),
        rows=registrations,
        models=("scheduling.Registration",),
    ),
    ExportPart(
        key="enrolments",
        order=44,
        title=_("Courses"),
        about=_("Places in whole courses."),
        columns=(
            PERSON, ORGANIZATION,
            *columns(**{"course": _("Course"), "from": _("From"), "until": _("Until")}),
            Column(key="state", title=_("State"), choices=dict(EnrolmentState.choices)),
            *columns(booked_by=_("Booked by"), paid_by=_("Paid by"), booked_at=_("Booked")),
        ),
        rows=enrolments,
        models=("scheduling.CourseEnrolment",),
    ),
)  # fmt: skip
