"""Imports and foreign keys go one way (docs/architecture.md)."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from importlinter.cli import lint_imports

ORDER = settings.KINROLL_APPS
ROOT = Path(settings.BASE_DIR)


def test_imports_go_one_way_between_apps_and_inside_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))

    result = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)

    assert result == 0, capsys.readouterr().out


def test_foreign_keys_go_one_way() -> None:
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for app in ORDER
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.related_model and field.related_model._meta.app_label in ORDER
        if ORDER.index(field.related_model._meta.app_label) > ORDER.index(app)
    ]

    assert upward == []


def test_the_order_of_the_apps_is_that_of_the_contract() -> None:
    assert ORDER == [
        "accounts",
        "clients",
        "relationships",
        "messaging",
        "waivers",
        "billing",
        "scheduling",
    ]


def test_nothing_imports_views_or_tasks_but_urls() -> None:
    apps_of_ours = "|".join(ORDER)
    ours = rf"^\s*(from|import) ({apps_of_ours})\b.*\b(views|tasks)\b"
    offenders = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for app in ORDER
        for path in (ROOT / app).rglob("*.py")
        if path.name != "urls.py" and "views" not in path.parts
        for line in path.read_text().splitlines()
        if re.search(ours, line)
    ]

    assert offenders == []
