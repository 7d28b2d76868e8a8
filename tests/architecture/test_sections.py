"""Every section of every page costs one query, however much there is, and its template none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.permissions import Permission
from accounts.registries import Registry, Section, ToDos, portal_dashboard, portal_to_do
from billing.enums import CartState
from billing.models import Cart, CartLine, Invoice, InvoiceLine, PaymentMethod
from clients.enums import MemoAudience
from clients.models import Memo
from clients.sections import client_profile, household_page
from relationships.enums import AgeStage, MoveState, TakeOverChoice
from relationships.models import (
    AgeNotice,
    LinkRequest,
    ManagerLink,
    MoveRequest,
    NeverRelease,
    PickUpPerson,
    TakeOver,
)
from scheduling.enums import RegistrationState
from scheduling.models import Registration, Session
from tests import factories as make
from tests.cast import Cast
from waivers.models import Signature

REGISTRIES = (client_profile, household_page, portal_dashboard)

type Fill = Callable[[Cast, int], None]


def signatures(cast: Cast, many: int) -> None:
    """Signatures of the child."""
    version = make.DocumentVersionFactory(document__organization=cast.organization)
    Signature.objects.bulk_create(
        make.SignatureFactory.build_batch(
            many,
            version=version,
            organization=cast.organization,
            client=cast.client(cast.child),
            signer=cast.owner,
            expires_at=timezone.now() + timedelta(days=30),
        )
    )


def bills(cast: Cast, many: int) -> None:
    """Bills of the household, about the child."""
    now = timezone.now()
    product = make.ProductFactory(organization=cast.organization)
    made = Invoice.objects.bulk_create(
        Invoice(
            organization=cast.organization,
            household=cast.household,
            number=1000 + n,
            currency="CAD",
            subtotal_minor=100,
            tax_minor=13,
            total_minor=113,
            issued_at=now,
            due_on=now.date(),
        )
        for n in range(many)
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            organization=cast.organization,
            invoice=invoice,
            client=cast.client(cast.child),
            product=product,
            kind=product.kind,
            label="Swim 3",
            amount_minor=100,
            tax_minor=13,
        )
        for invoice in made
    )


def held_carts(cast: Cast, many: int) -> None:
    """Checkouts that hold a place for the child."""
    product = make.ProductFactory(organization=cast.organization)
    until = timezone.now() + timedelta(minutes=10)
    made = Cart.objects.bulk_create(
        Cart(
            organization=cast.organization,
            account=cast.owner.account,
            buyer=cast.owner,
            state=CartState.HELD,
            held_until=until,
        )
        for _n in range(many)
    )
    CartLine.objects.bulk_create(
        CartLine(
            organization=cast.organization,
            cart=cart,
            kind="session",
            member=cast.child,
            product=product,
            label="Swim 3",
            amount_minor=100,
        )
        for cart in made
    )


def cards(cast: Cast, many: int) -> None:
    """Cards of the account; it has one already."""
    PaymentMethod.objects.bulk_create(
        PaymentMethod(
            account=cast.owner.account,
            holder=cast.owner,
            customer=cast.card.customer,
            stripe_id=f"pm_many{n}",
            brand="visa",
            last4="1881",
            exp_month=1,
            exp_year=2035,
        )
        for n in range(many)
    )


def seats(cast: Cast, many: int) -> None:
    """Places of the child in classes of the coming days."""
    schedule = make.ScheduleFactory(service__organization=cast.organization)
    begin = timezone.now() + timedelta(hours=1)
    sessions = Session.objects.bulk_create(
        make.SessionFactory.build_batch(
            1,
            schedule=schedule,
            service=schedule.service,
            organization=cast.organization,
            starts_at=begin + timedelta(hours=n),
        )[0]
        for n in range(many)
    )
    Registration.objects.bulk_create(
        Registration(
            organization=cast.organization,
            session=session,
            client=cast.client(cast.child),
            state=RegistrationState.BOOKED,
        )
        for session in sessions
    )


def links(cast: Cast, many: int) -> None:
    """Links of the stranger, a client here too, to the child."""
    built = make.ManagerLinkFactory.build_batch(
        many, manager=cast.stranger, dependent=cast.child, view=True, waiting=["book"]
    )
    ManagerLink.objects.bulk_create(built)


def moves(cast: Cast, many: int) -> None:
    """Moves of the child that staff entered and dropped."""
    MoveRequest.objects.bulk_create(
        make.MoveRequestFactory.build_batch(
            many,
            member=cast.child,
            from_account=cast.child.account,
            to_account=cast.other_guardian.account,
            staff=cast.administrator,
            organization=cast.organization,
            state=MoveState.DECLINED,
        )
    )


def notices(cast: Cast, many: int) -> None:
    """What the family was told of the child's coming of age."""
    AgeNotice.objects.bulk_create(
        AgeNotice(member=cast.child, years=n + 1, stage=AgeStage.DAY) for n in range(many)
    )


def notes(cast: Cast, many: int) -> None:
    """Notes about the child that the family reads."""
    Memo.objects.bulk_create(
        Memo(
            organization=cast.organization,
            client=cast.client(cast.child),
            audience=MemoAudience.FAMILY,
            text="Bring goggles",
        )
        for _n in range(many)
    )


def marks(cast: Cast, many: int) -> None:
    """People to whom the child is never released."""
    NeverRelease.objects.bulk_create(
        NeverRelease(
            organization=cast.organization, client=cast.client(cast.child), name=f"Person {n}", reason="Order"
        )
        for n in range(many)
    )


def pickers(cast: Cast, many: int) -> None:
    """People whom the family named for picking the child up."""
    PickUpPerson.objects.bulk_create(
        PickUpPerson(member=cast.child, added_by=cast.owner, name=f"Person {n}", starts_on=make.years_ago(1))
        for n in range(many)
    )


# What fills a section, by its registry and key. A new section is a new line.
FILL: dict[tuple[str, str], Fill] = {
    ("client profile", "waivers"): signatures,
    ("client profile", "bills"): bills,
    ("client profile", "relationships"): links,
    ("client profile", "moves"): moves,
    ("client profile", "coming_of_age"): notices,
    ("client profile", "never_release"): marks,
    ("client profile", "pick_up"): pickers,
    ("household page", "relationships"): links,
    ("portal dashboard", "bills"): bills,
    ("portal dashboard", "cards"): cards,
    ("portal dashboard", "held"): held_carts,
    ("client profile", "upcoming"): seats,
    ("portal dashboard", "week"): seats,
    ("portal dashboard", "notes"): notes,
}

SECTIONS = [(registry, section) for registry in REGISTRIES for section in registry]


def request_and_subject(registry: Registry[Section], cast: Cast) -> tuple[HttpRequest, Any]:
    """What the page gives to its sections."""
    request: Any = RequestFactory().get("/")
    if registry is portal_dashboard:
        request.user, request.member = cast.owner.user, cast.owner
        request.actor = Actor(kind=ActorKind.PERSON, user=cast.owner.user, member=cast.owner)
        return request, [cast.owner, cast.child, cast.sibling]
    request.user, request.staff = cast.administrator.user, cast.administrator
    request.organization = cast.organization
    request.actor = Actor(
        kind=ActorKind.STAFF,
        user=request.user,
        staff=request.staff,
        organization=cast.organization,
        permissions=frozenset(Permission),
    )
    return request, cast.household if registry is household_page else cast.client(cast.child)


@contextmanager
def queries(counted: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    counted.append(len(captured))


@pytest.mark.parametrize("many", [1, 3, 500])
@pytest.mark.parametrize(
    ("registry", "section"), SECTIONS, ids=lambda one: getattr(one, "key", getattr(one, "name", ""))
)
def test_a_section_costs_one_query_and_its_template_none(
    registry: Registry[Section], section: Section, many: int, cast: Cast
) -> None:
    FILL[registry.name, section.key](cast, many)
    request, subject = request_and_subject(registry, cast)
    counted: list[int] = []

    with queries(counted):
        data = section.load(request, subject)
    with queries(counted):
        html = render_to_string(
            section.template,
            {"section": section, "subject": subject, "organization": getattr(request, "organization", None)}
            | data
            | {"data": data},
            request,
        )

    assert counted == [1, 0]
    assert (len(data["rows"]) <= 5, data["count"] >= min(many, 5), html.strip() != "") == (True, True, True)


# What fills a kind of things to do, by its key. A new kind is a new line.
def link_requests(cast: Cast, many: int) -> None:
    """Requests of strangers that the owner is to answer."""
    LinkRequest.objects.bulk_create(
        LinkRequest(
            asker=make.MemberFactory(),
            addressee=cast.owner,
            kind="other",
            asked=["view"],
            starts_on=timezone.now().date(),
            expires_at=timezone.now() + timedelta(days=3),
        )
        for _n in range(min(many, 8))
    )


def unsigned(cast: Cast, many: int) -> None:
    """Texts that everybody at the organisation is asked to sign."""
    for _n in range(min(many, 8)):
        requirement = make.RequirementFactory(document__organization=cast.organization, is_for_everyone=True)
        make.DocumentVersionFactory(document=requirement.document)


def take_over(cast: Cast, many: int) -> None:
    """The owner has begun to take over, and not ended it."""
    TakeOver.objects.create(member=cast.owner, choice=TakeOverChoice.STAY, chosen_at=timezone.now())


TO_DO: dict[str, Fill] = {
    "answers": link_requests,
    "coming_of_age": take_over,
    "due": bills,
    "unsigned": unsigned,
}


@pytest.mark.parametrize("many", [1, 500])
@pytest.mark.parametrize("kind", list(portal_to_do), ids=lambda kind: kind.key)
def test_a_kind_of_things_to_do_costs_one_query_and_finds_five_at_most(
    kind: ToDos, many: int, cast: Cast
) -> None:
    TO_DO[kind.key](cast, many)
    request, members = request_and_subject(portal_dashboard, cast)
    request.signable = frozenset(member.pk for member in members)  # type: ignore[attr-defined]
    counted: list[int] = []

    with queries(counted):
        found = kind.load(request, members)

    assert (counted, 1 <= len(found) <= 5) == ([1], True)


def test_every_section_is_tested() -> None:
    assert {(registry.name, section.key) for registry, section in SECTIONS} == set(FILL)
    assert {kind.key for kind in portal_to_do} == set(TO_DO)
