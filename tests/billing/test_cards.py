"""Cards and bills: the family's pages, and what staff see of them (D08, P10, A12, F16)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from billing import flows, sections, showing, stripe_gateway
from billing.devstripe.cards import MASTERCARD, save_test_card
from billing.models import Allocation, CardConsent, PaymentMethod
from tests import factories as make
from tests.billing.purse import person, real_card
from tests.cast import Cast
from tests.devstripe import DevStripe
from tests.web import Web

CARDS = reverse("portal:cards")
BILLS = reverse("portal:bills")


def remove_url(card: PaymentMethod) -> str:
    return reverse("portal:card_remove", args=[card.stripe_id])


@pytest.mark.django_db(transaction=True)
def test_a_card_is_added_by_a_setup_intent_once_however_often_the_form_is_sent(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    browser = web.as_(cast.owner)
    page = browser.get(CARDS)
    assert "Visa ending 94QX" in page.words
    found = re.search(r'data-client-secret="(seti_\w+)_secret', page.html)
    assert found is not None
    save_test_card(found[1], MASTERCARD)
    for _again in range(2):
        page = browser.post(CARDS, {"setup_intent": found[1]})
        assert (page.path, "Mastercard ending 4444" in page.words) == (CARDS, True)
    assert PaymentMethod.objects.filter(account=cast.owner.account).count() == 2
    assert not CardConsent.objects.filter(payment_method__last4="4444").exists()


@pytest.mark.django_db(transaction=True)
def test_a_card_that_was_not_saved_at_the_bank_is_not_saved_here(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    setup = flows.begin_card(by=person(cast.owner), account=cast.owner.account, once="x")
    for sent in (setup.id, "seti_guessed", ""):
        page = web.as_(cast.owner).post(CARDS, {"setup_intent": sent})
        assert (sent, page.status, "This card can’t be used." in page.words) == (sent, 422, True)
    assert PaymentMethod.objects.filter(account=cast.owner.account).count() == 1


@pytest.mark.django_db(transaction=True)
def test_removing_a_card_takes_it_from_stripe_and_withdraws_consent(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    asked = web.as_(cast.owner).get(remove_url(cast.card))
    assert "Remove Visa ending 94QX?" in asked.words
    page = web.as_(cast.owner).post(remove_url(cast.card))
    assert page.path == CARDS
    assert "Visa ending 94QX is removed." in page.words
    cast.card.refresh_from_db()
    assert cast.card.removed_at is not None
    assert stripe_gateway.retrieve_card(cast.card.stripe_id).customer is None
    assert CardConsent.objects.get(payment_method=cast.card).withdrawn_at is not None
    flows.remove_card(by=person(cast.owner), method=cast.card)


@pytest.mark.django_db(transaction=True)
def test_when_stripe_is_out_of_reach_the_card_stays_and_the_page_says_so(
    cast: Cast, web: Web, devstripe: DevStripe
) -> None:
    real_card(cast.card)
    devstripe.fault(r"POST /v1/payment_methods/.*/detach", "500", times=2)
    page = web.as_(cast.owner).post(remove_url(cast.card))
    assert (page.status, "We could not reach the payment service" in page.words) == (422, True)
    cast.card.refresh_from_db()
    assert cast.card.removed_at is None
    devstripe.fault("POST /v1/setup_intents", "500", times=2)
    assert "Visa ending 94QX" in web.as_(cast.owner).get(CARDS).words


@pytest.mark.django_db(transaction=True)
def test_only_owners_touch_the_accounts_cards(cast: Cast, web: Web, devstripe: DevStripe) -> None:
    real_card(cast.card)
    for outsider in (cast.stranger, cast.other_guardian, cast.teenager):
        assert web.as_(outsider).get(remove_url(cast.card)).status == 404
        assert web.as_(outsider).post(remove_url(cast.card)).status == 404
        with pytest.raises(NotAllowed):
            flows.remove_card(by=person(outsider), method=cast.card)
        with pytest.raises(NotAllowed):
            flows.begin_card(by=person(outsider), account=cast.owner.account, once="x")
    page = web.as_(cast.teenager).get(CARDS)
    assert "An owner of your account keeps its cards." in page.words
    assert cast.card.last4 not in page.text


def bill(cast: Cast, *, paid: bool, label: str = "Swim 3", minor: int = 9600) -> Any:
    invoice = make.InvoiceFactory(household=cast.household, subtotal_minor=minor)
    make.InvoiceLineFactory(invoice=invoice, client=cast.client(cast.child), label=label, amount_minor=minor)
    if paid:
        payment = make.PaymentFactory(household=cast.household, paid_by=cast.owner, amount_minor=minor)
        Allocation.objects.create(
            organization=invoice.organization, payment=payment, invoice=invoice, amount_minor=minor
        )
    return invoice


@pytest.mark.django_db
def test_bills_say_what_is_paid_and_what_is_owed(cast: Cast, web: Web) -> None:
    bill(cast, paid=True)
    owed = bill(cast, paid=False, label="Painting", minor=4200)
    everything = web.as_(cast.owner).get(BILLS)
    for words in ("Bill 1", "Bill 2", "Swim 3", "Painting", "Paid", "To pay $42.00", "Riverside Recreation"):
        assert words in everything.words
    unpaid = web.as_(cast.co_owner).get(BILLS, {"show": "unpaid"})
    assert ("Painting" in unpaid.words, "Swim 3" in unpaid.words) == (True, False)
    one = web.as_(cast.owner).get(reverse("portal:bill", args=[owed.code]))
    for words in ("Bill 2", "For Toby", "$42.00", "To pay $42.00"):
        assert words in one.words


@pytest.mark.django_db
def test_nobody_else_sees_a_familys_bills(cast: Cast, web: Web) -> None:
    invoice = bill(cast, paid=True, label="Synchronised diving")
    for outsider in (cast.stranger, cast.other_guardian, cast.teenager):
        assert web.as_(outsider).get(reverse("portal:bill", args=[invoice.code])).status == 404
        page = web.as_(outsider).get(BILLS)
        assert (page.status, "Synchronised diving" in page.text) == (200, False)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_list_of_bills_pages_by_key_with_the_same_queries(
    cast: Cast, web: Web, count: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    made = [bill(cast, paid=number % 2 == 0).number for number in range(count)]
    browser = web.as_(cast.owner)
    browser.get(BILLS)
    with django_assert_num_queries(6):  # session, login, member, places, anchor, bills
        page = browser.get(BILLS)
    seen = []
    while True:
        seen += [int(number) for number in re.findall(r">Bill (\d+)<", page.html)]
        older = re.search(r'href="(\?[^"]*after=[^"]*)"', page.html)
        if older is None:
            break
        page = browser.get(BILLS + older[1].replace("&amp;", "&"))
    assert seen == sorted(made, reverse=True)


def ask(load: Callable[..., dict[str, Any]], subject: Any, cast: Cast) -> dict[str, Any]:
    request: Any = RequestFactory().get("/")
    request.member = cast.owner
    request.actor = Actor(kind=ActorKind.PERSON, member=cast.owner, user=cast.owner.user)
    return load(request, subject)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 7])
def test_every_section_is_one_query_and_at_most_five_rows(
    cast: Cast, count: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(count):
        bill(cast, paid=number > 0)
    loads = (
        (sections.load_family_bills, [cast.owner]),
        (sections.load_client, cast.client(cast.child)),
    )
    for load, subject in loads:
        with django_assert_num_queries(1):
            data = ask(load, subject, cast)
        assert (len(data["rows"]), data["count"]) == (min(count, 5), count)
    with django_assert_num_queries(1):
        assert [card.name for card in ask(sections.load_cards, [], cast)["rows"]] == ["Visa ending 94QX"]


@pytest.mark.django_db
def test_staff_see_bills_by_their_roles(cast: Cast, web: Web) -> None:
    bill(cast, paid=False, minor=4200)
    profile = reverse("staff:client", args=[cast.organization.slug, cast.client(cast.child).number])
    household = reverse("staff:account_billing", args=[cast.organization.slug, cast.household.number])
    assert "To pay $42.00" in web.as_(cast.front_desk).get(profile).words
    assert "To pay $42.00" in web.as_(cast.front_desk).get(household).words
    instructors = web.as_(cast.instructor).get(profile)
    assert (instructors.status, "$42.00" in instructors.words) == (200, False)


@pytest.mark.django_db
def test_an_expired_card_says_so(cast: Cast) -> None:
    now = timezone.now()
    last_month = now.replace(day=1) - timedelta(days=1)
    cast.card.exp_year, cast.card.exp_month = now.year, now.month
    assert showing.card_shown(cast.card, cast.owner, now).is_expired is False
    cast.card.exp_year, cast.card.exp_month = last_month.year, last_month.month
    assert showing.card_shown(cast.card, cast.co_owner, now).is_expired is True
    assert showing.card_shown(cast.card, cast.co_owner, now).whose == "Amara"


@pytest.mark.django_db
def test_a_childs_profile_shows_only_the_bills_about_the_child(cast: Cast) -> None:
    bill(cast, paid=True)
    counts = [
        ask(sections.load_client, cast.client(member), cast)["count"]
        for member in (cast.owner, cast.child, cast.sibling)
    ]
    assert counts == [1, 1, 0]
