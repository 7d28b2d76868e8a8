"""Registering at the desk: for whom somebody may ask, who is billed, and what the desk may charge (C10, P04)."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed, SelfDealing
from accounts.models import AuditEvent, Member, Staff
from accounts.permissions import BUILT_IN
from billing import charging, flows
from billing.enums import CartState, PaymentState
from billing.errors import CannotBuy, CardNotForDesk, PayerNotForDesk, ReasonMissing, RightMissing
from billing.models import CardConsent, Cart, Invoice, Payment, PaymentMethod
from billing.operations import desk_sales
from messaging.models import Message
from relationships.models import ManagerLink
from scheduling.models import Schedule
from tests import factories as make
from tests.billing.purse import books, course, real_card, seats
from tests.cast import Cast
from tests.devstripe import DevStripe
from tests.web import Web

pytestmark = pytest.mark.django_db(transaction=True)


def staff(who: Staff, role: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user=who.user,
        staff=who,
        organization=who.organization,
        permissions=BUILT_IN[role],
    )


def desk(cast: Cast) -> Actor:
    return staff(cast.front_desk, "front-desk")


def chief(cast: Cast) -> Actor:
    return staff(cast.administrator, "administrator")


def begin(
    cast: Cast, by: Actor, booker: Member, swim: Schedule, members: list[Member], reason: str = ""
) -> Cart:
    return desk_sales.begin(
        by=by,
        booker=cast.client(booker),
        kind="course",
        target=swim,
        clients=[cast.client(member) for member in members],
        reason=reason,
    )


def ways(cart: Cart) -> list[tuple[str, str]]:
    """Whose, and by card or left open."""
    members = [line.member for line in cart.lines.select_related("member__account")]
    return [(way.household.name, "card" if way.method else "open") for way in charging.ways(cart, members)]


def test_the_desk_registers_an_owners_children_and_charges_the_saved_card(
    cast: Cast, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    swim = course(cast.organization, price=10000)
    cart = begin(cast, desk(cast), cast.owner, swim, [cast.child, cast.sibling])
    assert (cart.staff, seats(swim)) == (cast.front_desk, [("held", 8)])
    payment = flows.pay(by=desk(cast), cart=cart, method=cast.card)
    cart.refresh_from_db()
    assert (payment.state, payment.paid_by, cart.state) == (
        PaymentState.SUCCEEDED,
        cast.owner,
        CartState.FULFILLED,
    )
    assert (cart.invoice.household, seats(swim)) == (cast.household, [("booked", 8)])
    assert books(cast.organization)["card-clearing"] == 22600


def test_a_bill_is_left_open_with_the_own_household_and_mailed(cast: Cast) -> None:
    swim = course(cast.organization, price=10000)
    cart = begin(cast, desk(cast), cast.owner, swim, [cast.child])
    made = [desk_sales.leave_open(by=desk(cast), cart=cart, household=cast.household) for _ in range(2)]
    assert (made[0], made[0].household, made[0].total_minor) == (made[1], cast.household, 11300)
    assert (Invoice.objects.count(), Payment.objects.count(), seats(swim)) == (1, 0, [("booked", 4)])
    assert books(cast.organization)["receivable"] == 11300
    assert [mail.reader for mail in Message.objects.filter(template="billing/email/booked")] == [cast.owner]


def test_a_linked_person_is_registered_by_who_may_book_and_billed_to_their_own_household(cast: Cast) -> None:
    cart = begin(cast, desk(cast), cast.other_guardian, course(cast.organization), [cast.child])
    assert (cart.account, ways(cart)) == (
        cast.child.account,
        [(cast.household.name, "card"), (cast.household.name, "open")],
    )
    other = cast.client(cast.other_guardian).household
    with pytest.raises(PayerNotForDesk):
        desk_sales.leave_open(by=desk(cast), cart=cart, household=other)
    assert Invoice.objects.count() == 0


def lent(cast: Cast, **changes: Any) -> PaymentMethod:
    """The other guardian's card here, which the desk may charge for the child."""
    make.ManagerLinkFactory(
        manager=cast.other_guardian, dependent=cast.child, **({"staff_may_charge": True} | changes)
    )
    card: PaymentMethod = make.PaymentMethodFactory(
        holder=cast.other_guardian, consented_at=cast.organization
    )
    return card


def test_the_managers_card_and_household_pay_where_the_desk_may_charge_them(
    cast: Cast, devstripe: DevStripe
) -> None:
    card = real_card(lent(cast))
    cart = begin(cast, desk(cast), cast.other_guardian, course(cast.organization), [cast.child])
    other = cast.client(cast.other_guardian).household
    assert (other.name, "card") in ways(cart)
    flows.pay(by=desk(cast), cart=cart, method=card)
    cart.refresh_from_db()
    assert (cart.invoice.household, [line.client for line in cart.invoice.lines.all()]) == (
        other,
        [cast.client(cast.child)],
    )
    assert [mail.reader for mail in Message.objects.filter(template="billing/email/booked")] == [
        cast.other_guardian
    ]


def _elsewhere(cast: Cast, card: PaymentMethod) -> None:
    ManagerLink.objects.filter(staff_may_charge=True).update(organization=cast.rival)


def _ended(cast: Cast, card: PaymentMethod) -> None:
    ManagerLink.objects.filter(staff_may_charge=True).update(ended_at=timezone.now())


def _apart(cast: Cast, card: PaymentMethod) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.other_guardian, protected=cast.child)


def _withdrawn(cast: Cast, card: PaymentMethod) -> None:
    CardConsent.objects.filter(payment_method=card).update(withdrawn_at=timezone.now())


def _expired(cast: Cast, card: PaymentMethod) -> None:
    PaymentMethod.objects.filter(pk=card.pk).update(exp_year=2020)


@pytest.mark.parametrize(
    "change", [_elsewhere, _ended, _apart, _withdrawn, _expired], ids=lambda c: c.__name__
)
def test_a_card_that_is_lent_no_more_is_not_charged_at_the_desk(
    cast: Cast, devstripe: DevStripe, change: Any
) -> None:
    card = lent(cast)
    cart = begin(cast, desk(cast), cast.owner, course(cast.organization), [cast.child])
    change(cast, card)
    assert [name for name, how in ways(cart) if how == "card"] == [cast.household.name]
    with pytest.raises(CardNotForDesk):
        flows.pay(by=desk(cast), cart=cart, method=card)
    with pytest.raises(CardNotForDesk):
        flows.pay(by=desk(cast), cart=cart, method=cast.stranger_card)
    assert (Payment.objects.count(), Invoice.objects.count()) == (0, 0)


def test_a_missing_right_is_passed_over_with_the_permission_and_a_reason_only(cast: Cast) -> None:
    swim = course(cast.organization)
    make.ManagerLinkFactory(manager=cast.other_guardian, dependent=cast.sibling)
    with pytest.raises(RightMissing) as refused:
        begin(cast, desk(cast), cast.other_guardian, swim, [cast.sibling], "Mother phoned")
    assert "Rosa may not book for Zuri" in str(refused.value)
    with pytest.raises(ReasonMissing):
        begin(cast, chief(cast), cast.other_guardian, swim, [cast.sibling], "  ")
    assert (Cart.objects.count(), seats(swim)) == (0, [])
    cart = begin(cast, chief(cast), cast.other_guardian, swim, [cast.sibling], "Mother phoned")
    event = AuditEvent.objects.get(action="billing.right_overridden")
    assert (cart.override_reason, event.target_id, event.staff_id, event.changes) == (
        "Mother phoned",
        cart.pk,
        cast.administrator.pk,
        {"right": "book"},
    )
    assert event.member_ids == sorted([cast.other_guardian.pk, cast.sibling.pk])


def test_a_no_contact_mark_is_never_passed_over(cast: Cast, web: Web) -> None:
    swim = course(cast.organization)
    make.NoContactFactory(organization=cast.organization, barred=cast.other_guardian, protected=cast.child)
    with pytest.raises(NotAllowed):
        begin(cast, chief(cast), cast.other_guardian, swim, [cast.child], "They insisted")
    page = web.as_(cast.administrator).get(
        reverse("staff:register", args=[cast.organization.slug, "course", swim.code]),
        {"client": cast.client(cast.other_guardian).number},
    )
    assert (page.status, "Toby" in page.words) == (200, False)


def test_nobody_at_the_desk_gives_credit_or_passes_a_right_over_for_their_own_family(cast: Cast) -> None:
    cast.administrator.user = cast.owner.user
    cast.administrator.save()
    swim = course(cast.organization)
    cart = begin(cast, chief(cast), cast.owner, swim, [cast.child])
    with pytest.raises(SelfDealing):
        desk_sales.leave_open(by=chief(cast), cart=cart, household=cast.household)
    make.ManagerLinkFactory(manager=cast.other_guardian, dependent=cast.sibling)
    with pytest.raises(SelfDealing):
        begin(cast, chief(cast), cast.other_guardian, swim, [cast.sibling], "Mother phoned")


def test_too_young_already_there_and_full_hold_at_the_desk_too(cast: Cast) -> None:
    swim = course(cast.organization)
    swim.age_min_months, swim.age_max_months = 12 * 12, 16 * 12
    swim.save()
    with pytest.raises(CannotBuy):
        begin(cast, chief(cast), cast.owner, swim, [cast.child])
    assert seats(swim) == []


def test_the_desk_goes_from_the_class_to_the_bill_and_reads_every_reason(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    requirement = make.RequirementFactory(
        document__organization=cast.organization, document__title="Season waiver", is_for_everyone=True
    )
    make.DocumentVersionFactory(document=requirement.document)
    swim = course(cast.organization, price=10000)
    browser = web.as_(cast.front_desk)
    session = swim.sessions.order_by("pk")[0]
    opened = browser.get(reverse("staff:session", args=[cast.organization.slug, session.code]))
    page_of_class = reverse("staff:register", args=[cast.organization.slug, "course", swim.code])
    assert page_of_class in opened.text
    assert "Rosa Marin" in browser.get(page_of_class, {"q": "marin"}).words
    booker = cast.client(cast.other_guardian)
    make.ManagerLinkFactory(manager=cast.other_guardian, dependent=cast.sibling)
    page = browser.get(page_of_class, {"client": booker.number})
    for words in (
        "Rosa may book for them",
        "Rosa may not book for them: A link joins the two, but does not give this right.",
        "Not signed yet: Season waiver",
    ):
        assert words in page.words
    assert "Chidi" not in page.words
    sent = {"client": booker.number, "for": cast.client(cast.child).number, "once": page.once}
    page = browser.post(page_of_class, sent)
    again = browser.post(page_of_class, sent)
    assert (page.path.split("/")[3], again.path) == ("sales", page.path)
    assert "Toby has not signed “Season waiver”" in page.words
    assert "Choose how to pay" in browser.post(page.path, {"way": "open-0"}).words
    way = f"open-{cast.household.number}"
    done = [browser.post(page.path, {"way": way, "total": "11300"}) for _press in range(2)]
    assert ["The bill is left open. Bill 1" in each.words for each in done] == [True, True]
    assert Invoice.objects.count() == 1


def test_the_activity_shows_the_reason_to_who_may_read_it(cast: Cast, web: Web) -> None:
    make.ManagerLinkFactory(manager=cast.other_guardian, dependent=cast.sibling)
    swim = course(cast.organization)
    begin(cast, chief(cast), cast.other_guardian, swim, [cast.sibling], "Mother phoned")
    activity = web.as_(cast.administrator).get(reverse("staff:activity", args=[cast.organization.slug]))
    assert "The desk booked though a right was missing: Mother phoned" in activity.words
    family = web.as_(cast.owner).get(reverse("portal:activity"))
    assert ("a right was missing" in family.words, "Mother phoned" in family.words) == (True, False)


def test_nothing_of_another_organisation_is_registered_or_sold(cast: Cast, web: Web) -> None:
    swim = course(cast.organization)
    cart = begin(cast, desk(cast), cast.owner, swim, [cast.child])
    rival = web.as_(cast.rival_administrator)
    slug = cast.rival.slug
    assert [
        rival.get(address).status
        for address in (
            reverse("staff:register", args=[slug, "course", swim.code]),
            reverse("staff:sale", args=[slug, cart.code]),
            reverse("staff:client_register", args=[slug, 999_999]),
        )
    ] == [404, 404, 404]
    with pytest.raises(NotAllowed):
        begin(cast, staff(cast.rival_administrator, "administrator"), cast.owner, swim, [cast.child])
