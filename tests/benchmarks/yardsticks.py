"""What the machine can do: the barest views, measured through the product's own server and middleware.

H is ``empty``, Q ``one_row``, B ``twenty_rows``, S ``twenty_rows_for_staff``. ``finish_paid`` ends a booking
as the answer of a paid card does, without the request to Stripe that goes before it.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import PortalRequest, StaffRequest, portal_view, staff_view
from billing.operations import fulfilment
from scheduling.models import Session


def empty(request: HttpRequest) -> HttpResponse:
    """H: nothing."""
    return HttpResponse(b"nothing")


def one_row(request: HttpRequest) -> HttpResponse:
    """Q: one row from one query, and no template."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM accounts_organization ORDER BY id LIMIT 1")
        (number, name) = cursor.fetchone()
    return HttpResponse(f"{number} {name}")


def twenty_rows(request: HttpRequest) -> HttpResponse:
    """B: twenty rows from one query, two dates each, in a bare template."""
    return render(request, "benchmarks/list.html", {"sessions": Session.objects.order_by("id")[:20]})


@staff_view()
def twenty_rows_for_staff(request: StaffRequest) -> HttpResponse:
    """S: the same twenty rows for somebody who is logged in and works here, in the frame of every staff page."""
    return render(request, "benchmarks/staff.html", {"sessions": Session.objects.order_by("id")[:20]})


@require_POST
@portal_view
def finish_paid(request: PortalRequest, payment: int) -> HttpResponse:
    """Book a payment whose money has come: the transaction that a paid card ends in."""
    refund = fulfilment.finish(by=request.actor, payment_id=payment)
    return HttpResponse(status=409 if refund else 204)
