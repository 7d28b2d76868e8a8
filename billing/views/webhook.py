"""Where Stripe tells us that something happened (G11)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import public_view
from billing import stripe_gateway
from billing.errors import BadSignature
from billing.operations import inbox


@csrf_exempt
@require_POST
@public_view
def stripe(request: HttpRequest) -> HttpResponse:
    """Store a signed event and answer at once; a job acts upon it. A bad signature writes nothing."""
    try:
        notice = stripe_gateway.parse_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except BadSignature:
        return HttpResponse(status=400)
    inbox.receive(notice=notice)
    return HttpResponse(status=200)
