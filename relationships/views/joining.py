"""Following the link to a login of one's own (D02, P06)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.access import PublicRequest, private, public_view
from accounts.answers import not_done, see_other
from accounts.entry_forms import NewPasswordForm
from accounts.errors import EmailTaken, InvitationUnusable, Refused
from accounts.models import Invitation, Member, User
from accounts.operations import family_logins, invitations
from accounts.places import family_home
from relationships import authority
from relationships.logins import rights_alone

OPEN = "relationships/public/login_open.html"
DEAD = "relationships/public/login_dead.html"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@public_view
def open_login(request: PublicRequest, token: str) -> HttpResponse:
    """What the login is for, and a password for it; a login that stands is connected."""
    try:
        invitation = family_logins.look_up(token)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    is_new = not User.objects.filter(email=invitation.email).exists()
    form = NewPasswordForm(request.POST or None, email=invitation.email)
    context = _context(invitation, form, is_new=is_new)
    is_theirs = is_new or (request.actor.user is not None and request.actor.user.email == invitation.email)
    if request.method == "GET" or not is_theirs:
        return private(render(request, OPEN, {**context, "is_theirs": is_theirs}))
    context["is_theirs"] = True
    if is_new and not form.is_valid():
        return private(not_done(request, OPEN, context))
    try:
        member = _open(request, token, form, is_new=is_new)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except EmailTaken as refusal:
        form.add_error(None, str(refusal))
        return private(not_done(request, OPEN, context))
    messages.success(request, _("Welcome, %(name)s. This is your login now.") % {"name": member.short_name})
    return see_other(family_home())


def _open(request: PublicRequest, token: str, form: NewPasswordForm, *, is_new: bool) -> Member:
    if not is_new:
        return family_logins.connect(by=request.actor, token=token)
    member = family_logins.open_login(by=request.actor, token=token, password=form.cleaned_data["password"])
    if member.user is not None:
        sessions.begin(request, member.user)
    return member


def _context(invitation: Invitation, form: NewPasswordForm, *, is_new: bool) -> dict[str, Any]:
    member = invitation.member
    rights = rights_alone(member)
    return {
        "invitation": invitation,
        "form": form,
        "is_new": is_new,
        "is_minor": not authority.is_adult(member),
        "may_book": "may_book_self" in rights,
        "may_edit": "may_edit_self" in rights,
    }


def _dead_link(request: HttpRequest, token: str, refusal: Refused) -> HttpResponse:
    """One page for a link that is used, replaced, too old, taken back or unknown.

    To whoever used it just now, in another tab or by pressing twice, it is the way home.
    """
    used = Invitation.objects.filter(token_hash=invitations.digest(token), used_at__isnull=False)
    if request.user.is_authenticated and used.filter(member__user=request.user).exists():
        return see_other(family_home())
    return private(render(request, DEAD, {"refusal": refusal}, status=404))
