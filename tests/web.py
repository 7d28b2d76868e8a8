"""The test's browser: ``web.as_(cast.owner).get(url)``. (``client`` always means a Client.)"""

import re
from functools import cached_property
from html import unescape
from typing import Any
from uuid import uuid4

from django.test import Client as Browser

from accounts.models import Member, Staff, User

BACKEND = "django.contrib.auth.backends.ModelBackend"


class Page:
    """An answer: its status, its text without entities, and where it led."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.redirects: list[tuple[str, int]] = getattr(response, "redirect_chain", [])
        self.location: str = response.headers.get("Location", "")

    @cached_property
    def html(self) -> str:
        """The body as sent, all of what streams; of a picture, whatever its bytes read as."""
        if self.response.streaming:
            return b"".join(self.response.streaming_content).decode(errors="replace")
        return str(self.response.content.decode(errors="replace"))

    @property
    def text(self) -> str:
        """The body with entities resolved: what a reader could find in it, attributes included."""
        return unescape(self.html)

    @property
    def words(self) -> str:
        """Only what is shown: no tags, single spaces."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def path(self) -> str:
        """The address of the last page of a chain of redirects."""
        return str(self.redirects[-1][0] if self.redirects else self.response.wsgi_request.get_full_path())

    @property
    def once(self) -> str:
        """The hidden value of the page's first creating form."""
        found = re.search(r'name="once" value="([^"]+)"', self.html)
        if found is None:
            raise AssertionError("the page has no creating form")
        return found[1]

    def __contains__(self, text: str) -> bool:
        return text in self.text


class Web:
    """A browser, logged in as one person or as nobody."""

    def __init__(self, user: User | None = None) -> None:
        self.browser = Browser()
        self.user = user
        if user is not None:
            self.browser.force_login(user, backend=BACKEND)

    def as_(self, person: Member | Staff | User | None) -> "Web":
        """Another browser, logged in as ``person``; nobody for None."""
        user = person if isinstance(person, User) or person is None else person.user
        if person is not None and user is None:
            raise AssertionError(f"{person} has no login")
        return Web(user)

    def get(
        self, url: str, data: dict[str, Any] | None = None, *, follow: bool = True, htmx: bool = False
    ) -> Page:
        """Open a page, through its redirects unless told not to."""
        return Page(self.browser.get(url, data, follow=follow, headers=_headers(htmx)))

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, follow: bool = True, htmx: bool = False
    ) -> Page:
        """Send a form. A ``once`` is added unless ``data`` has one."""
        body = {"once": str(uuid4()), **(data or {})}
        return Page(self.browser.post(url, body, follow=follow, headers=_headers(htmx)))


def _headers(htmx: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if htmx else {}
