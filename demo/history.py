"""What happened at the demo's recreation centre so far: waivers, enrolments that were paid, attendance, memos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.calendars import age_in_months
from accounts.enums import ActorKind
from accounts.errors import Refused
from accounts.models import Member, Organization
from billing.enums import PaymentKind
from billing.models import Cart, Payment
from billing.operations import carts, fulfilment
from billing.sums import add_up
from clients.enums import MemoAudience
from clients.models import Client
from clients.operations import households, memos
from demo.families import Family
from messaging.enums import MessageState
from messaging.models import Message
from scheduling.enums import RegistrationState
from scheduling.models import CourseEnrolment, Registration, Schedule, Session
from waivers.operations import publishing, signing

WAIVER = """
Each of us takes part at their own pace and under a coach’s eye. I have told the centre about anything in our
health that a coach should know.

I know that swimming and sport carry risks, among them cuts, sprains and, though rarely, drowning. I
understand that the lifeguard’s word is final on deck.

## What the centre promises

- A qualified coach is with every class, and a lifeguard at every pool.
- We call the number you gave us first, and an ambulance when we are in doubt.
- We tell nobody about your family’s health but the people who teach and look after them.

## Photos

We take pictures for the notice board only, and take down any that you ask us to.
"""

STARRED = (
    ("Toby", "Asthma: blue inhaler in the red bag"),
    ("Hana", "Ear plugs in: touch her shoulder first"),
    ("Ruby", "Wears a hearing aid on land, reads lips in the water"),
    ("Freya", "Peanut allergy: pen with the lifeguard"),
)
PLAIN = (
    ("Amara", "Prefers texts before 9 am"),
    ("Zuri", "Shy at first, likes to be shown before she tries"),
    ("Leo", "Moved up from Otters in October"),
    ("Carmen", "Asked about the diving try-out"),
)


@dataclass(frozen=True)
class Centre:
    """The organisation with whom acts in it, and the day."""

    organization: Organization
    desk: Actor
    today: date
    random: Random


def make(centre: Centre, families: Sequence[Family]) -> None:
    """All of it, through the same operations as in use; attendance of past weeks is written as it stood."""
    _sign(centre, families)
    visit(centre, families)
    _note(centre)


def visit(centre: Centre, families: Sequence[Family]) -> None:
    """Families in courses, paid and attended; the mails about it count as sent."""
    _enrol(centre, families)
    _attend(centre)
    Message.objects.filter(state=MessageState.QUEUED).update(state=MessageState.SENT, sent_at=timezone.now())


def _sign(centre: Centre, families: Sequence[Family]) -> None:
    """One waiver for everyone, each year; six families have not signed it yet."""
    document = publishing.add_document(
        by=centre.desk, organization=centre.organization, title="Season waiver"
    )
    version = publishing.publish(by=centre.desk, document=document, text=WAIVER)
    publishing.require(by=centre.desk, document=document, is_for_everyone=True)
    for family in families[1:-5]:
        signer = family.owners[0]
        if family.owners[0].family_name == "Marchetti":
            continue
        owner = Actor(
            kind=ActorKind.PERSON, member=signer, user=signer.user, organization=centre.organization
        )
        signing.sign(
            by=owner,
            organization=centre.organization,
            versions=[version],
            members=family.children or [signer],
            typed_name=signer.full_name,
        )


def _enrol(centre: Centre, families: Sequence[Family]) -> None:
    """Each child in one or two courses of the right age, paid in cash at the desk."""
    courses = list(
        Schedule.objects.filter(
            organization=centre.organization, course_fee__isnull=False, source="", starts_on__lte=centre.today
        ).order_by("id")
    )
    for family in families:
        for person in family.children or family.owners[:1]:
            fitting = [course for course in courses if _fits(person, course)]
            for course in centre.random.sample(fitting, min(len(fitting), centre.random.choice((1, 2, 2)))):
                _buy(centre, family, person, course)


def _fits(person: Member, course: Schedule) -> bool:
    """Of the right age on the course's first day."""
    if person.born_on is None:
        return False
    months = age_in_months(person.born_on, course.starts_on)
    least, most = course.age_min_months or 0, course.age_max_months or 1500
    return least <= months <= most


def _buy(centre: Centre, family: Family, person: Member, course: Schedule) -> None:
    """Sell one course at the desk; one that is full or not theirs to join is left."""
    try:
        with transaction.atomic():
            _sell(centre, family, person, course)
    except Refused:
        return


def _sell(centre: Centre, family: Family, person: Member, course: Schedule) -> None:
    cart = carts.begin(
        by=centre.desk,
        organization=centre.organization,
        account=family.owners[0].account,
        kind="course",
        target=course,
        members=[person],
    )
    cart = carts.hold(by=centre.desk, cart=cart)
    payment = _cash(centre, cart, family.owners[0])
    fulfilment.finish(by=centre.desk, payment_id=payment.pk)


def _cash(centre: Centre, cart: Cart, payer: Member) -> Payment:
    total = add_up(carts.lines_of(cart), centre.organization.currency).total
    return Payment.objects.create(
        organization=centre.organization,
        household=households.begin(by=centre.desk, organization=centre.organization, account=cart.account),
        cart=cart,
        paid_by=payer,
        kind=PaymentKind.CASH,
        amount_minor=total.minor,
        currency=total.currency,
    )


def _attend(centre: Centre) -> None:
    """The past weeks of every enrolment: mostly here, now and then away."""
    now = timezone.now()
    past = Session.objects.filter(organization=centre.organization, starts_at__lt=now - timedelta(hours=1))
    sessions: dict[int, list[Session]] = {}
    for session in past.order_by("id"):
        sessions.setdefault(session.schedule_id, []).append(session)
    enrolments = CourseEnrolment.objects.filter(organization=centre.organization).order_by("id")
    Registration.objects.bulk_create(
        _attended(centre, enrolment, session)
        for enrolment in enrolments
        for session in sessions.get(enrolment.schedule_id, ())
    )


def _attended(centre: Centre, enrolment: CourseEnrolment, session: Session) -> Registration:
    is_here = centre.random.random() < 0.88
    return Registration(
        organization=centre.organization,
        session=session,
        client_id=enrolment.client_id,
        enrolment=enrolment,
        cart_line_id=enrolment.cart_line_id,
        state=RegistrationState.ATTENDED if is_here else RegistrationState.NO_SHOW,
        checked_in_at=session.starts_at - timedelta(minutes=centre.random.randint(-4, 9))
        if is_here
        else None,
        checked_in_by=centre.desk.staff if is_here else None,
    )


def _note(centre: Centre) -> None:
    """Memos on a few clients, some starred."""
    for is_starred, notes in ((True, STARRED), (False, PLAIN)):
        for given_name, text in notes:
            client = Client.objects.get(organization=centre.organization, given_name=given_name)
            memos.write(
                by=centre.desk, client=client, text=text, audience=MemoAudience.STAFF, is_starred=is_starred
            )
