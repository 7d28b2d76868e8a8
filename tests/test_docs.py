"""The documents name what is there: tests, modules, functions, files, and the numbers of the rules."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PACKAGES = (*settings.KINROLL_APPS, "config", "demo", "tests")

CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
TEST = re.compile(r"tests/[\w/]+\.py(?:::\w+)+")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+(?::\w+)?")
FILE = re.compile(rf"(?:{'|'.join((*PACKAGES, 'docs', 'templates', 'static', 'requirements'))})/[\w./-]*")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CITED = re.compile(r"RULES (\d\.\d+(?:(?:, | and |, and )\d\.\d+)*)")
PATTERN = re.compile(r"[*<>…]")


def names_in(document: Path) -> set[str]:
    """What stands in backticks, without the blocks of code."""
    return set(CODE.findall(FENCED.sub("", document.read_text())))


@cache
def defined_in(path: Path) -> frozenset[str]:
    """The names that a module makes or imports at its top level, and ``Class::method``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found |= {
                    name,
                    *(f"{name}::{each.name}" for each in body if isinstance(each, ast.FunctionDef)),
                }
            case ast.Assign(targets=targets):
                found |= {each.id for each in targets if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.ImportFrom(names=names):
                found |= {each.asname or each.name for each in names}
    return frozenset(found)


def module_of(dotted: str) -> Path | None:
    """The file of a module or package."""
    base = ROOT.joinpath(*dotted.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def is_there(dotted: str) -> bool:
    """Whether ``a.b`` is a module, ``a.b:c`` or ``a.b.c`` something it makes."""
    if ":" not in dotted and (module_of(dotted) or ROOT.joinpath(*dotted.split(".")).is_dir()):
        return True
    module, _point, name = dotted.replace(":", ".").rpartition(".")
    path = module_of(module)
    return path is not None and name in defined_in(path)


def anchors_of(document: Path) -> set[str]:
    """The fragments that a page of Markdown answers to."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sources() -> Iterator[Path]:
    """Every source of ours that may cite a rule."""
    for folder in (*PACKAGES, "templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".html", ".txt", ".css", ".js", ".sql"):
                yield path


def by_name(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_test_that_is_named_exists(document: Path) -> None:
    missing = set()
    for node_id in TEST.findall(FENCED.sub("", document.read_text())):
        path, _colons, name = node_id.partition("::")
        if not (ROOT / path).is_file() or name not in defined_in(ROOT / path):
            missing.add(node_id)

    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_module_and_function_that_is_named_exists(document: Path) -> None:
    named = {name.removesuffix("()") for name in names_in(document)}
    dotted = {name for name in named if DOTTED.fullmatch(name)}

    assert {name for name in dotted if not is_there(name) and not (ROOT / name).is_file()} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    files = {name for name in names_in(document) if FILE.fullmatch(name) and not PATTERN.search(name)}

    assert {name for name in files if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    dead = set()
    for target in LINK.findall(FENCED.sub("", document.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, fragment = target.partition("#")
        page = (document.parent / path).resolve() if path else document
        if not page.exists() or (fragment and fragment not in anchors_of(page)):
            dead.add(target)

    assert dead == set()


def test_every_rule_that_the_code_cites_is_in_the_rules() -> None:
    numbered = set(re.findall(r"^### (\d\.\d+) ", (ROOT / "docs/rules.md").read_text(), re.MULTILINE))

    cited = {
        number: by_name(path)
        for path in sources()
        for numbers in CITED.findall(re.sub(r"\s+", " ", path.read_text()))
        for number in re.findall(r"\d\.\d+", numbers)
    }

    assert cited, "nothing cites a rule: the pattern no longer fits"
    assert {number: where for number, where in cited.items() if number not in numbered} == {}


def test_the_rules_keep_their_numbers() -> None:
    numbered = re.findall(r"^### (\d)\.(\d+) ", (ROOT / "docs/rules.md").read_text(), re.MULTILINE)

    chapters: dict[str, list[int]] = {}
    for chapter, rule in numbered:
        chapters.setdefault(chapter, []).append(int(rule))

    in_order = {chapter: list(range(1, len(rules) + 1)) for chapter, rules in chapters.items()}
    assert chapters == in_order
    assert list(chapters) == ["1", "2", "3", "4", "5", "6"]


def test_every_rule_has_a_test_or_says_that_it_is_not_built() -> None:
    rules = re.split(r"^#{2,3} ", (ROOT / "docs/rules.md").read_text(), flags=re.MULTILINE)

    bare = [
        rule.splitlines()[0]
        for rule in rules
        if re.match(r"\d\.\d+ ", rule) and not TEST.search(rule) and "ot built yet" not in rule
    ]

    assert bare == []
