"""No page decides by itself who may do what for whom: it asks ``relationships.authority`` (RULES 2)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)

# The rows that family rights are made of.
ROWS = {"ManagerLink", "AccountOwner", "NoContact", "links_as_manager", "links_as_dependent"}

# Pages about those rows themselves: they show and change them, and ask authority who may.
ABOUT_THEM = {
    "relationships/views/desk.py": "links that staff here made",
    "relationships/views/links.py": "one link, for either side",
    "relationships/views/safety.py": "no-contact marks",
    "scheduling/views/portal.py": "in whose name a dependent buys, as billing.operations.carts answers it",
}


def pages() -> Iterator[Path]:
    """Everything that answers a request or runs as a job."""
    for app in settings.KINROLL_APPS:
        yield from sorted((ROOT / app / "views").glob("*.py"))
        yield from (path for path in (ROOT / app / "tasks.py",) if path.exists())


def named_in(path: Path) -> set[str]:
    """Which of the rows a module names: imported, read from a relation, or as a part of a filter."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.update(node.arg.split("__"))
        elif isinstance(node, ast.alias):
            found.add(node.name)
    return found & ROWS


def test_no_view_and_no_job_reads_the_rows_that_rights_are_made_of() -> None:
    found = {str(path.relative_to(ROOT)): named_in(path) for path in pages()}

    assert {path: names for path, names in found.items() if names and path not in ABOUT_THEM} == {}


def test_the_search_finds_what_it_looks_for() -> None:
    assert named_in(ROOT / "relationships/authority.py") >= {"ManagerLink", "AccountOwner", "NoContact"}
