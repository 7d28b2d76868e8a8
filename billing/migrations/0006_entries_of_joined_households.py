"""What is booked on a household that was joined into another is booked on that other (RULES 1.4)."""

from django.db import migrations

# The household is locked as it is when its balance is kept: whoever joins it waits, or was first.
BOOK_ON_THE_STANDING_ONE = """
CREATE FUNCTION billing_of_the_standing_household() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other bigint;
BEGIN
    LOOP
        SELECT merged_into_id INTO other FROM clients_household WHERE id = NEW.household_id FOR NO KEY UPDATE;
        EXIT WHEN other IS NULL;
        NEW.household_id := other;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_ledgerentry_household BEFORE INSERT ON billing_ledgerentry
    FOR EACH ROW WHEN (NEW.household_id IS NOT NULL) EXECUTE FUNCTION billing_of_the_standing_household();
"""
NO_LONGER = """
DROP TRIGGER billing_ledgerentry_household ON billing_ledgerentry;
DROP FUNCTION billing_of_the_standing_household();
"""


class Migration(migrations.Migration):
    dependencies = (("billing", "0005_moved_balances"), ("clients", "0009_merge_invariants"))

    operations = (migrations.RunSQL(BOOK_ON_THE_STANDING_ONE, NO_LONGER),)
