"""Places of people who are erased: what is to come is given up, what was stays as a count (RULES 4.4)."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Case, Count, Q, When
from django.utils import timezone
from django.utils.translation import ngettext

from accounts import audit
from accounts.events import Erasing
from accounts.privacy import showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Fate, Holding, Line
from scheduling.enums import EnrolmentState, RegistrationState
from scheduling.models import CourseEnrolment, Registration
from scheduling.operations import seats

COMING = {
    RegistrationState.HELD: RegistrationState.LAPSED,
    RegistrationState.WAITLISTED: RegistrationState.CANCELLED,
    RegistrationState.BOOKED: RegistrationState.CANCELLED,
}


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    showing.holdings.register(Holding(key="scheduling", order=60, tell=tell))


def tell(leaving: Leaving) -> Iterator[Line]:
    """Places to come are given up, and what they cost is not given back by itself; visits stay. One query."""
    now = timezone.now()
    rows = Registration.objects.filter(client__member__in=leaving.members)
    coming: Counter[int] = Counter()
    been: Counter[int] = Counter()
    is_coming = Case(When(session__starts_at__gt=now, then=True), default=False)
    counted = rows.annotate(is_coming=is_coming).values_list("client__member", "state", "is_coming")
    for member, state, is_ahead, count in counted.annotate(count=Count("pk")).order_by("client__member"):
        if state in COMING and is_ahead:
            coming[member] += count
        elif state in (RegistrationState.ATTENDED, RegistrationState.NO_SHOW, RegistrationState.BOOKED):
            been[member] += count
    for member, count in coming.items():
        yield Line(
            fate=Fate.GOES,
            member=member,
            text=ngettext(
                "%(count)s place in a class to come. What was paid for it is not given back by itself: ask the desk "
                "before.",
                "%(count)s places in classes to come. What was paid for them is not given back by itself: ask the "
                "desk before.",
                count,
            )
            % {"count": count},
        )
    for member, count in been.items():
        yield Line(
            fate=Fate.STAYS,
            member=member,
            text=ngettext(
                "%(count)s visit, in the counts only", "%(count)s visits, in the counts only", count
            )
            % {"count": count},
        )


def let_go(event: Erasing) -> None:
    """Places in sessions to come are free for others. Locks those sessions (RULES 3.9)."""
    now = timezone.now()
    rows = Registration.objects.filter(
        client__member__in=event.leaving.members, state__in=list(COMING), session__starts_at__gt=now
    )
    sessions = seats.lock(Q(pk__in=rows.values("session")))
    given_up = 0
    for was, becomes in COMING.items():
        given_up += Registration.objects.filter(pk__in=rows.filter(state=was).values("pk")).update(
            state=becomes
        )
    enrolled = CourseEnrolment.objects.filter(
        client__member__in=event.leaving.members, schedule__ends_on__gte=now.date()
    )
    enrolled.filter(state=EnrolmentState.HELD).update(state=EnrolmentState.LAPSED)
    enrolled.filter(state=EnrolmentState.BOOKED).update(state=EnrolmentState.CANCELLED)
    if given_up:
        audit.record(
            by=event.by,
            action="scheduling.given_up",
            target=event.request,
            members=event.leaving.members,
            changes={"sessions": sorted(sessions)},
        )
