"""The tenant wall of clients."""

from django.db import migrations

from accounts.invariants import TenantForeignKey


class Migration(migrations.Migration):
    dependencies = (("clients", "0001_initial"), ("accounts", "0002_invariants"))

    operations = (
        TenantForeignKey("clients_household", "merged_into_id", "clients_household"),
        TenantForeignKey("clients_client", "household_id", "clients_household"),
        TenantForeignKey("clients_client", "merged_into_id", "clients_client"),
        TenantForeignKey("clients_memo", "client_id", "clients_client"),
    )
