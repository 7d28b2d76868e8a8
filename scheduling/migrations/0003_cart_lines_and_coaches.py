"""The tenant wall, where a seat names its cart line and a class its coach."""

from django.db import migrations

from accounts.invariants import TenantForeignKey


class Migration(migrations.Migration):
    dependencies = (("scheduling", "0002_invariants"), ("billing", "0002_invariants"))

    operations = (
        TenantForeignKey("scheduling_registration", "cart_line_id", "billing_cartline"),
        TenantForeignKey("scheduling_courseenrolment", "cart_line_id", "billing_cartline"),
        TenantForeignKey("scheduling_schedule", "coach_id", "accounts_staff"),
        TenantForeignKey("scheduling_session", "coach_id", "accounts_staff"),
    )
