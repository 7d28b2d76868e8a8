"""The house style that a machine can see: sizes and names of modules, no inline code in templates."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CODE = [
    path
    for folder in [*settings.KINROLL_APPS, "config", "tests"]
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]
TEMPLATES = [path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.parts]

INLINE = re.compile(
    r"<style|<script(?![^>]*\b(src=|type=.application/json))[^>]*>|\sstyle=|\son(click|change|submit|load|input|key\w+|mouse\w+|focus|blur|error|toggle)=|javascript:",
    re.IGNORECASE,
)
MOST_LINES = 450  # about 400 (CONTRIBUTING.md)


def test_no_module_is_longer_than_a_person_reads() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in CODE}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_shared_things_have_names() -> None:
    nameless = {"utils.py", "helpers.py", "common.py", "misc.py", "utils", "helpers", "common"}

    assert [str(path) for path in CODE if nameless & set(path.relative_to(ROOT).parts)] == []


def test_templates_hold_no_inline_script_or_style() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted({match[0] for match in INLINE.finditer(path.read_text())})
        for path in TEMPLATES
        if INLINE.search(path.read_text())
    }

    assert found == {}


def test_templates_never_include_those_of_a_higher_app() -> None:
    order = settings.KINROLL_APPS
    upward = [
        str(path.relative_to(ROOT))
        for place, app in enumerate(order[:-1])
        for path in (ROOT / "templates" / app).rglob("*.html")
        if re.search(rf"""(include|extends) ["']({"|".join(order[place + 1 :])})/""", path.read_text())
    ]

    assert upward == []
