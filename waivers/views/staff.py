"""The tab that waivers adds to an account's page: what its people signed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.permissions import Permission
from clients import account_pages
from waivers.households import signed_in


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def account_documents(request: StaffRequest, number: int) -> HttpResponse:
    """Signed waivers of everybody in the household, the newest first, page by page (A16)."""
    household = account_pages.find(request, number)
    rows, page = signed_in(household, request.GET.get("after", ""), timezone.now())
    context = account_pages.frame_of(request, household, "documents") | {
        "rows": rows,
        "page": page,
        "kept": {},
    }
    return render(request, "waivers/staff/account_documents.html", context)
