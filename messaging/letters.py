"""A message of the outbox as the mail that leaves: subject, text and HTML, in the reader's language."""

from email.headerregistry import Address
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, TemplateDoesNotExist, engines
from django.template.loader import select_template
from django.utils import translation

from messaging import secrets
from messaging.contexts import unpack
from messaging.models import Message

PLAIN_HTML = "messaging/email/plain.html"


def write(message: Message) -> EmailMultiAlternatives:
    """Render ``message``. A template without an HTML form of its own gets one made from its text."""
    language = language_of(message)
    with translation.override(language):
        context = _context(message, language)
        subject = " ".join(_plain(f"{message.template}.subject.txt", context).split())
        text = _plain(f"{message.template}.txt", context).strip() + "\n"
        html = select_template([f"{message.template}.html", PLAIN_HTML]).render(
            {
                **context,
                "subject": subject,
                "paragraphs": _paragraphs(text, context["secret"]),
                "action": _action(message.template, context),
            }
        )
    mail = EmailMultiAlternatives(
        subject, text, sender(message), [message.address], headers=_headers(message)
    )
    mail.attach_alternative(html, "text/html")
    return mail


def language_of(message: Message) -> str:
    """What the reader has chosen, else what the mail was queued in."""
    user = message.reader.user if message.reader else None
    chosen = user.language if user else ""
    return chosen if chosen in dict(settings.LANGUAGES) else message.language


def sender(message: Message) -> str:
    """Mail comes from the organisation by name, from the installation's address."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((message.organization.name if message.organization else name, address))


def _context(message: Message, language: str) -> dict[str, Any]:
    values = unpack(message.context)
    return {
        "base_url": settings.BASE_URL.rstrip("/"),
        "language": language,
        **values,
        "organization": message.organization,
        "reader": message.reader,
        "secret": secrets.decrypt(message.secret),
    }


def _plain(name: str, context: dict[str, Any]) -> str:
    """A text template: nothing in it is escaped for HTML."""
    template = engines["django"].engine.get_template(name)  # type: ignore[attr-defined]
    return str(template.render(Context(context, autoescape=False)))


def _action(template: str, context: dict[str, Any]) -> str:
    """What the button says, where ``.action.txt`` tells."""
    try:
        return _plain(f"{template}.action.txt", context).strip()
    except TemplateDoesNotExist:
        return ""


def _headers(message: Message) -> dict[str, str]:
    """The same message sent twice after a crash is known by its id; no holiday reply comes back."""
    domain = Address(addr_spec=parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).domain
    return {"Message-ID": f"<kinroll-{message.pk}@{domain}>", "Auto-Submitted": "auto-generated"}


def _paragraphs(text: str, secret: str) -> list[dict[str, Any]]:
    """The text's paragraphs; one that is a link alone becomes a button, a code alone stands large."""
    found: list[dict[str, Any]] = []
    for block in text.strip().split("\n\n"):
        alone = block.strip()
        is_link = alone.startswith(("https://", "http://")) and len(alone.split()) == 1
        found.append({"text": alone, "is_link": is_link, "is_code": bool(secret) and alone == secret})
    return found
