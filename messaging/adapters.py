"""allauth's mails go through the outbox; sign-up is our own page (settings.ACCOUNT_ADAPTER)."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import way_back
from messaging import outbox

FOLDER = "messaging/email/login"

# What each notice tells, by allauth's name for it: all of them are one mail.
NOTICES: dict[str, Promise] = {
    "email_changed": _("Your login has a new e-mail address"),
    "email_confirm": _("Your e-mail address is confirmed"),
    "email_deleted": _("An e-mail address was removed from your login"),
    "password_changed": _("Your password was changed"),
    "password_reset": _("Your password was reset"),
    "password_set": _("Your login has a password now"),
    "recovery_codes_generated": _("New recovery codes were made for your login"),
    "totp_activated": _("An authenticator app was added to your login"),
    "totp_deactivated": _("The authenticator app was removed from your login"),
    "webauthn_added": _("A passkey was added to your login"),
    "webauthn_removed": _("A passkey was removed from your login"),
}
# The link or code of each mail: kept encrypted, blanked once sent.
SECRETS = ("activate_url", "password_reset_url", "code", "signup_url")


class OutboxAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth, with our mails."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Families sign up on our page, which asks what an account needs."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Back to where somebody was going before they signed up; else to their own places."""
        return way_back.recall(request) or str(super().get_login_redirect_url(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail. Each is an event of its own: who asks twice gets two."""
        name = template_prefix.rpartition("/")[2].removesuffix("_signup")
        notice = NOTICES.get(name)
        outbox.queue(
            template=f"{FOLDER}/{'notice' if notice else name}",
            address=email,
            dedupe_key=f"login:{name}:{uuid4()}",
            context={
                "notice": notice,
                **{key: context.get(key) for key in ("timestamp", "ip", "user_agent")},
            },
            secret=_secret(context),
        )


def own_address(url: str) -> str:
    """``url`` at the address people know us by, whatever host the request named."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return settings.BASE_URL.rstrip("/") + path


def _secret(context: dict[str, Any]) -> str:
    key = next((key for key in SECRETS if context.get(key)), None)
    if key is None:
        return ""
    return str(context[key]) if key == "code" else own_address(str(context[key]))
