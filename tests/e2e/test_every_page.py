"""Every page in Chromium, wide and narrow, light and dark: axe, console, overflow; and its HTML is valid."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from config.environment import BASE_DIR
from tests.access.table import PAGES
from tests.e2e.browser import Chromium, Person
from tests.e2e.conftest import Club, Enter, come_as
from tests.e2e.pages import ELSEWHERE, PLACES, Place, make_scene

# A group of its own, so that the other worker walks the journeys meanwhile, with a product of its own.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("pages")]

PICTURES = os.environ.get("KINROLL_PICTURES", "")
WIDE, NARROW = (1440, 900), (390, 844)
VNU = "vnu-jar@26.9.27"
HTMX = ".*Attribute “hx-.*"  # htmx's own attributes, which HTML does not know
TOO_WIDE = """
() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return "";
  const beyond = [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((each) => `${each.tagName.toLowerCase()}.${each.className}`);
  return `${wide}px too wide: ${beyond.slice(0, 5).join(", ")}`;
}
"""


@pytest.fixture(scope="module")
def scene(club: Club, chromium: Chromium) -> Iterator[dict[str, str]]:
    """What the pages are about, made once."""
    people: list[Person] = []

    def enter(who: str = "", **options: Any) -> Person:
        people.append(come_as(club, chromium, who, **options))
        return people[-1]

    yield chromium.run(lambda: make_scene(club, enter))
    for person in people:
        chromium.run(person.close)


def test_every_page_of_the_access_table_has_its_place_here() -> None:
    known = {page.name for page in PAGES if not page.posts}

    assert known - {place.name for place in PLACES} == set(ELSEWHERE)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_accessible_wide_and_narrow_light_and_dark(
    place: Place, scene: dict[str, str], enter: Enter
) -> None:
    person = enter(place.who, width=WIDE[0])
    page = person.page
    person.open(place.path.format(**scene))
    found: dict[str, Any] = {}

    for name, (width, height) in (("wide", WIDE), ("narrow", NARROW)):
        page.set_viewport_size({"width": width, "height": height})
        person.turn("light")
        found[f"{name}, light"] = _violations(person) + list(filter(None, [page.evaluate(TOO_WIDE)]))
        _photograph(person, f"{_file_name(place)}-{name}-light")
        person.turn("dark")
        found[f"{name}, dark"] = _violations(person, "color-contrast")
        _photograph(person, f"{_file_name(place)}-{name}-dark")

    problems = {how: each for how, each in found.items() if each}
    assert problems == {}, json.dumps(problems, indent=1, ensure_ascii=False)


def test_the_html_of_every_page_is_valid(scene: dict[str, str], enter: Enter, tmp_path: Path) -> None:
    java, jar = shutil.which("java"), _validator()
    if java is None or jar is None:
        pytest.skip("the HTML is not checked: that needs java and npm")
    people: dict[str, Person] = {}
    for place in PLACES:
        if place.who not in people:
            people[place.who] = enter(place.who)
        answer = people[place.who].context.request.get(
            people[place.who].address + place.path.format(**scene), headers={"Accept": "text/html"}
        )
        (tmp_path / f"{_file_name(place)}.html").write_bytes(answer.body())

    checked = subprocess.run(
        [
            java,
            "-jar",
            str(jar),
            "--format",
            "json",
            "--errors-only",
            "--filterpattern",
            HTMX,
            *map(str, sorted(tmp_path.glob("*.html"))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(checked.stderr or '{"messages": []}')["messages"]

    problems = [f"{Path(each['url']).stem}:{each.get('lastLine')}: {each['message']}" for each in messages]
    assert problems == [], "\n".join(problems)


def _violations(person: Person, *rules: str) -> list[str]:
    """What axe has against the page; only these rules where some are named."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = Axe().run(person.page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}: {' '.join(check['message'] for check in node['any'])[:200]}"
        for each in found
        for node in each["nodes"]
    ]


def _photograph(person: Person, name: str) -> None:
    """Keep a picture of the page, where somebody wants to look at all of them."""
    if PICTURES:
        person.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _file_name(place: Place) -> str:
    return "".join(char if char.isalnum() else "-" for char in str(place))


def _validator() -> Path | None:
    """The Nu HTML checker, fetched once by npm; None where there is no npm or no network."""
    folder = BASE_DIR / ".data" / "vnu"
    jar = folder / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    npm = shutil.which("npm")
    if not jar.exists() and npm is not None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", str(folder), VNU]
        subprocess.run(command, check=False, capture_output=True, timeout=120)
    return jar if jar.exists() else None
