"""Every address, by everybody: who gets in, and what the others are answered (RULES 2.12)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access import scene as scenes
from tests.access.table import ELSEWHERE, EVERYBODY, GROUPS, NOBODY, PAGES, STAFF, Page, seat, session
from tests.cast import Cast
from tests.web import Page as Answer
from tests.web import Web

IN, LOGIN = "in", "login"


def addresses(patterns: Any = None, names: tuple[str, ...] = (), keys: Any = frozenset()) -> Iterator[Any]:
    """(name, its keyword arguments, view) of every address the resolver knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        own = keys | set(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from addresses(pattern.url_patterns, inner, own)
        elif isinstance(pattern, URLPattern):
            yield ":".join([*names, pattern.name or "?"]), frozenset(own), pattern.callback


def what(page: Page, answer: Answer) -> object:
    """An answer as the table speaks of it: in, to the log-in page, or a status."""
    if answer.status == 302 and answer.location.startswith("/login/login/"):
        return LOGIN
    if answer.status in ({200, 302, 303, 422} if page.posts or page.leads_on else {200}):
        return IN
    return answer.status


def expected(page: Page, who: str) -> object:
    if who in page.who:
        return IN
    if who == NOBODY:
        return LOGIN
    return 403 if page.name.startswith("staff:") and who in STAFF else 404


def everybody(cast: Cast, web: Web) -> dict[str, Web]:
    return {who: web.as_(None if who == NOBODY else getattr(cast, who)) for who in sorted(EVERYBODY)}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_only_those_of_the_table_get_in(page: Page, cast: Cast, web: Web) -> None:
    scene = scenes.of_family(cast)
    url = reverse(page.name, kwargs=page.kwargs(scene))

    asked = EVERYBODY - page.who if page.asks_stripe else EVERYBODY
    data = page.sends(scene)

    answers = {
        who: what(page, (browser.post if page.posts else browser.get)(url, data, follow=False))
        for who, browser in everybody(cast, web).items()
        if who in asked
    }

    assert answers == {who: expected(page, who) for who in asked}


@pytest.mark.parametrize("page", [page for page in PAGES if not page.posts], ids=str)
def test_a_form_sent_past_its_page_is_refused_like_the_page(page: Page, cast: Cast, web: Web) -> None:
    scene = scenes.of_family(cast)
    url = reverse(page.name, kwargs=page.kwargs(scene))
    others = {who: browser for who, browser in everybody(cast, web).items() if who not in page.who}

    answers = {who: what(page, browser.post(url, follow=False)) for who, browser in others.items()}

    refused = {who: {expected(page, who), 405} for who in others}
    assert {who: answer for who, answer in answers.items() if answer not in refused[who]} == {}


@pytest.mark.parametrize("page", [page for page in PAGES if page.about in (session, seat)], ids=str)
def test_anothers_session_is_not_found_under_ones_own_organisation(page: Page, cast: Cast, web: Web) -> None:
    theirs = page.about(scenes.of_family(cast))
    url = reverse(page.name, kwargs={"org": cast.rival.slug} | theirs)
    browser = web.as_(cast.rival_administrator)

    assert (browser.post if page.posts else browser.get)(url, follow=False).status == 404


def test_every_address_is_in_the_table() -> None:
    anything: Any = _Anything()
    known = {(page.name, frozenset(page.kwargs(anything))) for page in PAGES}

    forgotten = {
        (name, tuple(sorted(keys)))
        for name, keys, _view in addresses()
        if (name, keys) not in known and name not in ELSEWHERE and not name.startswith(GROUPS)
    }

    assert forgotten == set()


def test_the_table_has_no_address_that_is_gone() -> None:
    names = {name for name, _keys, _view in addresses()}

    assert {page.name for page in PAGES} | set(ELSEWHERE) <= names


def test_every_page_of_ours_passes_an_access_decorator() -> None:
    bare = {
        name
        for name, _keys, view in addresses()
        if name.startswith(("staff:", "portal:", "kiosk:", "public:")) and not hasattr(view, "audience")
    }

    assert bare <= {"public:styleguide"}


def test_staff_pages_and_family_pages_are_told_apart() -> None:
    wrong = {
        (name, view.audience)
        for name, _keys, view in addresses()
        if hasattr(view, "audience")
        and view.audience
        not in {"staff": {"staff"}, "portal": {"portal"}}.get(
            name.split(":")[0], {"public", "portal", "login"}
        )
    }

    assert wrong == set()


class _Anything:
    """Stands in for a scene, where only the names of the arguments count."""

    org = {"org": ""}

    def __getattr__(self, name: str) -> "_Anything":
        return self
