"""Where somebody was going when they stopped to make a login: kept in the session until they log in."""

import re

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

KEY = "way_back"
OF_ORGANIZATION = re.compile(r"^/o/([-\w]+)/")


def remember(request: HttpRequest) -> None:
    """Keep the page named by ``?next=``, if it is ours."""
    way = request.GET.get("next", "")
    if way and _is_ours(way):
        request.session[KEY] = way


def recall(request: HttpRequest) -> str:
    """The page kept, once; empty where there is none."""
    way: str = request.session.pop(KEY, "")
    return way if way and _is_ours(way) else ""


def sign_up_address(way: str) -> str:
    """Where to sign up at the organisation whose page ``way`` is; empty for any other page."""
    found = OF_ORGANIZATION.match(way)
    if found is None:
        return ""
    return reverse("public:sign_up", kwargs={"org": found[1]}) + "?" + urlencode({"next": way})


def _is_ours(way: str) -> bool:
    return url_has_allowed_host_and_scheme(way, allowed_hosts=None, require_https=settings.IS_PRODUCTION)
