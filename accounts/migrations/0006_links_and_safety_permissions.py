"""Built-in roles of organisations that stand gain the permissions that have come since."""

from django.db import migrations

GAINED = {
    "administrator": ("links_edit", "safety_read", "safety_edit"),
    "supervisor": ("links_edit", "safety_read", "safety_edit"),
    "front-desk": ("links_edit", "safety_read"),
    "instructor": ("safety_read",),
}


def gain(apps, schema_editor):
    Role = apps.get_model("accounts", "Role")
    for role in Role.objects.filter(key__in=GAINED).iterator():
        role.permissions = sorted({*role.permissions, *GAINED[role.key]})
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = (("accounts", "0005_coming_of_age_grace"),)
    operations = (migrations.RunPython(gain, migrations.RunPython.noop),)
