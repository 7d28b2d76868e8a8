"""Jobs are deferred by name: every name that is deferred is a job."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from django.conf import settings
from procrastinate.contrib.django import app

ROOT = Path(settings.BASE_DIR)


def _load_jobs() -> None:
    for name in settings.KINROLL_APPS:
        if (ROOT / name / "tasks.py").exists():
            import_module(f"{name}.tasks")


def deferred_names() -> Iterator[tuple[str, str]]:
    """(where, job's name) of every ``configure_task(NAME, ...)`` in the apps."""
    for name in settings.KINROLL_APPS:
        for path in sorted((ROOT / name).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "configure_task":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", resolved(path, node)


def resolved(path: Path, call: ast.Call) -> str:
    """The value of the first argument: a string, or a constant of the module."""
    values = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
    first = values[0]
    if isinstance(first, ast.Constant):
        return str(first.value)
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return str(eval(compile(ast.Expression(first), str(path), "eval"), vars(module)))


def test_every_deferred_name_is_a_job() -> None:
    _load_jobs()
    found = dict(deferred_names())

    assert found != {}
    assert {where: name for where, name in found.items() if name not in app.tasks} == {}


def test_jobs_are_named_after_their_app() -> None:
    _load_jobs()
    ours = [
        task for task in app.tasks.values() if task.func.__module__.split(".")[0] in settings.KINROLL_APPS
    ]

    assert [task.name for task in ours if task.name.split(".")[0] != task.func.__module__.split(".")[0]] == []
