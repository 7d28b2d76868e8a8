"""Marks of safety have a first and a last day, a code for their page's address, and why they were lifted."""

from django.db import migrations, models

import accounts.codes
import relationships.models.no_contact

LAST_DAY = "The first day on which it does not hold any more."


def give_codes(apps, schema_editor):
    for name in ("NeverRelease", "NoContact"):
        marks = apps.get_model("relationships", name)
        for mark in marks.objects.filter(code__isnull=True).iterator():
            mark.code = accounts.codes.new_code()
            mark.save(update_fields=["code"])


def code():
    return models.CharField(default=accounts.codes.new_code, editable=False, max_length=10, unique=True)


class Migration(migrations.Migration):
    dependencies = (("accounts", "0014_email_changes"), ("relationships", "0003_moves"))
    operations = (
        migrations.AddField(
            "neverrelease", "code", models.CharField(max_length=10, null=True, editable=False)
        ),
        migrations.AddField("nocontact", "code", models.CharField(max_length=10, null=True, editable=False)),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.AlterField("neverrelease", "code", code()),
        migrations.AlterField("nocontact", "code", code()),
        migrations.AddField(
            "neverrelease", "ends_on", models.DateField(blank=True, help_text=LAST_DAY, null=True)
        ),
        migrations.AddField("neverrelease", "lift_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddField(
            "nocontact", "starts_on", models.DateField(default=relationships.models.no_contact.today)
        ),
        migrations.AddField(
            "nocontact", "ends_on", models.DateField(blank=True, help_text=LAST_DAY, null=True)
        ),
        migrations.AddField("nocontact", "lift_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddConstraint(
            "nocontact",
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                name="no_contact_ends_after",
            ),
        ),
    )
