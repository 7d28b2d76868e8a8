"""The tenant wall of merges, and the one change that a merge may do to append-only rows (RULES 3.7)."""

from django.db import migrations

from accounts.invariants import REFUSE_CHANGE, REFUSE_CHANGE_BUT_MERGE, TenantForeignKey

# The transaction names its merge. Forth: from the dropped client to the kept one. Back: as the merge wrote down.
IS_JOINING = """
CREATE FUNCTION kinroll_is_joining(changed text, old jsonb, new jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT old ? 'client_id' AND old - 'client_id' = new - 'client_id' AND EXISTS (
        SELECT 1 FROM clients_merge m
        WHERE m.id = nullif(current_setting('kinroll.merge', true), '')::bigint
            AND m.organization_id = (new ->> 'organization_id')::bigint
            AND (
                m.undone_at IS NULL
                    AND m.drop_id = (old ->> 'client_id')::bigint AND m.keep_id = (new ->> 'client_id')::bigint
                OR m.keep_id = (old ->> 'client_id')::bigint AND EXISTS (
                    SELECT 1 FROM clients_mergechange c
                    WHERE c.merge_id = m.id AND c."table" = changed AND c.row_id = (old ->> 'id')::bigint
                        AND c."column" = 'client_id' AND c.old_value = new ->> 'client_id'
                )
            )
    )
$$;
"""
NOT_JOINING = (
    REFUSE_CHANGE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    + "DROP FUNCTION kinroll_is_joining(text, jsonb, jsonb);"
)


class Migration(migrations.Migration):
    dependencies = (("clients", "0008_merging"),)

    operations = (
        TenantForeignKey("clients_merge", "keep_id", "clients_client"),
        TenantForeignKey("clients_merge", "drop_id", "clients_client"),
        migrations.RunSQL(IS_JOINING + REFUSE_CHANGE_BUT_MERGE, NOT_JOINING),
    )
