"""The tenant wall: a row of one organisation cannot point at a row of another."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

# Edges between two tenant rows without a composite key, each with the reason.
WHO_DID_IT = "set from request.staff, who is this organisation's"
OF_THE_FAMILY = "a family's link counts at every organisation; relationships.lending asks which"
EXEMPT = {
    "clients.Memo.author": WHO_DID_IT,
    "clients.Merge.by_staff": WHO_DID_IT,
    "relationships.MoveRequest.staff": WHO_DID_IT,
    "relationships.MoveRequest.confirmed_by": WHO_DID_IT,
    "relationships.NoContact.recorded_by": WHO_DID_IT,
    "relationships.NoContact.lifted_by": WHO_DID_IT,
    "relationships.NeverRelease.recorded_by": WHO_DID_IT,
    "relationships.NeverRelease.lifted_by": WHO_DID_IT,
    "relationships.ManagerLink.made_by_staff": WHO_DID_IT,
    "relationships.ManagerLink.guardian_attested_by": WHO_DID_IT,
    "billing.Cart.staff": WHO_DID_IT,
    "billing.Cart.lent_by": OF_THE_FAMILY,
    "billing.Payment.lent_by": OF_THE_FAMILY,
    "scheduling.Registration.checked_in_by": WHO_DID_IT,
}

COMPOSITE_KEYS = """
SELECT conrelid::regclass::text, array_agg(attname::text)
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
WHERE contype = 'f' AND cardinality(conkey) = 2
GROUP BY pg_constraint.oid, conrelid
"""


def tenant_models() -> list[type[models.Model]]:
    return [
        model
        for app in settings.KINROLL_APPS
        for model in apps.get_app_config(app).get_models()
        if any(
            field.attname == "organization_id" for field in model._meta.concrete_fields if field.is_relation
        )
    ]


def tenant_edges() -> dict[str, tuple[str, str]]:
    """``app.Model.field`` → (table, column) of every foreign key between two tenant rows."""
    tenants = set(tenant_models())
    return {
        f"{model._meta.label}.{field.name}": (model._meta.db_table, str(field.column))
        for model in tenants
        for field in model._meta.concrete_fields
        if field.related_model in tenants
    }


@pytest.mark.django_db
def test_every_edge_between_tenant_rows_is_guarded_by_the_database_or_exempt_with_a_reason() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COMPOSITE_KEYS)
        guarded = {(table, name) for table, names in cursor.fetchall() for name in names}
        complete = {(t, n) for t, n in guarded if n != "organization_id"}

    open_edges = {name for name, edge in tenant_edges().items() if edge not in complete}

    assert open_edges == set(EXEMPT)
    assert all(EXEMPT.values())


def test_every_model_but_the_familys_own_and_the_installations_names_its_organisation() -> None:
    tenants = set(tenant_models())
    others = {
        model._meta.label
        for app in settings.KINROLL_APPS
        for model in apps.get_app_config(app).get_models()
        if model not in tenants
    }

    assert others == {
        "accounts.Organization",
        "accounts.User",
        "accounts.Account",
        "accounts.AccountOwner",
        "accounts.EmailChange",
        "accounts.Member",
        "accounts.PrivacyConsent",
        "accounts.PrivacyRequest",
        "relationships.LinkCode",
        "relationships.LinkRequest",
        "relationships.TakeOver",
        "relationships.AgeNotice",
        "accounts.Submission",
        "accounts.AuditEvent",
        "clients.MergeChange",
        "relationships.MoveAnswer",
        "messaging.AddressSuppression",
        "billing.StripeCustomer",
        "billing.PaymentMethod",
        "billing.StripeEvent",
    }
