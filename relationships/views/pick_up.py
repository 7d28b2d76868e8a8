"""Who may pick a child up, in the family's pages: add, change, take off the list (RULES 2.11)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import done_once, not_done, picture, see_other
from accounts.errors import Refused
from accounts.models import Member
from relationships import authority, pick_up
from relationships.enums import FamilyPermission
from relationships.errors import PickUpPersonGone
from relationships.models import PickUpPerson
from relationships.operations import pick_up as operations
from relationships.safety_forms import PickUpForm

FORM = "relationships/portal/pick_up_form.html"
END = "relationships/portal/pick_up_end.html"


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def add(request: PortalRequest, code: str) -> HttpResponse:
    """Name somebody who may pick the child up."""
    visible = authority.subjects(request.actor, FamilyPermission.VIEW).select_related("account")
    member = get_object_or_404(visible, code=code)
    if not authority.may(request.actor, FamilyPermission.PICK_UP, member):
        raise Http404
    form = _form(request)
    context: dict[str, Any] = {"subject": member, "form": form}
    if request.method != "POST":
        return render(request, FORM, context)
    if not form.is_valid():
        return not_done(request, FORM, context)

    def save() -> str:
        person = operations.add(
            by=request.actor, member=member, details=form.details(), photo=form.cleaned_data["photo"] or None
        )
        messages.success(request, _("%(name)s is on the list.") % {"name": person.name})
        return _url(member)

    try:
        return done_once(request, save)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, FORM, context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def change(request: PortalRequest, code: str) -> HttpResponse:
    """Change who it is, or when, of what the own household named."""
    person = _mine(request, code)
    if not _is_ours(request, person):
        raise Http404
    form = _form(request, person)
    context: dict[str, Any] = {"subject": person.member, "person": person, "form": form}
    if request.method != "POST":
        return render(request, FORM, context)
    if form.is_valid():
        try:
            operations.change(
                by=request.actor,
                person=person,
                details=form.details(),
                photo=form.cleaned_data["photo"] or None,
                drop_photo=form.cleaned_data.get("drop_photo", False),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return see_other(_url(person.member))
    return not_done(request, FORM, context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def end(request: PortalRequest, code: str) -> HttpResponse:
    """Take somebody off the list, having read what that means."""
    person = _mine(request, code)
    if request.method != "POST":
        return render(request, END, _about(request, person))
    try:
        operations.end(by=request.actor, person=person)
        messages.success(request, _("Taken off the list. It counts at once."))
    except PickUpPersonGone as gone:
        messages.info(request, str(gone))
    return see_other(_url(person.member))


@require_safe
@portal_view
def photo(request: PortalRequest, code: str) -> HttpResponse:
    """The picture of somebody whom the own household named, for as long as the child may be seen."""
    visible = authority.subjects(request.actor, FamilyPermission.VIEW)
    rows = PickUpPerson.objects.filter(pick_up.ours(request.member), ended_at__isnull=True)
    return picture(request, get_object_or_404(rows, code=code, member__in=visible).photo)


def _form(request: PortalRequest, person: PickUpPerson | None = None) -> PickUpForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return PickUpForm(*sent, country=request.member.account.country, today=timezone.now().date(), kept=person)


def _is_ours(request: PortalRequest, person: PickUpPerson) -> bool:
    return PickUpPerson.objects.filter(pick_up.ours(request.member), pk=person.pk).exists()


def _about(request: PortalRequest, person: PickUpPerson) -> dict[str, Any]:
    return {"subject": person.member, "person": person, "is_ours": _is_ours(request, person)}


def _mine(request: PortalRequest, code: str) -> PickUpPerson:
    """An entry of somebody for whom one may decide; anybody else’s is not found (RULES 2.12)."""
    person = get_object_or_404(PickUpPerson.objects.select_related("member__account"), code=code)
    return get_object_or_404(
        pick_up.shown_to(request.actor, person.member).select_related("member__account"), pk=person.pk
    )


def _url(member: Member) -> str:
    return reverse("portal:person", args=[member.code]) + "#pick-up"
