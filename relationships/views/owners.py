"""The account itself: who runs it, making an owner, stepping down (D06, RULES 2.3)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.models import Member
from relationships import ownership
from relationships.family import relatives
from relationships.operations import owners

ACCOUNT = "relationships/portal/account.html"
MAKE = "relationships/portal/owner_make.html"
STEP_DOWN = "relationships/portal/owner_step_down.html"


class StepDownForm(forms.Form):
    """For whom one goes on acting."""

    keep = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Go on acting for"),
        queryset=Member.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("You may go on booking, filling in forms and picking up. The owners see it."),
    )
    is_legal_guardian = forms.BooleanField(
        label=gettext_lazy("I am their legal guardian, and go on signing for them"), required=False
    )

    def __init__(self, *args: Any, children: list[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not children:
            self.fields.clear()
            return
        field = self.fields["keep"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  # nosec B101
        field.queryset = Member.objects.filter(pk__in=[child.pk for child in children]).order_by("id")
        field.initial = [child.code for child in children]


@require_safe
@portal_view
def account(request: PortalRequest) -> HttpResponse:
    """Who runs the account, who could, and what that gives. Owners only."""
    own = request.member.account
    if not ownership.runs(request.actor, own):
        raise Http404
    today = timezone.now().date()
    family = relatives(request.actor, today)
    context = {
        "account": own,
        "owners": ownership.owners_of(own, family, request.member),
        "candidates": ownership.candidates(own, family, today),
    }
    return render(request, ACCOUNT, context)


@require_http_methods(["GET", "POST"])
@portal_view
def make(request: PortalRequest, code: str) -> HttpResponse:
    """Make somebody of the account an owner, after reading what that gives. Owners only."""
    own = request.member.account
    if not ownership.runs(request.actor, own):
        raise Http404
    today = timezone.now().date()
    family = [each for each in relatives(request.actor, today) if each.is_own]
    relative = next((each for each in family if each.member.code == code), None)
    if relative is None:
        raise Http404
    why_not = next((c.why_not for c in ownership.candidates(own, family, today) if c.member.code == code), "")
    context: dict[str, Any] = {"subject": relative.member, "relative": relative, "why_not": why_not}
    if request.method == "GET":
        return render(request, MAKE, context)
    try:
        owners.make_owner(by=request.actor, member=relative.member)
    except Refused as refusal:
        return not_done(request, MAKE, {**context, "why_not": str(refusal)})
    messages.success(
        request, _("%(name)s runs the account with you now.") % {"name": relative.member.short_name}
    )
    return see_other(reverse("portal:account"))


@require_http_methods(["GET", "POST"])
@portal_view
def step_down(request: PortalRequest) -> HttpResponse:
    """Run the account no longer. Owners only; the last one is told what would help."""
    own = request.member.account
    if not ownership.runs(request.actor, own):
        raise Http404
    today = timezone.now().date()
    family = relatives(request.actor, today)
    children = ownership.minors(family, own, today)
    form = StepDownForm(request.POST or None, children=children)
    context: dict[str, Any] = {
        "form": form,
        "is_last": not any(each.is_own and each.is_owner and not each.is_self for each in family),
    }
    if request.method == "GET":
        return render(request, STEP_DOWN, context)
    if not form.is_valid():
        return not_done(request, STEP_DOWN, context)
    try:
        owners.step_down(
            by=request.actor,
            account=own,
            keep_acting_for=list(form.cleaned_data.get("keep", ())),
            is_legal_guardian=form.cleaned_data.get("is_legal_guardian", False),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, STEP_DOWN, context)
    messages.success(request, _("You no longer run this account. You are still in it."))
    return see_other(reverse("portal:people"))
