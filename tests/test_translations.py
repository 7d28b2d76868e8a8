"""The French catalogue is whole, and the pages are French to who reads French."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from babel.messages.catalog import Message
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AuditEvent, Member, User
from config.catalogues import LOCALE, forms_of, marked_messages, read_catalogue, untranslated
from messaging import letters, outbox
from scheduling import eligibility, wording
from tests import factories as make
from tests.access import scene as scenes
from tests.access.table import NOBODY, PAGES
from tests.access.table import Page as Address
from tests.cast import Cast
from tests.web import Page, Web

CATALOGUE = read_catalogue(LOCALE / "fr" / "LC_MESSAGES" / "django.po")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
MARKUP = re.compile(r"</?\w+[^>]*>")
# Words that an English page of ours cannot do without, and a French one has no use for.
TELLTALES = re.compile(
    r"\b(the|your|you|with|this|and|of|for|from|until|new|not|here|book|booked|left|log in|sign up|e-mail|"
    r"family|class|classes|bills?|search|save|saved|pay|paid|cancel|add|edit|all|about|today|yes|"
    r"monday|tuesday|wednesday|thursday|friday|ages?|years?|found|name|phone|owner)\b",
    re.IGNORECASE,
)
# What people named themselves, and names that both languages write alike.
GIVEN = re.compile(
    r"Okafor family|Lindqvist family|Marin family|Front desk|Riverside Recreation|Peanut allergy, pen in the bag"
)


@pytest.fixture(autouse=True)
def _back_to_english() -> Iterator[None]:
    """A page leaves its language behind in the thread."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def ids_of(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def test_every_marked_text_has_its_french_and_nothing_else_is_in_the_catalogue() -> None:
    def keys(messages: list[Message]) -> set[tuple[tuple[str, ...], str | None]]:
        return {(ids_of(message), message.context) for message in messages if message.id}

    assert (keys(list(CATALOGUE)), [message.id for message in untranslated(CATALOGUE)]) == (
        keys(list(marked_messages())),
        [],
    ), "run `make messages`, and translate"


def test_no_french_text_is_a_guess() -> None:
    assert [message.id for message in CATALOGUE if message.id and message.fuzzy] == []


@pytest.mark.parametrize("pattern", [PLACEHOLDER, MARKUP], ids=["placeholders", "markup"])
def test_french_texts_have_the_placeholders_and_the_markup_of_the_english_ones(
    pattern: re.Pattern[str],
) -> None:
    def of(texts: list[str] | tuple[str, ...]) -> list[str]:
        return sorted({found for text in texts for found in pattern.findall(text)})

    different = [
        (message.id, of(forms_of(message)))
        for message in CATALOGUE
        if message.id and of(ids_of(message)) != of(forms_of(message))
    ]
    assert different == []


def test_plurals_have_both_french_forms() -> None:
    assert [
        message.id for message in CATALOGUE if not isinstance(message.id, str) and len(forms_of(message)) != 2
    ] == []


def test_the_languages_offered_are_those_of_the_catalogues() -> None:
    folders = {path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po")}

    assert {code for code, _ in settings.LANGUAGES} == folders | {settings.LANGUAGE_CODE}


SEEN = [page for page in PAGES if page.who and not page.posts and not page.asks_stripe]
READERS = ("administrator", "owner")
LOGGING_IN = ["account_login", "account_reset_password", "account_request_login_code", "account_logout"]


def english_in(page: Page) -> list[str]:
    """What is English of what a reader sees or hears; names that people gave are left out."""
    shown = re.sub(r"(?s)<(script|style|svg|head)\b.*?</\1>", " ", page.html)
    shown = re.sub(
        r'(?s)<select name="(?:time_zone|currency)".*?</select>', " ", shown
    )  # names of places and coins
    spoken = re.findall(r'(?:aria-label|placeholder|title|alt|data-busy|data-message-\w+)="([^"]*)"', shown)
    title = re.findall(r"(?s)<title>(.*?)</title>", page.html)
    texts = re.findall(r">([^<>]+)<", shown) + spoken + title
    found = []
    for text in texts:
        words = re.sub(GIVEN, "", " ".join(unescape(text).split()))
        if TELLTALES.search(words):
            found.append(words)
    return found


@pytest.mark.parametrize("page", SEEN, ids=str)
def test_a_page_has_no_english_left_for_who_reads_french(page: Address, cast: Cast, web: Web) -> None:
    scene = scenes.of_family(cast)
    url = reverse(page.name, kwargs=page.kwargs(scene))
    readers = [web.as_(getattr(cast, who)) for who in READERS if who in page.who]
    if NOBODY in page.who:
        readers.append(web.as_(None))

    answers = [in_french(reader).get(url) for reader in readers]

    assert [(answer.status, english_in(answer)) for answer in answers] == [(200, [])] * len(answers)
    assert {answer.response.headers["Content-Language"] for answer in answers} == {"fr"}


def test_taking_ones_affairs_over_is_french(cast: Cast, web: Web) -> None:
    grown_up = make.MemberFactory(
        account=cast.owner.account, email="ife@adult.test", born_on=make.years_ago(18), with_login=True
    )
    Member.objects.filter(pk=grown_up.pk).update(created_at=timezone.now() - timedelta(days=400))
    make.ClientFactory(organization=cast.organization, member=grown_up, born_on=grown_up.born_on)

    page = in_french(web.as_(Member.objects.get(pk=grown_up.pk))).get(reverse("portal:take_over"))

    assert (page.status, english_in(page)) == (200, [])


@pytest.mark.parametrize("name", LOGGING_IN)
def test_logging_in_is_french(name: str, cast: Cast, web: Web) -> None:
    browser = web.as_(cast.owner if name == "account_logout" else None)

    assert english_in(in_french(browser).get(reverse(name))) == []


def in_french(browser: Web) -> Web:
    browser.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr-CA,fr;q=0.9,en;q=0.5"
    return browser


def test_the_switch_keeps_the_language_and_leads_back(cast: Cast, web: Web) -> None:
    schedule = reverse("public:schedule", args=[cast.organization.slug])

    answer = web.post(reverse("public:language"), {"language": "fr", "next": schedule}, follow=False)

    assert (answer.status, answer.location) == (302, schedule)
    assert web.get(schedule).response.headers["Content-Language"] == "fr"


def test_the_switch_leads_nowhere_else(web: Web) -> None:
    answer = web.post(
        reverse("public:language"), {"language": "fr", "next": "https://evil.test/"}, follow=False
    )

    assert answer.location == "/"


def test_the_switch_needs_no_form_token(cast: Cast) -> None:
    browser = Browser(enforce_csrf_checks=True)

    assert browser.post(reverse("public:language"), {"language": "fr"}).status_code == 302


def test_who_switches_is_written_to_in_that_language(cast: Cast, web: Web) -> None:
    web.as_(cast.owner).post(reverse("public:language"), {"language": "fr", "next": "/healthz"})
    message = outbox.queue(
        template="messaging/email/claimed",
        address=cast.owner.email,
        dedupe_key="a-mail",
        context={"name": "Amara", "sender": cast.organization.name, "home_url": "https://kinroll.test/my/"},
        organization=cast.organization,
        reader=Member.objects.get(pk=cast.owner.pk),
    )
    assert message is not None

    mail = letters.write(message)

    assert (mail.subject, message.language) == ("Votre compte chez Riverside Recreation est ouvert", "en")
    assert AuditEvent.objects.get(action="accounts.language_chosen").changes == {"language": "fr"}


def test_a_language_we_do_not_speak_changes_nothing(cast: Cast, web: Web) -> None:
    languages = User.objects.order_by("pk").values_list("pk", "language")
    before = list(languages)

    answer = web.as_(cast.owner).post(reverse("public:language"), {"language": "tlh", "next": "/healthz"})

    assert (answer.status, list(languages.all())) == (200, before)


def test_weekdays_and_ages_read_well_in_french() -> None:
    with translation.override("fr"):
        said = [
            wording.weekdays_label([1, 3]),
            wording.weekdays_label([0, 1, 2, 3, 4]),
            eligibility.ages_label(72, 131),
            eligibility.ages_label(36, 47),
            eligibility.ages_label(72, None),
            eligibility.ages_label(12, 47),
            eligibility.age(96),
        ]

    assert said == [
        "Mardi et jeudi",
        "Du lundi au vendredi",
        "6 à 10 ans",
        "3 ans",
        "6 ans et plus",
        "12 mois à 3 ans et 11 mois",
        "8 ans",
    ]
