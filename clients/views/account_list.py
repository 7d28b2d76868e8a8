"""The list of accounts: one name after the other, filters, and a search."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.permissions import Permission
from clients import account_list
from clients.account_list import RUN_BY, SHOWN
from clients.paging import page_by_name
from clients.querysets import leading_word


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def accounts(request: StaffRequest) -> HttpResponse:
    """The households by name: those on lists, unless hidden ones are asked for (D09)."""
    choice = account_list.choice_of(request.GET, request.actor)
    rows = account_list.narrowed(request.organization, choice)
    page = page_by_name(
        rows,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        lead=leading_word(request.organization.households.all(), choice.query),
        is_search=bool(choice.query),
        load=account_list.with_people(request.organization),
    )
    columns = account_list.columns_for(request.actor)
    context = {
        "page": page,
        "columns": columns,
        "lines": account_list.lines(request.organization, page.rows, columns),
        "choice": choice,
        "shown": SHOWN,
        "run_by": RUN_BY,
        "ticks": account_list.filters_for(request.actor),
        "now": timezone.now(),
        "may_add": request.actor.has(Permission.ACCOUNTS_CONTRIBUTE),
    }
    return render(request, "clients/staff/accounts.html", context)
