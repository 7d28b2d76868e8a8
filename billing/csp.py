"""What the Content-Security-Policy of checkout and cards pages allows beyond the rest: Stripe.

Use: ``@csp_override(STRIPE_CSP)`` on the view, and ``<script src="{{ stripe_js_url }}">`` in the page.
"""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings

REAL_STRIPE_JS = "https://js.stripe.com"
# Stripe's integration security guide, for Stripe.js and Elements without the Address element.
REAL = {
    "script-src": [REAL_STRIPE_JS, "https://*.js.stripe.com"],
    "frame-src": [REAL_STRIPE_JS, "https://*.js.stripe.com", "https://hooks.stripe.com"],
    "connect-src": ["https://api.stripe.com"],
}


def stripe_sources(stripe_js_url: str) -> dict[str, list[str]]:
    """Sources to add by directive. The stand-in's fields and 3-D Secure dialog need no frame."""
    address = urlsplit(stripe_js_url)
    origin = f"{address.scheme}://{address.netloc}"
    return REAL if origin == REAL_STRIPE_JS else {"script-src": [origin], "connect-src": [origin]}


def widened(policy: Mapping[str, object], stripe_js_url: str) -> dict[str, list[str]]:
    """``policy`` and Stripe's sources."""
    more = stripe_sources(stripe_js_url)
    ours = cast("Mapping[str, list[str]]", policy)
    return {name: [*ours.get(name, []), *more.get(name, [])] for name in {**ours, **more}}


STRIPE_CSP = widened(settings.SECURE_CSP, settings.STRIPE_JS_URL)
