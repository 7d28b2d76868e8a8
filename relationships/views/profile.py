"""One person of a family: what the family says of them, their picture, and changing either."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PortalRequest, portal_view
from accounts.answers import not_done, picture, see_other
from accounts.errors import NotAllowed, Refused
from accounts.forms import PersonForm, PhotoForm
from accounts.models import Member, Organization
from accounts.people import PersonFields, format_phone
from clients.enums import Share
from clients.models import Client
from clients.sharing import shared_with
from relationships import authority, coming_of_age, peers, pick_up
from relationships.coming_of_age import Coming
from relationships.enums import AccountPermission, FamilyPermission
from relationships.family import relatives
from relationships.logins import login_of
from relationships.operations import moves, sharing
from relationships.operations import people as operations

PERSON = "relationships/portal/person.html"
EDIT = "relationships/portal/person_edit.html"
PHOTO = "relationships/portal/person_photo.html"


@require_safe
@portal_view
def person(request: PortalRequest, code: str) -> HttpResponse:
    """One person: what the family says of them, and whom it tells."""
    member = _visible(request, code)
    today = timezone.now().date()
    family = relatives(request.actor, today)
    may_edit = authority.may(request.actor, FamilyPermission.EDIT_PROFILE, member)
    relative = next(each for each in family if each.member.pk == member.pk)
    context: dict[str, Any] = {
        "subject": member,
        "pick_up": None if relative.is_grown_up else pick_up.list_of(request.actor, member, today),
        "shared": shared_with(member) if may_edit else [],
        "relative": relative,
        "peers": peers.of_subject(family, member, request.member),
        "may_edit": bool(may_edit),
        "why_not": may_edit.reason,
        "phone": format_phone(member.phone, member.account.country) if member.phone else "",
        "address": _address(member),
        "login": login_of(request.actor, member),
        "may_move": _may_move(request, member),
        "coming": _coming(request, member),
    }
    return render(request, PERSON, context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def person_edit(request: PortalRequest, code: str) -> HttpResponse:
    """Change what the family says of somebody. A birth date, once given, is not taken back."""
    member = _editable(request, code)
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        country=member.account.country,
        today=timezone.now().date(),
        requires=["born_on"] if member.born_on else [],
        kept=member,
    )
    context = {"subject": member, "people": [member], "form": form}
    if request.method != "POST":
        return render(request, EDIT, context)
    if form.is_valid():
        try:
            operations.change(
                by=request.actor, member=member, person=form.person, seen=PersonFields.of(member)
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return see_other(_url("person", member))
    return not_done(request, EDIT, context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def person_photo(request: PortalRequest, code: str) -> HttpResponse:
    """Add, replace or remove somebody's picture (A03)."""
    member = _editable(request, code)
    form = PhotoForm()
    context = {"subject": member, "people": [member]}
    if request.method == "POST" and "remove" in request.POST:
        operations.set_photo(by=request.actor, member=member, picture=None)
        messages.success(request, _("The picture is removed."))
        return see_other(_url("person", member))
    if request.method == "POST":
        form = PhotoForm(request.POST, request.FILES)
        if form.is_valid():
            operations.set_photo(by=request.actor, member=member, picture=form.cleaned_data["photo"])
            messages.success(request, _("The picture is saved."))
            return see_other(_url("person", member))
        return not_done(request, PHOTO, context | {"form": form})
    return render(request, PHOTO, context | {"form": form})


@require_POST
@portal_view
def person_sharing(request: PortalRequest, code: str) -> HttpResponse:
    """Switch what one organisation is told of somebody, and whether an owner takes part there.

    Only what differs from what the page showed is switched, so that two tabs do not undo each other.
    """
    member = _editable(request, code)
    clients = Client.objects.standing().filter(member=member).select_related("organization")
    where_to = request.POST.get("organization")
    client = next((each for each in clients if each.organization.slug == where_to), None)
    if client is None:
        raise Http404
    chosen = {share for share in Share.values if share in request.POST}
    shown = set(request.POST.get("seen", "").split()) & set(Share.values)
    where: dict[str, Any] = {"by": request.actor, "member": member, "organization": client.organization}
    try:
        sharing.share(**where, on=chosen - shown, off=shown - chosen)
        part = request.POST.get("takes_part")
        if part in ("yes", "no") and part != request.POST.get("part_seen"):
            sharing.take_part(**where, participates=part == "yes")
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved for %(name)s.") % {"name": client.organization.name})
    return see_other(f"{_url('person', member)}#{client.organization.slug}")


@require_safe
@portal_view
def person_picture(request: PortalRequest, code: str) -> HttpResponse:
    """The picture itself, for who may see the person: over all, or at one organisation (``?at=<slug>``)."""
    at = request.GET.get("at", "").replace("\0", "?")
    organization = get_object_or_404(Organization, slug=at) if at else None
    visible = authority.subjects(request.actor, FamilyPermission.VIEW, organization)
    return picture(request, get_object_or_404(visible, code=code).photo)


def _may_move(request: PortalRequest, member: Member) -> bool:
    """Whether moving to another account is theirs to ask for, though something may stand in the way."""
    try:
        moves.may_ask(request.actor, member)
    except NotAllowed:
        return False
    except Refused:
        return True
    return True


def _coming(request: PortalRequest, member: Member) -> Coming | None:
    """The birthday of adulthood, for the person and the owners, when it is near (RULES 2.9)."""
    is_self = member.pk == request.member.pk
    if not is_self and not authority.may_run(request.actor, AccountPermission.PEOPLE, member.account):
        return None
    coming = coming_of_age.of(member)
    return coming if coming is not None and 0 < coming.days <= coming_of_age.AHEAD else None


def _visible(request: PortalRequest, code: str) -> Member:
    visible = authority.subjects(request.actor, FamilyPermission.VIEW).select_related("account")
    return get_object_or_404(visible, code=code)


def _editable(request: PortalRequest, code: str) -> Member:
    """Somebody whose page one may change; anybody else is not found (RULES 2.12)."""
    member = _visible(request, code)
    if not authority.may(request.actor, FamilyPermission.EDIT_PROFILE, member):
        raise Http404
    return member


def _address(member: Member) -> list[str]:
    """As it stands on an envelope."""
    town = " ".join(part for part in (member.city, member.region, member.postal_code) if part)
    return [line for line in (member.address_line, town) if line]


def _url(name: str, member: Member) -> str:
    return reverse(f"portal:{name}", args=[member.code])
