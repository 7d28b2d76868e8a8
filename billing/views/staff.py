"""The tabs that billing adds to an account's page: what was billed and paid, and what each person bought."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_view
from accounts.permissions import Permission
from billing import statements
from billing.statements import member_purchases
from clients import account_pages
from clients.households import PEOPLE
from clients.models import Client, Household

MOST_BOOKED = 25


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def account_billing(request: StaffRequest, number: int) -> HttpResponse:
    """Bills, each opened in place, or payments; the newest first, page by page (A12)."""
    household = account_pages.find(request, number)
    shows_payments = request.GET.get("show") == "payments"
    after = request.GET.get("after", "")
    read = statements.payments_of if shows_payments else statements.bills_of
    rows, page = read(household, after)
    context = account_pages.frame_of(request, household, "billing") | {
        "rows": rows,
        "page": page,
        "shows_payments": shows_payments,
        "open": None if shows_payments else statements.opened(household, request.GET.get("open", "")),
        "kept": {"show": "payments"} if shows_payments else {},
        "after": after,
    }
    return render(request, "billing/staff/account_billing.html", context)


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def account_purchases(request: StaffRequest, number: int) -> HttpResponse:
    """What each person of the household bought and is booked for (A13); ``?member=`` is one of them, whole."""
    household = account_pages.find(request, number)
    sent, after = request.GET.get("member", ""), request.GET.get("after", "")
    context = account_pages.frame_of(request, household, "purchases")
    if sent:
        client = get_object_or_404(_clients(household), number=sent if _is_number(sent) else 0)
        context |= _of_one(request, client, after)
        return render(request, "billing/staff/account_purchases_of.html", context)
    clients = _clients(household)
    if _is_number(after):
        clients = clients.filter(number__gt=int(after))
    people = list(clients.order_by("number")[: PEOPLE + 1])
    found = statements.purchases_by_member(household, people[:PEOPLE])
    _book(request, found, statements.NEWEST)
    context |= {
        "purchases": found,
        "being_bought": statements.being_bought(household),
        "later": people[PEOPLE - 1].number if len(people) > PEOPLE else None,
        "is_first": not _is_number(after),
    }
    return render(request, "billing/staff/account_purchases.html", context)


def _of_one(request: StaffRequest, client: Client, after: str) -> dict[str, Any]:
    bought, page = statements.purchases_of(client, after)
    of_client = [statements.Purchases(client=client, bought=bought, count=0)]
    _book(request, of_client, MOST_BOOKED)
    return {"purchases": of_client[0], "page": page, "kept": {"member": client.number}}


def _book(request: StaffRequest, found: list[statements.Purchases], most: int) -> None:
    """Add what higher apps know of each person: a query for each of them."""
    clients = [each.client for each in found]
    for part in member_purchases:
        if clients and request.actor.has(part.permission):
            loaded = part.load(request.organization, clients, most)
            for each in found:
                rows, count = loaded.get(each.client.pk, ([], 0))
                if not request.actor.has(part.link_permission):
                    rows = [replace(row, url="") for row in rows]
                each.booked.append((part, rows, count))


def _clients(household: Household) -> Any:
    return Client.objects.filter(household=household).standing().select_related("organization")


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 18
