"""One child, two households: each guardian's pages, mails and copy hold nothing of the other (B01, B02, RULES 2.10).

Amara and Rosa are both guardians of Toby. Each household has everything a household can have, in strings found
nowhere else; every page that a family can open, the mails to each, the copy of each, and what an error answers are
searched for the other's. The pages are those of ``tests/access/table.py``, which knows every address.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from django.urls import reverse

from accounts.models import Member
from billing.models import Allocation, PaymentMethod
from clients.enums import MemoAudience
from messaging import letters
from messaging.models import Message
from relationships.models import ManagerLink
from relationships.operations import links, requests
from tests import factories as make
from tests.access import scene as scenes
from tests.access.scene import Scene
from tests.access.table import ELSEWHERE, PAGES, Page
from tests.access.test_access import addresses
from tests.cast import Cast
from tests.relationships.copies import copy_for, fill
from tests.relationships.test_links import person, terms
from tests.web import Web

pytestmark = pytest.mark.django_db

FAMILY_PAGES = [
    page
    for page in PAGES
    if page.name.startswith(("portal:", "public:")) and not page.posts and not page.asks_stripe
]


@dataclass(frozen=True, kw_only=True)
class House:
    """A guardian's household: its own child, its card, and everything that is nobody else's business."""

    guardian: Member
    own_child: Member
    card: PaymentMethod
    scene: Scene
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Two:
    """The two households of one child."""

    cast: Cast
    ours: House
    theirs: House

    def other(self, house: House) -> House:
        return self.theirs if house is self.ours else self.ours


@pytest.fixture
def two(cast: Cast) -> Two:
    fill(cast)
    rosa = cast.other_guardian
    rosa.address_line, rosa.city = "4 Ferryman Quay", "Port Hollis"
    rosa.save(update_fields=["address_line", "city"])
    luz = make.MemberFactory(account=rosa.account, given_name="Luz", family_name="Marin", email="")
    cast.clients[luz.pk, cast.organization.pk] = make.ClientFactory(
        organization=cast.organization, member=luz
    )
    card = make.PaymentMethodFactory(holder=rosa, last4="5521", consented_at=cast.organization)
    ManagerLink.objects.filter(manager=rosa).update(granted_by=cast.owner, forms=True, is_legal_guardian=True)
    ours, theirs = scenes.of_family(cast), scenes.of_other_guardian(cast, luz, card)
    return Two(
        cast=cast,
        ours=_house(cast, cast.owner, cast.sibling, cast.card, ours, "Okafor", 77312, 12347),
        theirs=_house(cast, rosa, luz, card, theirs, "Marin", 88431, 9871),
    )


def _house(
    cast: Cast,
    guardian: Member,
    own_child: Member,
    card: PaymentMethod,
    scene: Scene,
    tag: str,
    number: int,
    amount: int,
) -> House:
    """Bills about the shared child and the own one, one paid by card, and notes for the family."""
    household = cast.client(guardian).household
    for at, child in enumerate((cast.child, own_child)):
        line = make.InvoiceLineFactory(
            invoice__household=household,
            invoice__number=number + at,
            invoice__subtotal_minor=amount + at,
            client=cast.client(child),
            label=f"Season of {tag}",
            amount_minor=amount + at,
        )
        if at:
            payment = make.PaymentFactory(
                household=household, paid_by=guardian, method=card, kind="card", amount_minor=amount + at
            )
            Allocation.objects.create(
                organization=cast.organization,
                payment=payment,
                invoice=line.invoice,
                amount_minor=amount + at,
            )
    for audience in MemoAudience:
        make.MemoFactory(
            client=cast.client(own_child), text=f"{tag} has a {audience} secret", audience=audience
        )
    people = [guardian, own_child, *([cast.co_owner] if guardian == cast.owner else [])]
    return House(
        guardian=guardian,
        own_child=own_child,
        card=card,
        scene=scene,
        secrets=tuple(
            text
            for text in (
                *(field for one in people for field in (one.email, one.phone, one.address_line, one.city)),
                own_child.given_name,
                card.last4,
                household.name,
                *(str(number + at) for at in (0, 1)),
                *(f"{(amount + at) / 100:.2f}" for at in (0, 1)),
                f"Season of {tag}",
                f"{tag} has a",
                f"Club of {tag}",
                f"Aunt {tag}",
                f"Phone of {tag}",
                f"Browser of {tag}",
                f"Left behind by {tag}",
                f"invited.{tag}@mail.test".lower(),
            )
            if text
        ),
    )


def opened(two: Two, web: Web, house: House) -> Iterator[tuple[str, str]]:
    """(address, text) of every page that a family can open, about either household, and of errors."""
    browser = web.as_(house.guardian)
    narrowed = f"?who={two.cast.child.code}&at={two.cast.organization.slug}"
    extra = [reverse("portal:home") + narrowed, "/my/nowhere/", reverse("portal:rights") + "?show=ended"]
    for url in [*_addresses(two), *extra]:
        page = browser.get(url)
        yield page.path, page.text


def _addresses(two: Two) -> Iterable[str]:
    found = {
        reverse(page.name, kwargs=page.kwargs(scene)): None
        for scene in (two.ours.scene, two.theirs.scene)
        for page in FAMILY_PAGES
    }
    houses = (two.ours, two.theirs)
    people = [two.cast.child, *(one for house in houses for one in (house.guardian, house.own_child))]
    about = [page.name for page in FAMILY_PAGES if _is_about_somebody(page, two)]
    return found | {reverse(name, kwargs={"code": one.code}): None for one in people for name in about}


def _is_about_somebody(page: Page, two: Two) -> bool:
    return page.about(two.ours.scene) == {"code": two.ours.scene.child.code}


def leaks(two: Two, house: House, texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Where → which of the other household's secrets stand there."""
    secrets = two.other(house).secrets
    found = {where: [secret for secret in secrets if secret in text] for where, text in texts}
    return {where: secrets for where, secrets in found.items() if secrets}


def test_every_page_and_every_error_holds_nothing_of_the_other_household(two: Two, web: Web) -> None:
    ours, theirs = list(opened(two, web, two.ours)), list(opened(two, web, two.theirs))

    assert (leaks(two, two.ours, ours), leaks(two, two.theirs, theirs)) == ({}, {})
    assert (_unseen(two.ours, ours), _unseen(two.theirs, theirs)) == ([], [])


def _unseen(house: House, texts: list[tuple[str, str]]) -> list[str]:
    """What a guardian does not even read of their own: nothing, or the search would prove little."""
    everything = "".join(text for _where, text in texts)
    own = (house.own_child.given_name, house.card.last4, house.guardian.email, house.guardian.address_line)
    return [text for text in own if text not in everything]


def test_the_mails_to_each_hold_nothing_of_the_other_household(two: Two, web: Web) -> None:
    cast = two.cast
    link = ManagerLink.objects.get(manager=cast.other_guardian, dependent=cast.child, organization=None)
    link = links.ask_for(by=person(cast.other_guardian), link=link, flags=["pick_up"])
    link = links.change(
        by=person(cast.owner), link=link, flags=["view", "book", "notify", "pick_up"], ends_on=None
    )
    request = requests.ask(
        by=person(cast.other_guardian), addressee=cast.co_owner, terms=terms("view"), about="Toby"
    )
    assert request is not None
    requests.decline(by=person(cast.co_owner), request=request)
    links.end(by=person(cast.other_guardian), link=link)

    houses = {two.ours.guardian.account_id: two.ours, two.theirs.guardian.account_id: two.theirs}
    mails: dict[int, list[tuple[str, str]]] = {pk: [] for pk in houses}
    for message in Message.objects.filter(reader__account__in=houses).select_related("reader"):
        letter = letters.write(message)
        text = "\n".join(
            [str(letter.subject), str(letter.body), *(str(part) for part, _type in letter.alternatives)]
        )
        assert message.reader is not None
        mails[message.reader.account_id].append((message.template, text))

    assert {pk: leaks(two, house, mails[pk]) for pk, house in houses.items()} == {pk: {} for pk in houses}
    assert all(len({template for template, _text in found}) > 2 for found in mails.values())


def test_the_copy_of_each_holds_nothing_of_the_other_household(two: Two) -> None:
    found = {
        house.guardian.given_name: leaks(two, house, [("copy", copy_for(house.guardian).text)])
        for house in (two.ours, two.theirs)
    }

    assert found == {"Amara": {}, "Rosa": {}}
    assert copy_for(two.theirs.guardian).finds(two.theirs.card.last4, "Luz", "98.71") != []


def test_every_page_of_families_is_searched() -> None:
    """A new page of the portal joins by its line in the table of access; without one it fails here too."""
    asked = {page.name for page in PAGES if page.asks_stripe or page.posts}
    known = {page.name for page in FAMILY_PAGES} | asked | set(ELSEWHERE)

    assert {name for name, _keys, _view in addresses() if name.startswith("portal:")} - known == set()
