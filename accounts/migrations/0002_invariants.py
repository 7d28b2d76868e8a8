"""What the database keeps by itself: the audit stays as written, and owners own their own account."""

from django.db import migrations

from accounts.invariants import REFUSE_CHANGE, AppendOnly


class Migration(migrations.Migration):
    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION kinroll_refuse_change();"),
        AppendOnly("accounts_auditevent"),
        migrations.RunSQL(
            """
            CREATE UNIQUE INDEX accounts_member_of_account ON accounts_member (account_id, id);
            ALTER TABLE accounts_accountowner ADD CONSTRAINT accounts_owner_in_account
                FOREIGN KEY (account_id, member_id) REFERENCES accounts_member (account_id, id)
                DEFERRABLE INITIALLY DEFERRED;
            """,
            """
            ALTER TABLE accounts_accountowner DROP CONSTRAINT accounts_owner_in_account;
            DROP INDEX accounts_member_of_account;
            """,
        ),
    )
