"""Registering at the desk: what for, who asks, for whom (C10). Paying is billing's page of the sale."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done
from accounts.errors import Refused
from accounts.people import clean_text
from accounts.permissions import Permission
from billing.errors import CannotBuy
from billing.operations import desk_sales
from billing.selling import sellables
from clients.models import Client
from scheduling import registering, wording
from scheduling.errors import NothingToSell
from scheduling.models import Schedule, Session
from scheduling.places import CoursePlaces, SessionPlaces

REGISTER = "scheduling/staff/register.html"


@require_safe
@staff_view(Permission.SELL, Permission.CLIENTS_READ, Permission.SCHEDULE_READ)
def client_register(request: StaffRequest, number: int) -> HttpResponse:
    """What a client is to be registered for: the next meetings, page by page."""
    subject = _client(request, str(number))
    rows = registering.offers_of(request.organization, timezone.now(), request.GET.get("after", "")[:10])
    context = {
        "client": subject,
        "rows": rows[: registering.MOST_OFFERS],
        "after": rows[registering.MOST_OFFERS - 1].code if len(rows) > registering.MOST_OFFERS else "",
    }
    return render(request, "scheduling/staff/client_register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SELL, Permission.CLIENTS_READ, Permission.SCHEDULE_READ)
def register(request: StaffRequest, kind: str, code: str) -> HttpResponse:
    """Who asks, and for whom: themselves or people linked with them, each with what is allowed, and why not."""
    target = _target(request, kind, code)
    sent = request.POST if request.method == "POST" else request.GET
    number = sent.get("client", "")
    booker = _client(request, number) if number else None
    context = _page(request, kind, target, booker, sent.getlist("for") or [number])
    if request.method != "POST":
        return render(request, REGISTER, context)
    if booker is None:
        return not_done(request, REGISTER, context | {"refusal": _("Choose who asks first.")})
    chosen = [each.client for each in context["people"] if each.is_chosen]
    if not chosen:
        return not_done(request, REGISTER, context | {"refusal": _("Choose who it is for.")})

    def begin() -> str:
        cart = desk_sales.begin(
            by=request.actor,
            booker=booker,
            kind=kind,
            target=target,
            clients=chosen,
            reason=clean_text(request.POST.get("reason", "")[:200]),
        )
        return reverse("staff:sale", args=[request.organization.slug, cart.code])

    try:
        return done_once(request, begin)
    except CannotBuy:
        refusal = _("Nothing was booked. Below is why.")
    except Refused as refused:
        refusal = str(refused)
    return not_done(request, REGISTER, context | {"refusal": refusal})


def _page(
    request: StaffRequest, kind: str, target: Session | Schedule, booker: Client | None, chosen: list[str]
) -> dict[str, Any]:
    now = timezone.now()
    query = clean_text(request.GET.get("q", "")[:100])
    people, closed = (
        registering.registrants(booker=booker, target=target, chosen=chosen, at=now) if booker else ([], [])
    )
    offer = sellables[kind].offer(target)
    may_override = request.actor.has(Permission.LINKS_OVERRIDE)
    return {
        "target": target,
        "kind": kind,
        "offer": offer,
        "price": wording.price_label(
            offer.product.price(request.organization.currency), request.organization
        ),
        "other": _other_way(request, target),
        "booker": booker,
        "query": query,
        "found": registering.found(request.organization, query),
        "people": people,
        "closed": closed,
        "may_override": may_override,
        "needs_reason": may_override and any(not each.has_right and each.can_join for each in people),
        "anyone": any(each.can_join and (each.has_right or may_override) for each in people),
        "reason": request.POST.get("reason", "")[:200],
    }


def _other_way(request: StaffRequest, target: Session | Schedule) -> str:
    """The whole course of a meeting that is sold so too."""
    if isinstance(target, Session) and target.schedule.course_fee is not None:
        return reverse(
            "staff:register", args=[request.organization.slug, CoursePlaces.key, target.schedule.code]
        )
    return ""


def _target(request: StaffRequest, kind: str, code: str) -> Session | Schedule:
    """What is sold: a meeting that is sold only with its course is the course."""
    if kind not in (CoursePlaces.key, SessionPlaces.key):
        raise Http404
    try:
        found: Session | Schedule = sellables[kind].find(request.organization, code)
    except NothingToSell as gone:
        raise Http404(str(gone)) from gone
    return found


def _client(request: StaffRequest, number: str) -> Client:
    if not number.isascii() or not number.isdecimal() or len(number) > 15:
        raise Http404
    rows = request.organization.clients.standing().select_related("member__account")
    found: Client = get_object_or_404(rows, number=int(number))
    return found
