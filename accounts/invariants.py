"""Migration operations for what the database keeps by itself: tenant walls and append-only tables."""

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

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION kinroll_refuse_change();
            """,
            f"DROP TRIGGER {table}_append_only ON {table};",
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """For ``squashmigrations``: the table, not the SQL."""
        return self.__class__.__name__, [self.table], {}


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
