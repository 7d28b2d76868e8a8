"""A sale at the desk: what was begun, who pays for it and how, and what came of it (C10, P04)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, staff_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.permissions import Permission
from billing import charging, flows, showing, sums
from billing.enums import CartState, PaymentState
from billing.errors import PaymentNeeded
from billing.models import Cart, CartLine
from billing.operations import carts, checkout, desk_sales, fulfilment, payments
from clients.models import Client

SALE = "billing/staff/sale.html"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SELL)
def sale(request: StaffRequest, code: str) -> HttpResponse:
    """Who pays, and paying. Pressed twice, or in two tabs, it is the first one's payment or bill."""
    rows = Cart.objects.select_related("organization", "account", "lent_by")
    apart = CartLine.objects.filter(cart=OuterRef("pk"), member__in=request.organization.kept_from)
    cart = get_object_or_404(rows.filter(~Exists(apart)), organization=request.organization, code=code)
    here = reverse("staff:sale", args=[request.organization.slug, cart.code])
    if request.method != "POST":
        return render(request, SALE, _page(request, cart))
    try:
        if "let_go" in request.POST:
            carts.cancel(by=request.actor, cart=cart)
            messages.success(request, _("Nothing was booked, and the places are free again."))
            return see_other(reverse("staff:today", args=[request.organization.slug]))
        if "hold" in request.POST:
            carts.hold(by=request.actor, cart=cart)
        else:
            _pay(request, cart)
    except Refused as refused:
        cart = get_object_or_404(rows, pk=cart.pk)
        return not_done(request, SALE, _page(request, cart, error=str(refused)))
    return see_other(here)


def _pay(request: StaffRequest, cart: Cart) -> None:
    """As the form says: charge a card, or leave the bill open. What costs nothing is booked."""
    if cart.state == CartState.FULFILLED:
        return
    if checkout.is_free(cart):
        fulfilment.fulfil(by=request.actor, cart=cart)
        return
    members = [line.member for line in carts.lines_of(cart)]
    chosen = request.POST.get("way", "")
    way = next((each for each in charging.ways(cart, members) if each.code == chosen), None)
    if way is None:
        raise PaymentNeeded
    if way.method is None:
        desk_sales.leave_open(by=request.actor, cart=cart, household=way.household)
        return
    total = request.POST.get("total", "")
    seen = int(total) if total.isascii() and total.isdecimal() and len(total) < 16 else None
    flows.pay(by=request.actor, cart=cart, method=way.method, seen_minor=seen)


def _page(request: StaffRequest, cart: Cart, error: str = "") -> dict[str, Any]:
    lines = carts.lines_of(cart)
    members = [line.member for line in lines]
    last = cart.payments.select_related("method").order_by("-pk").first()
    if last is not None and last.state in payments.WAITING:
        last = flows.settle(payment_id=last.pk, by=request.actor)
        cart.refresh_from_db()
    is_done = cart.state == CartState.FULFILLED
    is_held = carts.is_held(cart, timezone.now())
    total = sums.add_up(lines, cart.organization.currency)
    failed = last is not None and last.state == PaymentState.FAILED
    found = charging.ways(cart, members) if is_held and total.total else []
    sent = request.POST.get("way", "")
    clients = {each.member_id: each for each in _clients(cart)}
    return {
        "cart": cart,
        "lines": lines,
        "rows": [(line, clients.get(line.member_id)) for line in lines],
        "sums": total,
        "is_held": is_held,
        "is_closed": cart.state == CartState.CANCELLED,
        "is_waiting": last is not None and last.state in payments.WAITING,
        "is_done": is_done,
        "invoice": cart.invoice if is_done else None,
        "paid_with": showing.card_name(last.method) if is_done and last and last.method else "",
        "ways": found,
        "has_card": any(way.method for way in found),
        "chosen": sent or (found[0].code if found else ""),
        "unsigned": [] if is_done else _unsigned(cart, clients),
        "error": error or (showing.failure_words(last) if last and failed and not is_done else ""),
    }


def _clients(cart: Cart) -> list[Client]:
    """Whom it is for, by the organisation's own copy; a member it knows no client of has none."""
    members = [line.member_id for line in carts.lines_of(cart)]
    return list(Client.objects.standing().filter(organization=cart.organization, member__in=members))


def _unsigned(cart: Cart, clients: Mapping[int, Client]) -> list[tuple[str, str]]:
    """Who has not signed what: it does not stop the desk, and stands on the roster until it is signed."""
    return [
        (clients[each.member.pk].short_name, each.version.document.title)
        for each in checkout.missing_of(cart)
        if each.member.pk in clients
    ]
