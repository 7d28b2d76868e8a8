"""Open balances are what the ledger comes to, and only its trigger writes them."""

from django.db import migrations

from accounts.invariants import TenantForeignKey

BEGIN_WITH_WHAT_IS_THERE = """
INSERT INTO billing_openbalance (organization_id, household_id, minor)
    SELECT organization_id, household_id, sum(amount_minor) FROM billing_ledgerentry
    WHERE household_id IS NOT NULL GROUP BY organization_id, household_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

# The household is locked first, as whoever books does (RULES 3.9): nobody waits for a balance.
KEEP = """
CREATE FUNCTION billing_keep_open_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM clients_household WHERE id = NEW.household_id FOR NO KEY UPDATE;
    INSERT INTO billing_openbalance (organization_id, household_id, minor)
        VALUES (NEW.organization_id, NEW.household_id, NEW.amount_minor)
        ON CONFLICT (household_id) DO UPDATE SET minor = billing_openbalance.minor + EXCLUDED.minor;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_ledgerentry_open_balance AFTER INSERT ON billing_ledgerentry
    FOR EACH ROW WHEN (NEW.household_id IS NOT NULL) EXECUTE FUNCTION billing_keep_open_balance();

CREATE FUNCTION billing_open_balance_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'an open balance is added up from the ledger, never written'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_openbalance_by_hand BEFORE INSERT OR UPDATE OR DELETE ON billing_openbalance
    FOR EACH ROW EXECUTE FUNCTION billing_open_balance_by_hand();
"""

NO_LONGER = """
DROP TRIGGER billing_openbalance_by_hand ON billing_openbalance;
DROP FUNCTION billing_open_balance_by_hand();
DROP TRIGGER billing_ledgerentry_open_balance ON billing_ledgerentry;
DROP FUNCTION billing_keep_open_balance();
DELETE FROM billing_openbalance;
"""


class Migration(migrations.Migration):
    dependencies = (("billing", "0003_open_balances"),)

    operations = (
        TenantForeignKey("billing_openbalance", "household_id", "clients_household"),
        migrations.RunSQL(BEGIN_WITH_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, NO_LONGER),
    )
