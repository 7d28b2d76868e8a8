"""Signatures stay as written, published texts too, and the tenant wall of waivers."""

from django.db import migrations

from accounts.invariants import AppendOnly, TenantForeignKey

PUBLISHED = """
CREATE TRIGGER waivers_version_published BEFORE UPDATE OR DELETE ON waivers_documentversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION kinroll_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = (("waivers", "0001_initial"), ("clients", "0002_invariants"))

    operations = (
        AppendOnly("waivers_signature"),
        migrations.RunSQL(PUBLISHED, "DROP TRIGGER waivers_version_published ON waivers_documentversion;"),
        TenantForeignKey("waivers_documentversion", "document_id", "waivers_document"),
        TenantForeignKey("waivers_requirement", "document_id", "waivers_document"),
        TenantForeignKey("waivers_signature", "version_id", "waivers_documentversion"),
        TenantForeignKey("waivers_signature", "client_id", "clients_client"),
    )
