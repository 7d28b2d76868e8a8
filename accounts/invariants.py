"""Migration operations for what the database keeps by itself: tenant walls and append-only tables."""

from collections.abc import Sequence

from django.db import migrations


class TenantForeignKey(migrations.RunSQL):
    """Guard one edge between tenant rows: both ends must carry the same ``organization_id``.

    Adds a deferrable composite foreign key ``(organization_id, <field>_id)``, so that a cross-tenant link
    cannot be stored by any means.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        self.table, self.column, self.target = table, column, target
        index, key = f"{target}_tenant", f"{table}_{column}_tenant"
        super().__init__(
            f"""
            CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {target} (organization_id, id);
            ALTER TABLE {table} ADD CONSTRAINT {key} FOREIGN KEY (organization_id, {column})
                REFERENCES {target} (organization_id, id) DEFERRABLE INITIALLY DEFERRED;
            """,
            f"ALTER TABLE {table} DROP CONSTRAINT {key};",
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """For ``squashmigrations``: the three names, not the SQL."""
        return self.__class__.__name__, [self.table, self.column, self.target], {}


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE and DELETE on a table (RULES 3.7)."""

    SQL = """
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION kinroll_refuse_change({{}});
    """

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            self.SQL.format(table=table).format(""), f"DROP TRIGGER {table}_append_only ON {table};"
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """For ``squashmigrations``: the table, not the SQL."""
        return self.__class__.__name__, [self.table], {}


class Forgets(migrations.RunSQL):
    """Let an erasure set ``columns`` of an append-only table to NULL or nothing (RULES 3.7).

    The transaction names its running erasure (``accounts.erasing.named``). Everything else stays refused.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table, self.columns = table, list(columns)
        again = f"DROP TRIGGER {table}_append_only ON {table};\n" + AppendOnly.SQL.format(table=table)
        super().__init__(again.format(", ".join(f"'{column}'" for column in columns)), again.format(""))

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """For ``squashmigrations``: the names, not the SQL."""
        return self.__class__.__name__, [self.table, self.columns], {}


REFUSE_CHANGE = """
CREATE FUNCTION kinroll_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

# ``kinroll_is_joining`` is made by clients: the one UPDATE that a merge may do, of ``client_id`` (RULES 3.7).
REFUSE_CHANGE_BUT_MERGE = """
CREATE OR REPLACE FUNCTION kinroll_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND kinroll_is_joining(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

# ``kinroll_is_forgetting`` is the one UPDATE that an erasure may do: the named columns, to nothing (RULES 3.7).
IS_FORGETTING = """
CREATE FUNCTION kinroll_is_forgetting(old jsonb, new jsonb, columns text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT cardinality(columns) > 0
        AND old - columns = new - columns
        AND (SELECT bool_and(new -> name = old -> name OR coalesce(new ->> name, '') IN ('', '{}', '[]'))
             FROM unnest(columns) AS name)
        AND EXISTS (
            SELECT 1 FROM accounts_privacyrequest
            WHERE id = nullif(current_setting('kinroll.privacy_request', true), '')::bigint
                AND kind = 'erase' AND state = 'running'
        )
$$;
"""
REFUSE_CHANGE_BUT_MERGE_AND_FORGET = REFUSE_CHANGE_BUT_MERGE.replace(
    "IF TG_OP = 'UPDATE' AND kinroll_is_joining(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN",
    """IF TG_OP = 'UPDATE' AND (
        kinroll_is_joining(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW))
        OR kinroll_is_forgetting(to_jsonb(OLD), to_jsonb(NEW), TG_ARGV)
    ) THEN""",
)
