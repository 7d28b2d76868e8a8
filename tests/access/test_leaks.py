"""The wall: every page that can be opened shows nothing of the family to those it is not for."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.access import scene as scenes
from tests.access.table import PAGES
from tests.cast import Cast
from tests.web import Page, Web


def pages_of(cast: Cast, *browsers: Web) -> Iterator[Page]:
    """Every GET page, about the family and about the rival's family, refusals included.

    Pages that ask Stripe are looked at in tests/billing.
    """
    for scene in (scenes.of_family(cast), scenes.of_rival(cast)):
        for page in PAGES:
            if not page.posts and not page.asks_stripe:
                url = reverse(page.name, kwargs=page.kwargs(scene))
                yield from (browser.get(url) for browser in browsers)


def is_known(cast: Cast, path: str, text: str) -> bool:
    """The two sides of a link know each other by name, where the link itself is shown (RULES 2.10)."""
    is_about_links = path.startswith(("/my/who-can-do-what/", "/my/links/"))
    return is_about_links and text == cast.other_guardian.given_name


def leaks(cast: Cast, browser: Web, strings: list[str]) -> dict[str, list[str]]:
    """Address → which of ``strings`` its answer holds, as whole words: Zuri is nobody in Zurich."""
    words = {text: re.compile(rf"(?<!\w){re.escape(text)}(?!\w)") for text in strings}
    found = {
        page.path: [
            text for text in strings if words[text].search(page.text) and not is_known(cast, page.path, text)
        ]
        for page in pages_of(cast, browser)
    }
    return {path: texts for path, texts in found.items() if texts}


@pytest.mark.parametrize("who", ["stranger", "rival_administrator"])
def test_a_stranger_and_the_rivals_staff_read_nothing_of_the_family(cast: Cast, web: Web, who: str) -> None:
    assert leaks(cast, web.as_(getattr(cast, who)), cast.strings_of_family) == {}


def test_anonymous_people_read_nothing_of_the_family(cast: Cast, web: Web) -> None:
    shown_by_the_invitation = {cast.child.given_name, cast.child.full_name}
    strings = [text for text in cast.strings_of_family if text not in shown_by_the_invitation]

    assert leaks(cast, web, strings) == {}


def test_another_guardian_reads_of_the_child_and_of_nobody_else(cast: Cast, web: Web) -> None:
    strings = [text for text in cast.strings_of_family if text != cast.child.given_name]

    assert leaks(cast, web.as_(cast.other_guardian), strings) == {}


def test_a_teenager_does_not_read_the_cards_and_bills_of_the_account(cast: Cast, web: Web) -> None:
    private = [cast.card.last4, cast.memo.text, cast.other_guardian.given_name]

    assert leaks(cast, web.as_(cast.teenager), private) == {}


def test_the_family_reads_nothing_of_the_other_guardian_and_of_strangers(cast: Cast, web: Web) -> None:
    others = [cast.other_guardian, cast.stranger, cast.stranger_child]
    strings = [text for one in others for text in (one.given_name, one.email, one.phone) if text]

    assert leaks(cast, web.as_(cast.owner), [*strings, cast.stranger_card.last4]) == {}


def test_the_desk_does_not_read_what_the_rival_knows_of_a_client_of_both(cast: Cast, web: Web) -> None:
    theirs = cast.client(cast.stranger, cast.rival)
    theirs.email, theirs.phone = "sven.at.rival@mail.test", "+442071838750"
    theirs.save(update_fields=["email", "phone"])

    assert leaks(cast, web.as_(cast.front_desk), [theirs.email, theirs.phone]) == {}


def test_there_is_something_to_leak(cast: Cast, web: Web) -> None:
    readers = [web.as_(cast.administrator), web.as_(cast.owner)]
    shown = "".join(page.text for page in pages_of(cast, *readers))
    shown += readers[1].get(reverse("portal:person", args=[cast.owner.code])).text

    missing = [text for text in cast.strings_of_family if text not in shown and not text.startswith("+")]
    assert missing == []
