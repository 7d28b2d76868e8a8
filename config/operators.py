"""The operators' admin: log-in is the product's own, and outside the demo a second factor is required."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse


class OperatorSite(admin.AdminSite):
    """``/admin/`` for superusers with a second factor; the demo's logins have none."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Only operators get in, and in production only with a second factor set up."""
        if not super().has_permission(request) or not request.user.is_superuser:
            return False
        return bool(settings.IS_DEMO or is_mfa_enabled(request.user))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own log-in page, with its limits and second factor."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context=extra_context)
        return answer
