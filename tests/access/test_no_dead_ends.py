"""No page of the staff offers its reader what their role does not open: no link, no button (D11)."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse

from accounts.permissions import BUILT_IN, Permission
from tests import factories as make
from tests.access import scene as scenes
from tests.access.table import PAGES, STAFF
from tests.cast import Cast
from tests.web import Page, Web

OFFERED = re.compile(r'(?:href|action|hx-get|hx-post)="(/staff/[^"#]*)"')


def held_by(who: str) -> frozenset[Permission]:
    return BUILT_IN[who.replace("_", "-")]


def closed(answer: Page, held: frozenset[Permission]) -> set[str]:
    """What the page offers and ``held`` does not open."""
    found = set()
    for address in OFFERED.findall(answer.text):
        try:
            view = resolve(urlsplit(address).path).func
        except Resolver404:
            found.add(f"{address} leads nowhere")
            continue
        if not held.issuperset(getattr(view, "permissions", ())):
            found.add(address)
    return found


@pytest.mark.parametrize("who", sorted(STAFF))
def test_staff_are_offered_only_what_their_role_opens(cast: Cast, web: Web, who: str) -> None:
    scene, browser = scenes.of_family(cast), web.as_(getattr(cast, who))
    pages = [page for page in PAGES if page.name.startswith("staff:") and not page.posts and who in page.who]
    answers = {page.name: browser.get(reverse(page.name, kwargs=page.kwargs(scene))) for page in pages}

    assert sum(len(OFFERED.findall(answer.text)) for answer in answers.values()) > 20
    offered = {name: closed(answer, held_by(who)) for name, answer in answers.items()}

    assert {name: addresses for name, addresses in offered.items() if addresses} == {}


def test_an_account_reader_finds_nothing_to_send(cast: Cast, web: Web) -> None:
    scene, browser = scenes.of_family(cast), web.as_(cast.account_reader)
    pages = [
        page
        for page in PAGES
        if page.name.startswith("staff:") and not page.posts and "account_reader" in page.who
    ]
    forms = re.compile(r'<form[^>]*method="post"[^>]*>')
    everywhere = {reverse("account_logout"), reverse("public:language")}

    sent = {
        page.name: [
            form
            for form in forms.findall(browser.get(reverse(page.name, kwargs=page.kwargs(scene))).html)
            if not any(f'action="{address}"' in form for address in everywhere)
        ]
        for page in pages
    }

    assert {name: found for name, found in sent.items() if found} == {}


def test_an_account_contributor_makes_a_family_changes_it_and_invites_its_owner(cast: Cast, web: Web) -> None:
    browser = web.as_(cast.account_contributor)
    home = browser.get("/")
    assert home.path == reverse("staff:clients", args=["riverside"])
    made = browser.post(
        reverse("staff:account_new", args=["riverside"]),
        {"given_name": "Wanda", "family_name": "Nowak", "born_on": "1987-05-03", "email": "wanda@mail.test"},
    )
    assert "Account made, invitation sent to wanda@mail.test" in made
    client = cast.organization.clients.get(given_name="Wanda")
    edit = reverse("staff:client_edit", args=["riverside", client.number])
    changed = browser.post(edit, {"given_name": "Wanda", "family_name": "Nowaková", "born_on": "1987-05-03"})
    assert "Wanda Nowaková" in changed.words
    assert browser.get(reverse("staff:client_memos", args=["riverside", client.number])).status == 403


def test_who_may_not_see_clients_gets_no_search_for_them(cast: Cast, web: Web) -> None:
    lead = make.StaffFactory(organization=cast.organization)
    lead.roles.create(organization=cast.organization, key="own-lead", name="Lead", permissions=["staff_edit"])
    page = web.as_(lead).get("/")
    assert (page.path, closed(page, frozenset({Permission.STAFF_EDIT}))) == (
        reverse("staff:settings", args=["riverside"]),
        set(),
    )
    assert 'role="search"' not in page.html
