"""Staff have a code for their page's address; account contributors change clients as well (D11)."""

from django.db import migrations, models

import accounts.codes

CONTRIBUTOR, GAINED = "account-contributor", "clients_edit"


def give_codes(apps, schema_editor):
    Staff = apps.get_model("accounts", "Staff")
    for staff in Staff.objects.filter(code__isnull=True).iterator():
        staff.code = accounts.codes.new_code()
        staff.save(update_fields=["code"])


def gain(apps, schema_editor):
    Role = apps.get_model("accounts", "Role")
    for role in Role.objects.filter(key=CONTRIBUTOR).iterator():
        role.permissions = sorted({*role.permissions, GAINED})
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = (("accounts", "0010_who_is_who"),)
    operations = (
        migrations.AddField("staff", "code", models.CharField(max_length=10, null=True, editable=False)),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.AlterField(
            "staff",
            "code",
            models.CharField(default=accounts.codes.new_code, editable=False, max_length=10, unique=True),
        ),
        migrations.RunPython(gain, migrations.RunPython.noop),
    )
