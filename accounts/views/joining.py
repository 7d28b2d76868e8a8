"""Following an invitation to work somewhere: a new login chooses its password, another one agrees."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.access import PublicRequest, private, public_view
from accounts.answers import not_done, see_other
from accounts.errors import EmailTaken, InvitationUnusable, Refused
from accounts.models import Staff, StaffInvitation
from accounts.operations import staff_invitations
from accounts.operations.invitations import digest
from accounts.staff_forms import JoinForm

JOIN = "accounts/public/join.html"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@public_view
def join(request: PublicRequest, token: str) -> HttpResponse:
    """Work at an organisation. Only the login whose confirmed e-mail was mailed can accept, or a new one of it."""
    try:
        invitation = staff_invitations.look_up(token)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    is_new = not staff_invitations.has_login(invitation.email)
    user = request.actor.user
    form = JoinForm(request.POST or None, email=invitation.email)
    context: dict[str, Any] = {
        "form": form,
        "invitation": invitation,
        "organization": invitation.organization,
        "is_new": is_new,
        "is_other": user is not None and (is_new or not staff_invitations.is_for(invitation, user)),
    }
    if request.method != "POST" or (user is None and not is_new) or context["is_other"]:
        return private(render(request, JOIN, context))
    if is_new and not form.is_valid():
        return private(not_done(request, JOIN, context))
    try:
        staff = _accept(request, token, form, is_new=is_new)
    except InvitationUnusable as refusal:
        return _dead_link(request, token, refusal)
    except EmailTaken:
        return see_other(request.path)  # a login was made in another tab: the page asks it to log in
    except Refused as refusal:
        return private(not_done(request, JOIN, context | {"refusal": refusal}))
    messages.success(request, _("Welcome. This is what you may do here."))
    return see_other(reverse("staff:roles", args=[staff.organization.slug]))


def _accept(request: PublicRequest, token: str, form: JoinForm, *, is_new: bool) -> Staff:
    if not is_new:
        return staff_invitations.accept(by=request.actor, token=token)
    staff = staff_invitations.accept_as_new(
        by=request.actor, token=token, password=form.cleaned_data["password"]
    )
    if staff.user is not None:
        sessions.begin(request, staff.user)
    return staff


def _dead_link(request: PublicRequest, token: str, refusal: InvitationUnusable) -> HttpResponse:
    """One page for every link that leads nowhere; to whoever used it just now, it is the way in."""
    used = StaffInvitation.objects.filter(token_hash=digest(token), used_at__isnull=False)
    mine = used.filter(staff__user=request.actor.user, staff__is_active=True).select_related("organization")
    if request.actor.user is not None and (invitation := mine.first()):
        return see_other(reverse("staff:roles", args=[invitation.organization.slug]))
    return private(render(request, "accounts/public/join_dead.html", {"refusal": refusal}, status=404))
