"""The demo's mailbox: every mail the product sent, which the catcher kept (``config.mailcatcher``)."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from config import mailcatcher

# A mail is somebody else's page: no script, no form, no request, an origin of its own. Its own inline
# styles are let through.
_MAIL_CSP: dict[str, list[str]] = {
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}


@dataclass(frozen=True)
class Mail:
    """One kept mail, as the pages show it."""

    name: str
    subject: str
    sender: str
    to: str
    sent_at: datetime | None
    text: str
    html: str


def _mail(name: str) -> Mail:
    message = mailcatcher.read(mailcatcher.mail_folder(settings.DATA_DIR), name)
    if message is None:
        raise Http404
    date = message["Date"]
    return Mail(
        name=name,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or message["X-Envelope-To"] or ""),
        sent_at=date.datetime if date else None,
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


@require_safe
@never_cache
def mail_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(mailcatcher.names(mailcatcher.mail_folder(settings.DATA_DIR)), 50).get_page(
        request.GET.get("page")
    )
    return render(request, "dev/mail_list.html", {"page": page, "mails": [_mail(name) for name in page]})


@require_safe
@never_cache
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "dev/mail.html", {"mail": _mail(name)})


@require_safe
@never_cache
@csp_override(_MAIL_CSP)
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(_mail(name).html)
