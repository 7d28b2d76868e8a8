"""Places of two records of one person that become one (RULES 4.1): nobody sits in a class twice."""

from django.db.models import Q

from clients.merging import Joining, MergeRule
from scheduling.enums import ACTIVE_STATES, EnrolmentState, RegistrationState
from scheduling.models import CourseEnrolment, Registration
from scheduling.operations import seats

STRONGEST = (
    RegistrationState.ATTENDED,
    RegistrationState.NO_SHOW,
    RegistrationState.BOOKED,
    RegistrationState.HELD,
)


def settle_doubles(joining: Joining) -> None:
    """Where both have a place in one session or course, the weaker one is cancelled and its seat is free.

    Having been there counts most, then a booking, then a hold; the kept client's own counts before the other's.
    Locks those sessions in ascending id.
    """
    if joining.drop is None:
        return
    _settle_courses(joining)
    places = Registration.objects.filter(client__in=[joining.keep, joining.drop], state__in=ACTIVE_STATES)
    theirs = places.filter(client=joining.drop).values("session")
    shared = places.filter(client=joining.keep, session__in=theirs).values_list("session", flat=True)
    sessions = seats.lock(Q(pk__in=list(shared)))
    for session in sessions:
        pair = sorted(
            places.filter(session=session),
            key=lambda row: (
                STRONGEST.index(RegistrationState(row.state)),
                row.client_id != joining.keep.pk,
            ),
        )
        weaker = Registration.objects.filter(pk__in=[row.pk for row in pair[1:]])
        joining.change(weaker, state=RegistrationState.CANCELLED)


def _settle_courses(joining: Joining) -> None:
    active = (EnrolmentState.BOOKED, EnrolmentState.HELD)
    rows = CourseEnrolment.objects.filter(client__in=[joining.keep, joining.drop], state__in=active)
    by_course: dict[int, list[CourseEnrolment]] = {}
    for row in rows.order_by("schedule_id", "id"):
        by_course.setdefault(row.schedule_id, []).append(row)
    for pair in by_course.values():
        pair.sort(key=lambda row: (active.index(EnrolmentState(row.state)), row.client_id != joining.keep.pk))
        weaker = CourseEnrolment.objects.filter(pk__in=[row.pk for row in pair[1:]])
        joining.change(weaker, state=EnrolmentState.CANCELLED)


merge_rule = MergeRule(
    key="scheduling",
    order=60,
    edges=("scheduling.CourseEnrolment.client", "scheduling.Registration.client"),
    settle=settle_doubles,
)
