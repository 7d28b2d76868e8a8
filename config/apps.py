"""Django's admin, on a site of our own."""

from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    """The admin that asks for a second factor (``config.operators``)."""

    default_site = "config.operators.OperatorSite"
