"""The client profile (F01): who somebody is, their family, and what staff note."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import age_in_years, today_in
from accounts.errors import Refused
from accounts.people import PersonFields, format_phone
from accounts.permissions import Permission
from accounts.sections import load_sections
from clients.enums import ClientStatus, MemoAudience
from clients.family_changes import words_of
from clients.forms import ClientForm, MemoForm
from clients.households import people_of
from clients.models import Client, Memo
from clients.operations import desk, family_changes, memos
from clients.profiles import differences
from clients.sections import client_profile
from clients.sharing import not_shared

EDIT = "clients/staff/client_edit.html"
MEMOS = "clients/staff/client_memos.html"
MEMOS_ON_PROFILE = 5
MEMOS_ON_PAGE = 100


@require_safe
@staff_view(Permission.CLIENTS_READ)
def client(request: StaffRequest, number: int) -> HttpResponse:
    """Everything this organisation knows of somebody, as far as the reader's roles go."""
    subject = _client(request, number)
    if subject.status == ClientStatus.MERGED and subject.merged_into is not None:
        return redirect("staff:client", request.organization.slug, subject.merged_into.number)
    sections = load_sections(request, client_profile, subject)
    context = _profile(request, subject) | {
        "tab": "profile",
        "different": differences(subject),
        "people": people_of(subject.household),
        "top_sections": [section for section in sections if section.column == "top"],
        "main_sections": [section for section in sections if section.column not in ("top", "side")],
        "side_sections": [section for section in sections if section.column == "side"],
    }
    return render(request, "clients/staff/client.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.CLIENTS_EDIT)
def client_edit(request: StaffRequest, number: int) -> HttpResponse:
    """What the organisation keeps of somebody. What staff set no longer follows the family's (RULES 1.1)."""
    subject = _standing(request, number)
    form = ClientForm(
        request.POST or None,
        country=request.organization.country,
        today=today_in(request.organization.time_zone),
        kept=subject,
        initial={"participates": subject.participates},
    )
    context = {"client": subject, "form": form, "different": differences(subject)}
    if request.method != "POST":
        return render(request, EDIT, context)
    if form.is_valid():
        try:
            desk.change_client(
                by=request.actor,
                client=subject,
                person=form.person,
                participates=form.cleaned_data["participates"],
                seen=PersonFields.of(subject),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved"))
            return see_other(_url(request, "client", subject))
    return not_done(request, EDIT, context | {"suggestion": form.email_suggestion})


@require_POST
@staff_view(Permission.CLIENTS_EDIT)
def client_take_theirs(request: StaffRequest, number: int) -> HttpResponse:
    """Let one field say again what the family says."""
    subject = _standing(request, number)
    try:
        desk.take_theirs(by=request.actor, client=subject, field=request.POST.get("field", ""))
        messages.success(request, _("Taken from the family’s account"))
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, "client", subject))


@require_POST
@staff_view(Permission.CLIENTS_EDIT)
def client_seen(request: StaffRequest, number: int) -> HttpResponse:
    """Staff have seen what the family changed; what came after they opened the page stays marked."""
    subject = _standing(request, number)
    until = parse_datetime(request.POST.get("until", "")[:40])
    if until is not None and family_changes.seen(by=request.actor, client=subject, until=until):
        messages.success(request, _("Noted"))
    elif subject.family_changed_at is not None:
        messages.error(request, _("The family changed something again meanwhile. Have another look."))
    return see_other(_url(request, "client", subject))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.MEMOS_READ, Permission.CLIENTS_READ)
def client_memos(request: StaffRequest, number: int) -> HttpResponse:
    """All memos about somebody, and a new one (F17)."""
    subject = _standing(request, number)
    form = _memo_form(request)
    context = _profile(request, subject) | {
        "tab": "memos",
        "memo_form": form,
        "once": request.POST.get("once", ""),
    }
    context["memos"] = _memos(request, subject, MEMOS_ON_PAGE)
    if request.method != "POST":
        return render(request, MEMOS, context)
    if not request.actor.has(Permission.MEMOS_WRITE):
        raise PermissionDenied

    def save() -> str:
        memos.write(
            by=request.actor,
            client=subject,
            text=form.cleaned_data["text"],
            audience=MemoAudience(form.cleaned_data["audience"]),
            is_starred=form.cleaned_data.get("is_starred", False),
        )
        messages.success(request, _("Memo saved"))
        return _url(request, "client", subject)

    if form.is_valid():
        try:
            return done_once(request, save)
        except Refused as refused:
            form.add_error(None, str(refused))
    return not_done(request, MEMOS, context)


@require_POST
@staff_view(Permission.MEMOS_STAR, Permission.CLIENTS_READ)
def memo_star(request: StaffRequest, number: int) -> HttpResponse:
    """Show a memo on rosters, or no longer."""
    subject = _standing(request, number)
    starred = request.POST.get("starred") == "1"
    sent = request.POST.get("memo", "")
    found = Memo.objects.filter(pk=sent if sent.isdecimal() else 0, client=subject).first()
    if found is None:
        messages.error(request, _("This memo is not here any more."))
    else:
        memos.star(by=request.actor, memo=found, is_starred=starred)
        messages.success(request, _("Shows on rosters") if starred else _("No longer on rosters"))
    return see_other(_url(request, "client", subject))


def _profile(request: StaffRequest, subject: Client) -> dict[str, Any]:
    """What every page of a client shows: the side column, the tabs and the starred memos."""
    today = today_in(request.organization.time_zone)
    is_erased = subject.member.erased_at is not None
    shown = [] if is_erased else _memos(request, subject, MEMOS_ON_PROFILE)
    return {
        "client": subject,
        "age": age_in_years(subject.born_on, today) if subject.born_on else None,
        "phone": format_phone(subject.phone, request.organization.country) if subject.phone else "",
        "own_name": "" if is_erased else _own_name(subject),
        "is_erased": is_erased,
        "family_changed": words_of(subject, request.organization),
        "not_shared": not_shared(subject),
        "memos": shown,
        "memo_count": shown[0].total if shown else 0,  # type: ignore[attr-defined]
        "starred": [memo for memo in shown if memo.is_starred],
        "memo_form": _memo_form(request) if request.method != "POST" else None,
        "may_edit": request.actor.has(Permission.CLIENTS_EDIT) and not is_erased,
        "may_read_memos": request.actor.has(Permission.MEMOS_READ) and not is_erased,
        "may_write_memos": request.actor.has(Permission.MEMOS_WRITE) and not is_erased,
        "may_star": request.actor.has(Permission.MEMOS_STAR),
        "may_see_household": request.actor.has(Permission.ACCOUNTS_READ),
    }


def _memos(request: StaffRequest, subject: Client, limit: int) -> list[Memo]:
    """The newest memos, starred ones first, each with ``total``, how many there are."""
    if not request.actor.has(Permission.MEMOS_READ):
        return []
    return list(Memo.objects.about(subject).counted()[:limit])


def _memo_form(request: StaffRequest) -> MemoForm:
    return MemoForm(request.POST or None, may_star=request.actor.has(Permission.MEMOS_STAR))


def _own_name(subject: Client) -> str:
    """What the family calls the person, where that is not the name here (F03)."""
    member = subject.member
    if (member.full_name, member.preferred_name) == (subject.full_name, subject.preferred_name):
        return ""
    return member.preferred_name if member.full_name == subject.full_name else member.full_name


def _client(request: StaffRequest, number: int) -> Client:
    clients = request.organization.clients.select_related(
        "member", "household__account", "household__organization", "merged_into"
    )
    found: Client = get_object_or_404(clients, number=number)
    return found


def _standing(request: StaffRequest, number: int) -> Client:
    found: Client = get_object_or_404(
        request.organization.clients.standing().select_related("member", "household", "organization"),
        number=number,
    )
    return found


def _url(request: StaffRequest, name: str, subject: Client) -> str:
    return reverse(f"staff:{name}", args=[request.organization.slug, subject.number])
