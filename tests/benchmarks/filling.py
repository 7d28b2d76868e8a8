"""Rows by the thousand: one ``INSERT ... SELECT`` a table, the fields nobody names at their default."""

from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED


def fill(model: type[models.Model], source: str, **columns: str) -> None:
    """Insert a row into the table of ``model`` for each row of ``source``, a FROM clause.

    ``columns`` are SQL by attribute (``account_id="n"``). A field that is not named gets its model's
    default, which must not be unique, the moment for ``auto_now_add``, else NULL.
    """
    names, values, parameters = [], [], list[Any]()
    for field in model._meta.concrete_fields:
        if field.attname in columns:
            names.append(str(field.column))
            values.append(columns[field.attname].replace("%", "%%"))
        elif not isinstance(field, models.AutoField):
            names.append(str(field.column))
            values.append("%s")
            parameters.append(field.get_db_prep_save(_default(field), connection))
    if unknown := set(columns) - {field.attname for field in model._meta.concrete_fields}:
        raise ValueError(f"{model.__name__} has no {sorted(unknown)}")
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    rows = source.replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)} FROM {rows}", parameters)


def reset_sequences(*all_models: type[models.Model]) -> None:
    """Let the next ids follow those that were written."""
    with connection.cursor() as cursor:
        for model in all_models:
            if not isinstance(model._meta.pk, models.AutoField):
                continue
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING count(*) > 0"
            )


def _default(field: "models.Field[Any, Any]") -> Any:
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return field.pre_save(field.model(), add=True)
    if field.default is not NOT_PROVIDED:
        return field.get_default()
    return None if field.null else field.get_default()
