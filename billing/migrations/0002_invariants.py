"""The books: every transaction sums to zero, nothing issued changes, and the tenant wall of money."""

from django.db import migrations

from accounts.invariants import AppendOnly, TenantForeignKey

BALANCED = """
CREATE FUNCTION billing_ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint := NEW.id;
    entries bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'billing_ledgerentry' THEN
        wanted := NEW.transaction_id;
    END IF;
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO entries, total
        FROM billing_ledgerentry WHERE transaction_id = wanted;
    IF entries < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % has % entries that sum to %', wanted, entries, total
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_ledgertransaction_balanced AFTER INSERT ON billing_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_ledger_balanced();
CREATE CONSTRAINT TRIGGER billing_ledgerentry_balanced AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_ledger_balanced();
"""

NOT_BALANCED = """
DROP TRIGGER billing_ledgerentry_balanced ON billing_ledgerentry;
DROP TRIGGER billing_ledgertransaction_balanced ON billing_ledgertransaction;
DROP FUNCTION billing_ledger_balanced();
"""

CURRENCY_FIXED = """
CREATE FUNCTION billing_currency_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_ledgertransaction WHERE organization_id = OLD.id) THEN
        RAISE EXCEPTION 'the currency of organization % is fixed: its ledger has begun', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_currency_fixed BEFORE UPDATE OF currency ON accounts_organization
    FOR EACH ROW WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION billing_currency_fixed();
"""

CURRENCY_FREE = """
DROP TRIGGER billing_currency_fixed ON accounts_organization;
DROP FUNCTION billing_currency_fixed();
"""


class Migration(migrations.Migration):
    dependencies = (("billing", "0001_initial"), ("waivers", "0002_invariants"))

    operations = (
        migrations.RunSQL(BALANCED, NOT_BALANCED),
        migrations.RunSQL(CURRENCY_FIXED, CURRENCY_FREE),
        AppendOnly("billing_ledgertransaction"),
        AppendOnly("billing_ledgerentry"),
        AppendOnly("billing_invoice"),
        AppendOnly("billing_invoiceline"),
        AppendOnly("billing_allocation"),
        TenantForeignKey("billing_product", "tax_rate_id", "billing_taxrate"),
        TenantForeignKey("billing_cartline", "cart_id", "billing_cart"),
        TenantForeignKey("billing_cartline", "product_id", "billing_product"),
        TenantForeignKey("billing_cartline", "tax_rate_id", "billing_taxrate"),
        TenantForeignKey("billing_invoice", "household_id", "clients_household"),
        TenantForeignKey("billing_invoice", "cart_id", "billing_cart"),
        TenantForeignKey("billing_invoiceline", "invoice_id", "billing_invoice"),
        TenantForeignKey("billing_invoiceline", "client_id", "clients_client"),
        TenantForeignKey("billing_invoiceline", "product_id", "billing_product"),
        TenantForeignKey("billing_invoiceline", "tax_rate_id", "billing_taxrate"),
        TenantForeignKey("billing_payment", "household_id", "clients_household"),
        TenantForeignKey("billing_payment", "cart_id", "billing_cart"),
        TenantForeignKey("billing_allocation", "payment_id", "billing_payment"),
        TenantForeignKey("billing_allocation", "invoice_id", "billing_invoice"),
        TenantForeignKey("billing_refund", "payment_id", "billing_payment"),
        TenantForeignKey("billing_ledgertransaction", "invoice_id", "billing_invoice"),
        TenantForeignKey("billing_ledgertransaction", "payment_id", "billing_payment"),
        TenantForeignKey("billing_ledgertransaction", "refund_id", "billing_refund"),
        TenantForeignKey("billing_ledgertransaction", "reverses_id", "billing_ledgertransaction"),
        TenantForeignKey("billing_ledgerentry", "transaction_id", "billing_ledgertransaction"),
        TenantForeignKey("billing_ledgerentry", "account_id", "billing_ledgeraccount"),
        TenantForeignKey("billing_ledgerentry", "household_id", "clients_household"),
    )
