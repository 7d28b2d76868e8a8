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
    """(where, job's name) of every ``jobs.defer(NAME, ...)`` in the apps."""
    for path, call in calls("defer"):
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "jobs":
            yield f"{path.relative_to(ROOT)}:{call.lineno}", resolved(path, call)


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a method or function of such a name in the apps."""
    for app_name in settings.KINROLL_APPS:
        for path in sorted((ROOT / app_name).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
                    if name in names:
                        yield path, node


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


def test_jobs_are_deferred_by_the_one_function_that_keeps_to_the_callers_transaction() -> None:
    past_it = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in calls("defer", "defer_async", "batch_defer", "batch_defer_async", "configure_task")
        if getattr(getattr(call.func, "value", None), "id", "") != "jobs"
    ]

    assert [where for where in past_it if not where.startswith("accounts/jobs.py")] == []


def test_jobs_are_named_after_their_app() -> None:
    _load_jobs()
    ours = [
        task for task in app.tasks.values() if task.func.__module__.split(".")[0] in settings.KINROLL_APPS
    ]

    assert [task.name for task in ours if task.name.split(".")[0] != task.func.__module__.split(".")[0]] == []
