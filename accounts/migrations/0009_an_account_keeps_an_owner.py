"""The database keeps an owner in every account that a family runs (D06)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever removes another owner of the account at the same time waits here, and then sees that this one is gone.
    PERFORM 1 FROM accounts_account WHERE id = OLD.account_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM accounts_account a WHERE a.id = OLD.account_id
        AND a.erased_at IS NULL AND a.kept_by_id IS NULL
        AND EXISTS (SELECT 1 FROM accounts_member m WHERE m.account_id = a.id AND m.erased_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM accounts_accountowner o WHERE o.account_id = a.id)
    ) THEN
        RAISE EXCEPTION 'account % would have no owner', OLD.account_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'accounts_an_owner';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER accounts_an_owner AFTER DELETE OR UPDATE OF account_id ON accounts_accountowner
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_keep_an_owner();
"""
BACKWARD = """
DROP TRIGGER accounts_an_owner ON accounts_accountowner;
DROP FUNCTION accounts_keep_an_owner();
"""


class Migration(migrations.Migration):
    dependencies = (("accounts", "0008_audit_permission"),)

    operations = (migrations.RunSQL(FORWARD, BACKWARD),)
