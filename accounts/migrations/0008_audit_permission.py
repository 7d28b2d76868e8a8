"""Built-in roles of organisations that stand may read who did what there."""

from django.db import migrations

GAINED = {"administrator": ("audit_read",), "supervisor": ("audit_read",)}


def gain(apps, schema_editor):
    Role = apps.get_model("accounts", "Role")
    for role in Role.objects.filter(key__in=GAINED).iterator():
        role.permissions = sorted({*role.permissions, *GAINED[role.key]})
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = (("accounts", "0007_exports_by_asker_and_activity"),)
    operations = (migrations.RunPython(gain, migrations.RunPython.noop),)
