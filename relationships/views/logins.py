"""Giving somebody of the account a login, and taking it away: the owners' pages (D02, P06)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done, see_other
from accounts.emails import check_address
from accounts.errors import EmailTaken, EmailUnusable, Refused
from accounts.models import Member
from relationships import authority
from relationships.enums import FamilyPermission
from relationships.logins import Login, login_of
from relationships.operations import logins

INVITE = "relationships/portal/login_invite.html"
TAKE_AWAY = "relationships/portal/login_take_away.html"


class RightsForm(forms.Form):
    """What a minor with a login may do alone."""

    may_book_self = forms.BooleanField(
        label=gettext_lazy("May book and cancel alone"),
        required=False,
        help_text=gettext_lazy("What costs something is still paid by you, and you see each booking."),
    )
    may_edit_self = forms.BooleanField(
        label=gettext_lazy("May change their own details"),
        required=False,
        help_text=gettext_lazy(
            "Name, phone and address; a birth date that changes what they may do waits for a desk."
        ),
    )


class InviteForm(RightsForm):
    """Where the link goes. ``suggestion`` is the address that was probably meant."""

    email = forms.CharField(
        label=gettext_lazy("E-mail of the new login"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("A mailbox of their own: each login needs its own address."),
    )
    suggestion = ""

    field_order = ("email", "may_book_self", "may_edit_self")

    def __init__(self, *args: Any, is_minor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].length = "long"  # type: ignore[attr-defined]
        if not is_minor:
            del self.fields["may_book_self"], self.fields["may_edit_self"]

    def clean_email(self) -> str:
        """A usable address."""
        try:
            checked = check_address(self.cleaned_data["email"])
        except EmailUnusable as error:
            self.suggestion = error.suggestion
            raise forms.ValidationError(str(error)) from error
        self.suggestion = checked.suggestion or ""
        return checked.address


@require_http_methods(["GET", "POST"])
@portal_view
def invite(request: PortalRequest, code: str) -> HttpResponse:
    """Invite somebody to a login of their own. Owners only."""
    member, login = _decided(request, code)
    form = InviteForm(
        request.POST or None,
        is_minor=login.is_minor,
        initial={
            "email": login.email or _own_address(request, member),
            "may_book_self": login.may_book_self,
            "may_edit_self": login.may_edit_self,
        },
    )
    context: dict[str, Any] = {"subject": member, "login": login, "form": form}
    if login.state == "open":
        return see_other(reverse("portal:person", args=[code]))
    if request.method == "GET":
        return render(request, INVITE, context)
    if not form.is_valid():
        return not_done(request, INVITE, context)
    try:
        return done_once(request, lambda: _invite(request, member, form))
    except (EmailTaken, EmailUnusable) as refusal:
        form.add_error("email", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return not_done(request, INVITE, context)


def _invite(request: PortalRequest, member: Member, form: InviteForm) -> str:
    logins.invite(by=request.actor, member=member, **form.cleaned_data)
    messages.success(request, _("We sent the link to %(address)s.") % {"address": form.cleaned_data["email"]})
    return reverse("portal:person", args=[member.code])


@require_POST
@portal_view
def send_again(request: PortalRequest, code: str) -> HttpResponse:
    """A fresh link to the same address."""
    return _done(
        request,
        code,
        lambda member: logins.send_again(by=request.actor, member=member),
        _("A new mail is on its way; the earlier link no longer works."),
    )


@require_POST
@portal_view
def take_back(request: PortalRequest, code: str) -> HttpResponse:
    """The mailed link works no longer."""
    return _done(
        request,
        code,
        lambda member: logins.take_back(by=request.actor, member=member),
        _("The invitation is taken back: the link no longer works."),
    )


@require_POST
@portal_view
def rights(request: PortalRequest, code: str) -> HttpResponse:
    """What a minor may do alone."""
    form = RightsForm(request.POST)
    form.is_valid()
    return _done(
        request,
        code,
        lambda member: logins.set_self_rights(by=request.actor, member=member, **form.cleaned_data),
        _("Saved."),
    )


@require_http_methods(["GET", "POST"])
@portal_view
def take_away(request: PortalRequest, code: str) -> HttpResponse:
    """End a minor's login, after reading what that does. Owners only."""
    member, login = _decided(request, code)
    if not login.may_take_away:
        raise Http404
    if request.method == "GET":
        return render(request, TAKE_AWAY, {"subject": member, "login": login})
    return _done(
        request,
        code,
        lambda member: logins.take_away(by=request.actor, member=member),
        _("%(name)s has no login any more, and was logged out everywhere.") % {"name": member.short_name},
    )


def _done(request: PortalRequest, code: str, do: Callable[[Member], object], told: str) -> HttpResponse:
    """Do it, or say why not, on the person's page."""
    member, _login = _decided(request, code)
    try:
        do(member)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, told)
    return see_other(reverse("portal:person", args=[code]))


def _decided(request: PortalRequest, code: str) -> tuple[Member, Login]:
    """Somebody about whose login the reader decides as an owner; anybody else is not found (RULES 2.12)."""
    visible = authority.subjects(request.actor, FamilyPermission.VIEW)
    member = get_object_or_404(visible.select_related("account", "user", "ownership"), code=code)
    login = login_of(request.actor, member)
    if login is None or not login.may_decide:
        raise Http404
    return member, login


def _own_address(request: PortalRequest, member: Member) -> str:
    """The contact address, unless it is the reader's own login's: several people may share one (B09)."""
    return "" if member.email.lower() == request.user.email else member.email
