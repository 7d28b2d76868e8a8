"""The family's side of booking: who is it for, and where to book."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import Refused
from accounts.models import Member
from billing.errors import CannotBuy
from billing.operations import carts
from billing.selling import sellables
from relationships import at
from relationships.models import ManagerLink
from scheduling import booking, checking, eligibility, wording
from scheduling.errors import NothingToSell
from scheduling.models import Schedule, Session
from scheduling.places import CoursePlaces, SessionPlaces

BOOK = "scheduling/portal/book.html"


@require_http_methods(["GET", "POST"])
@portal_view
def book(request: PortalRequest, kind: str, code: str) -> HttpResponse:
    """Who is it for? Everybody the reader may see, with every reason; then the places are held (C09, P17)."""
    if kind not in (CoursePlaces.key, SessionPlaces.key):
        raise Http404
    try:
        target = sellables[kind].find(request.organization, code)
        link, refusal = _payer(request)
        members = booking.people(request.actor, request.organization)
        if link is not None:  # with a lent card one books for oneself
            members = [member for member in members if member.pk == request.member.pk]
        if request.method == "GET":
            context = _context(request, target, members, [request.GET.get("for", "")])
            return render(request, BOOK, context | {"refusal": refusal, "lender": link and link.manager})
        chosen = request.POST.getlist("member")
        people = [member for member in members if member.code in chosen]
        if not people:
            refusal = _("Choose who it is for.")
        else:
            return done_once(request, lambda: _begin(request, kind, target, people))
    except NothingToSell as gone:
        raise Http404(str(gone)) from gone
    except CannotBuy:
        refusal = _("Nothing was booked. Below is why, and what would help.")
    except Refused as refused:
        refusal = str(refused)
    return not_done(request, BOOK, _context(request, target, members, chosen) | {"refusal": refusal})


@require_safe
@portal_view
def schedule(request: PortalRequest) -> HttpResponse:
    """Where to book: the one organisation of the family, the one chosen by ``?at=``, or a choice of them."""
    organizations = at.organizations_of(request.actor)
    if chosen := request.GET.get("at"):
        organizations = [each for each in organizations if each.slug == chosen]
        if not organizations:
            raise Http404
    if len(organizations) == 1:
        return see_other(reverse("public:schedule", args=[organizations[0].slug]))
    return render(request, "scheduling/portal/schedule.html", {"organizations": organizations})


def _payer(request: PortalRequest) -> tuple[ManagerLink | None, str]:
    """The link by which a card is lent to a reader who may not buy themselves; and why they cannot buy here at

    all, said before they choose anybody.
    """
    try:
        return carts.in_whose_name(request.actor, request.member.account, request.organization), ""
    except Refused as refused:
        return None, str(refused)


def _begin(request: PortalRequest, kind: str, target: Session | Schedule, people: list[Member]) -> str:
    """A held cart with a line for each person; where it is checked out."""
    cart = carts.begin(
        by=request.actor,
        organization=request.organization,
        account=request.member.account,
        kind=kind,
        target=target,
        members=people,
    )
    carts.hold(by=request.actor, cart=cart)
    return reverse("public:checkout", args=[request.organization.slug, cart.code])


def _context(
    request: PortalRequest, target: Session | Schedule, members: list[Member], chosen: list[str]
) -> dict[str, Any]:
    organization, now = request.organization, timezone.now()
    people, closed = booking.candidates(
        by=request.actor, organization=organization, target=target, members=members, chosen=chosen, at=now
    )
    plan = target if isinstance(target, Schedule) else target.schedule
    offer = sellables["course" if isinstance(target, Schedule) else "session"].offer(target)
    return {
        "organization": organization,
        "offer": offer,
        "price": wording.price_label(offer.product.price(organization.currency), organization),
        "ages": eligibility.ages_label(plan.age_min_months, plan.age_max_months).lower(),
        "place": ", ".join(str(each) for each in (target.coach, target.room) if each),
        "seats_left": checking.facts_of(target, now).seats_left,
        "ways": booking.ways(organization, target, now),
        "people": people,
        "chosen": [person.member for person in people if person.is_chosen],
        "closed": closed,
        "anyone": any(person.can_join for person in people),
        "steps": [_("Who"), _("Check and pay"), _("Done")],
    }
