"""The family's bills and cards, over all organisations."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import PortalRequest, portal_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.models import Account
from accounts.money import Money
from billing import flows, showing, sums
from billing.csp import STRIPE_CSP
from billing.errors import StripeUnavailable
from billing.models import Invoice, PaymentMethod
from relationships import at, authority
from relationships.enums import AccountPermission

PAGE = 25


@require_GET
@portal_view
def bills(request: PortalRequest) -> HttpResponse:
    """The newest first, page by page by key; ``?show=unpaid`` and ``?at=<organisation>`` narrow the list."""
    places = at.choose(request)
    found = _bills(request).with_words().select_related("organization")
    shows_unpaid = request.GET.get("show") == "unpaid"
    found = found.unpaid() if shows_unpaid else found.with_paid()
    if request.at is not None:
        found = found.filter(organization=request.at)
    anchor = _bills(request).filter(code=request.GET.get("after", "")).values_list("pk", flat=True).first()
    rows = list((found.filter(pk__lt=anchor) if anchor else found).newest()[: PAGE + 1])
    query = request.GET.copy()
    if len(rows) > PAGE:
        query["after"] = rows[PAGE - 1].code
    context = {
        "rows": [_shown(row) for row in rows[:PAGE]],
        "places": places,
        "at": f"&at={request.at.slug}" if request.at else "",
        "shows_unpaid": shows_unpaid,
        "older_url": f"?{query.urlencode()}" if len(rows) > PAGE else "",
        "newest_url": _newest(request) if anchor else "",
    }
    return render(request, "billing/portal/bills.html", context)


def _newest(request: PortalRequest) -> str:
    query = request.GET.copy()
    del query["after"]
    return f"{reverse('portal:bills')}?{query.urlencode()}"


@require_GET
@portal_view
def bill(request: PortalRequest, code: str) -> HttpResponse:
    """One bill: its lines, tax, total, and what paid it."""
    found = _bills(request).with_paid().select_related("organization", "household")
    invoice = get_object_or_404(found, code=code)
    lines = list(invoice.lines.select_related("client", "tax_rate").order_by("pk"))
    paid = invoice.allocations.select_related("payment__method", "payment__paid_by").order_by("pk")
    context = {
        "bill": _shown(invoice),
        "invoice": invoice,
        "lines": [(line, Money(line.amount_minor, invoice.currency)) for line in lines],
        "sums": sums.add_up(lines, invoice.currency),
        "payments": [
            {
                "at": row.payment.succeeded_at,
                "card": showing.card_name(row.payment.method) if row.payment.method else "",
                "kind": row.payment.get_kind_display(),
                "amount": Money(row.amount_minor, invoice.currency),
            }
            for row in paid
        ],
    }
    return render(request, "billing/portal/bill.html", context)


@csp_override(STRIPE_CSP)
@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def cards(request: PortalRequest) -> HttpResponse:
    """The account's cards, and saving another one. The same SetupIntent sent twice is one card."""
    account = _own_account(request)
    if request.method == "POST" and account is not None:
        try:
            saved = flows.save_card(
                by=request.actor, account=account, setup_intent=request.POST.get("setup_intent", "")
            )
        except Refused as error:
            return not_done(request, "billing/portal/cards.html", _cards_page(request, account, error))
        messages.success(request, _("%(card)s is saved.") % {"card": showing.card_name(saved)})
        return see_other(reverse("portal:cards"))
    return render(request, "billing/portal/cards.html", _cards_page(request, account))


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def card_remove(request: PortalRequest, card: str) -> HttpResponse:
    """Ask, then remove a card for good."""
    method = get_object_or_404(_cards(request), stripe_id=card)
    shown = showing.card_shown(method, request.member, timezone.now())
    context: dict[str, Any] = {"card": shown}
    if request.method == "POST":
        try:
            flows.remove_card(by=request.actor, method=method)
        except Refused as error:
            return not_done(request, "billing/portal/card_remove.html", context | {"error": error})
        messages.success(request, _("%(card)s is removed.") % {"card": shown.name})
        return see_other(reverse("portal:cards"))
    return render(request, "billing/portal/card_remove.html", context)


def _cards_page(
    request: PortalRequest, account: Account | None, error: Refused | None = None
) -> dict[str, Any]:
    now = timezone.now()
    secret = ""
    if account is not None:
        try:
            secret = flows.begin_card(
                by=request.actor, account=account, once=f"cards-{account.payment_methods.count()}"
            ).client_secret
        except StripeUnavailable as unavailable:
            error = error or unavailable
    return {
        "cards": [showing.card_shown(method, request.member, now) for method in _cards(request)],
        "is_owner": account is not None,
        "error": error,
        "client_secret": secret,
        "stripe_key": settings.STRIPE_PUBLISHABLE_KEY,
        "stripe_js_url": settings.STRIPE_JS_URL,
    }


def _shown(invoice: Any) -> showing.Bill:
    return showing.bill_shown(invoice, invoice.paid_minor, getattr(invoice, "words", ""))


def _bills(request: PortalRequest) -> Any:
    """Of the accounts they run, but none about somebody they are kept apart from (RULES 2.1)."""
    found = Invoice.objects.of_accounts(authority.accounts(request.actor, AccountPermission.PAY))
    return found.hiding(authority.apart_from(request.actor))


def _cards(request: PortalRequest) -> QuerySet[PaymentMethod]:
    accounts = authority.accounts(request.actor, AccountPermission.CARDS)
    return PaymentMethod.objects.of_accounts(accounts).standing()


def _own_account(request: PortalRequest) -> Account | None:
    """The reader's account, if they run it."""
    accounts = authority.accounts(request.actor, AccountPermission.CARDS)
    return accounts.filter(pk=request.member.account_id).first()
