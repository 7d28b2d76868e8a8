"""Every personal field of every model is erased by something (RULES 4.4, 4.5)."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from accounts.models import Account
from accounts.privacy import erasing
from accounts.privacy.erasing import Eraser
from accounts.privacy.leaving import Leaving

MODELS = [model for app in settings.KINROLL_APPS for model in apps.get_app_config(app).get_models()]
ERASERS = [each for app in settings.KINROLL_APPS for each in erasing.erasers_of(app)]
NOBODY = Leaving(account=Account(pk=0), members=(), users=(), is_whole=True)

ARGUMENTS = """
SELECT tgrelid::regclass::text, tgargs FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE proname = 'kinroll_refuse_change' AND tgname LIKE '%\\_append\\_only'
"""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_personal_field_is_erased(model: type[models.Model]) -> None:
    own = [each for each in ERASERS if each.model is model]
    erased = {name for each in own for name in each.fields}

    assert any(each.is_deleting for each in own) or set(erasing.personal_fields(model)) <= erased


@pytest.mark.parametrize("eraser", ERASERS, ids=lambda eraser: eraser.key)
def test_what_stands_in_an_erased_column_is_known(eraser: Eraser) -> None:
    assert eraser.is_deleting or set(erasing.values_of(eraser, NOBODY)) == {*eraser.fields, *eraser.also}


@pytest.mark.parametrize("eraser", ERASERS, ids=lambda eraser: eraser.key)
@pytest.mark.django_db
def test_nobodys_rows_are_none(eraser: Eraser) -> None:
    assert not eraser.rows(NOBODY).exists()


@pytest.mark.django_db
def test_append_only_tables_forget_exactly_what_is_personal() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ARGUMENTS)
        forgets = {
            table: set(filter(None, bytes(told).decode().split("\0"))) for table, told in cursor.fetchall()
        }
    tables = {model._meta.db_table: model for model in MODELS}

    assert forgets == {table: set(erasing.personal_fields(tables[table])) for table in forgets}
    assert forgets["waivers_signature"] == {"typed_name", "ip", "user_agent"}
