"""Checkout: check, sign, pay, confirm with the bank, done. For owners of the account that buys, and for whom

a card is lent: of it they learn whose it is and what is left, and of the bill nothing (P07, RULES 2.10).

Pressing twice is safe without ``once``: a cart has at most one payment under way (``payment_cart_once``),
and whoever presses again, reloads, or comes by another tab is led to that one's outcome.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import PortalRequest, portal_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.models import Account
from accounts.money import Money
from billing import flows, lending, showing, sums
from billing.csp import STRIPE_CSP
from billing.enums import CartState, PaymentState
from billing.errors import LoanOver, StripeUnavailable
from billing.models import Cart, Payment, PaymentMethod
from billing.operations import carts, checkout
from messaging.models import Message
from relationships import authority
from relationships.enums import AccountPermission
from waivers.forms import SignForm

WAITING = (PaymentState.NEW, PaymentState.REQUIRES_ACTION)
PAGE = "billing/public/checkout.html"


@csp_override(STRIPE_CSP)
@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def show(request: PortalRequest, code: str) -> HttpResponse:
    """The page, and paying on it. Opening it holds nothing."""
    cart = _cart(request, code)
    if request.method == "POST":
        return _pay(request, cart)
    if elsewhere := _elsewhere(cart):
        return see_other(elsewhere)
    return render(request, PAGE, _page(request, cart))


@require_POST
@portal_view
def hold(request: PortalRequest, code: str) -> HttpResponse:
    """Hold the places (again)."""
    cart = _cart(request, code)
    try:
        carts.hold(by=request.actor, cart=cart)
    except Refused as error:
        return not_done(request, PAGE, _page(request, cart, error=error))
    return see_other(_url("checkout", cart))


@require_POST
@portal_view
def let_go(request: PortalRequest, code: str) -> HttpResponse:
    """Give the places back, and go to the schedule."""
    cart = _cart(request, code)
    try:
        carts.cancel(by=request.actor, cart=cart)
    except Refused as error:
        messages.warning(request, str(error))
        return see_other(_url("checkout", cart))
    messages.success(request, _("Nothing was booked, and the places are free again."))
    return see_other(reverse("public:schedule", args=[request.organization.slug]))


@csp_override(STRIPE_CSP)
@require_GET
@portal_view
def confirm(request: PortalRequest, code: str) -> HttpResponse:
    """3-D Secure: the bank asks the card's holder, in this page."""
    cart = _cart(request, code)
    payment = _payment(cart)
    is_holders = payment is not None and not _is_borrowed(request, cart)  # the lender pays, not who borrows
    intent = flows.to_confirm(payment_id=payment.pk) if payment and is_holders else None
    if intent is None:
        return see_other(_url("checkout_return", cart))
    context = {
        "cart": cart,
        "amount": _amount(payment),
        "stripe_key": settings.STRIPE_PUBLISHABLE_KEY,
        "stripe_js_url": settings.STRIPE_JS_URL,
        "client_secret": intent.client_secret,
        "return_url": _url("checkout_return", cart),
    }
    return render(request, "billing/public/confirm.html", context)


@require_GET
@portal_view
def come_back(request: PortalRequest, code: str) -> HttpResponse:
    """From the bank, or from a press of the button that came second: ask Stripe, then go where that leads."""
    cart = _cart(request, code)
    payment = _payment(cart)
    if payment is not None:
        payment = flows.settle(payment_id=payment.pk, by=request.actor)
    if payment is None or payment.state not in WAITING:
        cart.refresh_from_db()
        there = _url("checkout_done" if cart.state == CartState.FULFILLED else "checkout", cart)
        return HttpResponseClientRedirect(there) if request.htmx else see_other(there)
    if request.htmx and payment.state == PaymentState.NEW:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {
        "cart": cart,
        "amount": _amount(payment),
        "needs_holder": payment.state == PaymentState.REQUIRES_ACTION and not _is_borrowed(request, cart),
    }
    return render(request, "billing/public/waiting.html", context)


@require_POST
@portal_view
def give_up(request: PortalRequest, code: str) -> HttpResponse:
    """Leave a payment that waits for the bank, and use another card."""
    cart = _cart(request, code)
    payment = _payment(cart)
    try:
        if payment is not None:
            flows.give_up(by=request.actor, payment=payment)
    except Refused as error:
        messages.warning(request, str(error))
    return see_other(_url("checkout_return", cart))


@require_GET
@portal_view
def done(request: PortalRequest, code: str) -> HttpResponse:
    """What was booked, when it is, what was mailed, and what next."""
    cart = _cart(request, code)
    if cart.state != CartState.FULFILLED:
        return see_other(_url("checkout", cart))
    lines = carts.lines_of(cart)
    payment = cart.payments.filter(state=PaymentState.SUCCEEDED).select_related("method").first()
    is_borrowed = _is_borrowed(request, cart)
    context = {
        "cart": cart,
        "lines": lines,
        "sums": sums.add_up(lines, cart.organization.currency),
        "invoice": None if is_borrowed else cart.invoice,
        "card": _card_that_paid(payment, is_borrowed=is_borrowed),
        "mailed_to": Message.objects.filter(
            dedupe_key=f"booked:{cart.code}:{request.member.pk}", reader=request.member
        ).first(),
    }
    return render(request, "billing/public/done.html", context)


def _card_that_paid(payment: Payment | None, *, is_borrowed: bool) -> str:
    """Whose card, to whom it was lent; brand and digits to who runs the account."""
    if payment is None or payment.method is None:
        return ""
    return showing.lent_card_name(payment.paid_by) if is_borrowed else showing.card_name(payment.method)


def _pay(request: PortalRequest, cart: Cart) -> HttpResponse:
    """Sign and pay with what the form says."""
    if elsewhere := _elsewhere(cart):
        return see_other(elsewhere)
    signing = _sign_form(request, cart)
    if not signing.is_valid():
        _keep_card(request, cart)
        return not_done(request, PAGE, _page(request, cart, signing=signing))
    chosen = request.POST.get("card", "")
    loans = {loan.code: loan.link for loan in lending.loans_of(request.actor, request.organization)}
    order = flows.Order(
        method=_cards(request, cart).filter(stripe_id=chosen).first() if chosen else None,
        link=loans.get(chosen),
        setup_intent=request.POST.get("setup_intent", "") if chosen in ("", "new") else "",
        missing=signing.missing,
        answers=[(one.version, one.members, one.typed_name) for one in signing.signed],
        seen_minor=_number(request.POST.get("total", "")),
    )
    try:
        if chosen.startswith(lending.LENT) and order.link is None:
            raise LoanOver
        payment = flows.check_out(by=request.actor, cart=cart, order=order)
    except Refused as error:
        _keep_card(request, cart)
        return not_done(request, PAGE, _page(request, _cart(request, cart.code), error=error))
    if payment is None:
        return see_other(_url("checkout_done", cart))
    if payment.state == PaymentState.REQUIRES_ACTION:
        return see_other(_url("checkout_confirm", cart))
    cart.refresh_from_db(fields=["state"])
    return see_other(_elsewhere(cart) or _url("checkout", cart))


def _keep_card(request: PortalRequest, cart: Cart) -> None:
    """Keep a card that was just typed, though nothing was paid: it is saved at Stripe and not typed again."""
    setup_intent = request.POST.get("setup_intent", "")
    if not setup_intent:
        return
    try:
        flows.save_card(
            by=request.actor,
            account=lending.own_account(request.actor, cart),
            setup_intent=setup_intent,
            organization=cart.organization,
        )
    except Refused:  # the page asks for a card again
        return


def _page(
    request: PortalRequest, cart: Cart, *, signing: SignForm | None = None, error: Refused | None = None
) -> dict[str, Any]:
    """Everything the page shows; what was typed is kept."""
    now = timezone.now()
    lines = carts.lines_of(cart)
    total = sums.add_up(lines, cart.organization.currency)
    is_held = carts.is_held(cart, now)
    cards = [showing.card_shown(method, request.member, now) for method in _cards(request, cart)]
    last = None if error else _payment(cart)
    loans = [
        showing.loan_shown(loan, total.total) for loan in lending.loans_of(request.actor, cart.organization)
    ]
    has_own = _runs(request, lending.own_account(request.actor, cart))
    codes = [card.code for card in cards if not card.is_expired] + [
        loan.code for loan in loans if loan.is_enough
    ]
    context = {
        "cart": cart,
        "lines": lines,
        "people": [line.member for line in lines],
        "sums": total,
        "is_held": is_held,
        "is_closed": cart.state == CartState.CANCELLED,
        "was_held": cart.held_until is not None,
        "signing": (signing or _sign_form(request, cart)) if is_held else None,
        "cards": cards,
        "loans": loans,
        "has_own": has_own,
        "can_pay": not total.total or has_own or any(loan.is_enough for loan in loans),
        "chosen": _chosen(request, codes, last),
        "error": error or (showing.failure_words(last) if last and last.state == PaymentState.FAILED else ""),
        "is_given_back": bool(
            last and last.state == PaymentState.SUCCEEDED and cart.state == CartState.CANCELLED
        ),
        "confirm_first": cart.account.confirmed_at is None,
        "stripe_js_url": settings.STRIPE_JS_URL,
        "stripe_key": settings.STRIPE_PUBLISHABLE_KEY,
    }
    needs_card = is_held and total.total and has_own
    return context | {"client_secret": _new_card_secret(request, cart) if needs_card else ""}


def _new_card_secret(request: PortalRequest, cart: Cart) -> str:
    """For typing another card in the page; none when Stripe is out of reach, and the page says so.

    The same until a card was saved or a payment tried, so that a reload makes nothing new at Stripe.
    """
    account = lending.own_account(request.actor, cart)
    tried = f"{cart.code}-{cart.payments.count()}-{account.payment_methods.count()}"
    try:
        return flows.begin_card(by=request.actor, account=account, once=tried).client_secret
    except StripeUnavailable:
        return ""


def _sign_form(request: PortalRequest, cart: Cart) -> SignForm:
    data = request.POST if request.method == "POST" else None
    missing = checkout.missing_of(cart)
    return SignForm(data, by=request.actor, organization=cart.organization, missing=missing)


def _chosen(request: PortalRequest, usable: list[str], last: Payment | None) -> str:
    """The card that is ticked: what was sent, else the newest that has not expired nor just failed.

    One that was just typed has been kept meanwhile, and is the newest.
    """
    sent = request.POST.get("card", "")
    is_typed = bool(request.POST.get("setup_intent"))
    failed = last.method.stripe_id if last and last.method and last.state == PaymentState.FAILED else ""
    if (sent == "new" and not is_typed) or sent in usable:
        return sent
    return next((code for code in usable if code != failed), "new")


def _elsewhere(cart: Cart) -> str:
    """Where a cart that is booked, or being paid, is shown."""
    if cart.state == CartState.FULFILLED:
        return _url("checkout_done", cart)
    payment = _payment(cart)
    return _url("checkout_return", cart) if payment and payment.state in WAITING else ""


def _payment(cart: Cart) -> Payment | None:
    """The cart's latest payment."""
    return cart.payments.select_related("cart", "method").order_by("-pk").first()


def _cart(request: PortalRequest, code: str) -> Cart:
    """A cart of an account that the reader runs, or that a lent card pays, here; 404 for any other."""
    found = lending.carts_of(request.actor, request.organization)
    found = found.select_related("organization", "account", "lent_by__manager")
    return get_object_or_404(found, organization=request.organization, code=code)


def _cards(request: PortalRequest, cart: Cart) -> Any:
    accounts = authority.accounts(request.actor, AccountPermission.CARDS, request.organization)
    own = lending.own_account(request.actor, cart)
    return PaymentMethod.objects.of_accounts(accounts).standing().filter(account=own)


def _is_borrowed(request: PortalRequest, cart: Cart) -> bool:
    """The reader fills it in a lender's name, and runs nothing of the lender's."""
    return lending.is_borrower(request.actor, cart) and not _runs(request, cart.account)


def _runs(request: PortalRequest, account: Account) -> bool:
    """Whether the reader is an owner of ``account``, whose cards and bills are theirs to see."""
    return bool(authority.may_run(request.actor, AccountPermission.CARDS, account))


def _amount(payment: Payment | None) -> Money:
    if payment is None:
        raise Http404
    return Money(payment.amount_minor, payment.currency)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _url(name: str, cart: Cart) -> str:
    return reverse(f"public:{name}", args=[cart.organization.slug, cart.code])
