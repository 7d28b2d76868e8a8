"""A no-contact mark holds everywhere: the barred person reads what a stranger would (RULES 2.1)."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Staff
from accounts.privacy.leaving import Leaving
from billing.operations import telling
from clients.enums import MemoAudience
from relationships.erasing import guardian_links
from relationships.models import ManagerLink
from tests import factories as make
from tests.access import scene as scenes
from tests.access.scene import Scene
from tests.access.table import PAGES
from tests.cast import Cast
from tests.relationships.copies import copy_for, fill
from tests.web import Web

pytestmark = pytest.mark.django_db

FAMILY_PAGES = [
    page
    for page in PAGES
    if page.name.startswith(("portal:", "public:")) and not page.posts and not page.asks_stripe
]


def everything_about_the_child(cast: Cast) -> Scene:
    """Classes, bills, papers, notes, links, people to pick up: all of one child, whom the co-owner ran too."""
    fill(cast)
    child = cast.client(cast.child)
    cast.child.preferred_name = "Tobbelino"
    cast.child.save(update_fields=["preferred_name"])
    make.ManagerLinkFactory(manager=cast.co_owner, dependent=cast.child, book=True, notify=True, pick_up=True)
    for audience in MemoAudience:
        make.MemoFactory(client=child, text=f"A {audience} note on Quillfeather", audience=audience)
    make.InvoiceLineFactory(
        invoice__household=cast.household, invoice__number=66113, client=child, label="Season of Quillfeather"
    )
    return scenes.of_family(cast)


SECRETS = ("Toby", "Tobbelino", "Quillfeather", "66113")


def opened(cast: Cast, web: Web, scene: Scene) -> Iterator[tuple[str, str]]:
    browser = web.as_(cast.co_owner)
    for page in FAMILY_PAGES:
        answer = browser.get(reverse(page.name, kwargs=page.kwargs(scene)))
        yield page.name, answer.text


def test_no_page_of_the_barred_owner_says_anything_of_the_protected_child(web: Web, cast: Cast) -> None:
    scene = everything_about_the_child(cast)
    seen = {name for name, text in opened(cast, web, scene) if any(secret in text for secret in SECRETS)}
    assert {"portal:home", "portal:people", "portal:person", "portal:bills", "portal:rights"} <= seen

    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    found = {
        name: [secret for secret in SECRETS if secret in text] for name, text in opened(cast, web, scene)
    }
    assert {name: secrets for name, secrets in found.items() if secrets} == {}


def test_lifted_the_owner_reads_it_all_again(web: Web, cast: Cast) -> None:
    scene = everything_about_the_child(cast)
    make.NoContactFactory(
        organization=cast.organization, barred=cast.co_owner, protected=cast.child, lifted_at=timezone.now()
    )
    seen = {name for name, text in opened(cast, web, scene) if any(secret in text for secret in SECRETS)}
    assert {"portal:person", "portal:bills", "portal:bill", "portal:erase"} <= seen


def test_bills_are_mailed_to_an_owner_who_may_read_of_whom_they_are_about(cast: Cast) -> None:
    cast.household.billing_contact = cast.co_owner
    cast.household.save(update_fields=["billing_contact"])
    about = [cast.child.pk, cast.sibling.pk]
    assert telling.readers(cast.household, cast.co_owner, about) == [cast.co_owner]
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    assert telling.readers(cast.household, cast.co_owner, about) == [cast.owner]
    assert telling.readers(cast.household, cast.co_owner, [cast.sibling.pk]) == [cast.co_owner]


def test_the_copy_of_the_barred_owner_holds_nothing_of_the_protected_child(cast: Cast) -> None:
    everything_about_the_child(cast)
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    assert copy_for(cast.co_owner).finds(*SECRETS) == []


STAFF_PAGES = [
    page for page in PAGES if page.name.startswith("staff:") and not page.posts and not page.asks_stripe
]


def test_who_works_here_and_is_barred_finds_nothing_of_the_child_in_any_page_of_staff(
    web: Web, cast: Cast
) -> None:
    scene = everything_about_the_child(cast)
    Staff.objects.filter(pk=cast.administrator.pk).update(user=cast.co_owner.user)
    at_work = Staff.objects.get(pk=cast.administrator.pk)

    def said() -> dict[str, list[str]]:
        browser, texts = web.as_(at_work), {}
        for page in STAFF_PAGES:
            texts[page.name] = browser.get(reverse(page.name, kwargs=page.kwargs(scene))).text
        texts["search"] = browser.get(reverse("staff:clients", kwargs=scene.org) + "?q=Tob").text.replace(
            '"Tob"', ""
        )
        texts["linked"] = browser.get(
            reverse(
                "staff:client_links", kwargs=scene.org | {"number": cast.client(cast.other_guardian).number}
            )
        ).text
        return {
            name: found
            for name, text in texts.items()
            if (found := [each for each in SECRETS if each in text])
        }

    assert {"staff:client", "staff:clients", "staff:session", "staff:account", "search", "linked"} <= set(
        said()
    )
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.child)
    assert said() == {}


def test_a_barred_legal_guardian_is_neither_asked_nor_told_of_an_erasure(cast: Cast) -> None:
    ManagerLink.objects.filter(manager=cast.other_guardian).update(is_legal_guardian=True)
    leaving = Leaving.of(cast.owner.account, [cast.child], is_whole=False, asker=cast.owner.pk)
    assert guardian_links(leaving).count() == 1
    make.NoContactFactory(organization=cast.organization, barred=cast.other_guardian, protected=cast.child)
    assert guardian_links(leaving).count() == 0
