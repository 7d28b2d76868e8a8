"""The picture of a client: shown to staff, and set by them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import not_done, picture, see_other
from accounts.errors import Refused
from accounts.forms import PhotoForm
from accounts.permissions import Permission
from clients.models import Client
from clients.operations import photos
from clients.operations.admission import PHOTO, shared_fields

CHANGE = "clients/staff/client_photo.html"

SEE_CLIENTS = (Permission.CLIENTS_READ, Permission.SCHEDULE_READ, Permission.ACCOUNTS_READ)
"""Whoever holds one of these meets clients: on a list, a roster or a household's page."""


@require_safe
@staff_view()
def client_photo(request: StaffRequest, number: int) -> HttpResponse:
    """The picture itself, of this organisation's own clients only."""
    if not request.actor.permissions.intersection(SEE_CLIENTS):
        raise PermissionDenied
    return picture(request, _standing(request, number).photo)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.CLIENTS_EDIT)
def client_photo_change(request: StaffRequest, number: int) -> HttpResponse:
    """Set staff's own picture, show none, or show the family's again (RULES 1.1)."""
    subject = _standing(request, number)
    form = PhotoForm()
    if request.method == "POST":
        form = PhotoForm(request.POST, request.FILES)
        try:
            if done := _change(request, subject, form):
                messages.success(request, done)
                return see_other(reverse("staff:client", args=[request.organization.slug, subject.number]))
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {
        "client": subject,
        "form": form,
        "is_kept": subject.household.account.kept_by_id == request.organization.pk,
        "is_staff_set": PHOTO in subject.staff_set,
        "family_has_one": PHOTO in shared_fields(subject) and bool(subject.member.photo),
    }
    return (
        not_done(request, CHANGE, context) if request.method == "POST" else render(request, CHANGE, context)
    )


def _change(request: StaffRequest, subject: Client, form: PhotoForm) -> str:
    """What was done, in words; empty where the form has to be mended."""
    if "theirs" in request.POST:
        photos.take_theirs(by=request.actor, client=subject)
        return _("Taken from the family’s account")
    if "remove" in request.POST:
        photos.set_photo(by=request.actor, client=subject, picture=None)
        return _("No picture is shown")
    if form.is_valid():
        photos.set_photo(by=request.actor, client=subject, picture=form.cleaned_data["photo"])
        return _("The picture is saved")
    return ""


def _standing(request: StaffRequest, number: int) -> Client:
    clients = request.organization.clients.standing().select_related(
        "member", "organization", "household__account"
    )
    found: Client = get_object_or_404(clients, number=number)
    return found
