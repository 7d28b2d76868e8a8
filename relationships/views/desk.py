"""Relationships of a client, for staff: add, sign up, confirm, attest, end (C01, P15, P16, RULES 2.5)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.errors import Refused
from accounts.people import clean_text
from accounts.permissions import Permission
from clients.errors import PossibleDuplicate
from clients.forms import ClientForm
from clients.models import Client
from relationships import desk
from relationships.desk_forms import DeskLinkForm, TermsForm
from relationships.models import ManagerLink
from relationships.operations import desk_links

PAGE = "relationships/staff/client_links.html"
SIGN_UP = "relationships/staff/client_sign_up.html"
MOST_PICKED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.CLIENTS_READ)
def client_links(request: StaffRequest, number: int) -> HttpResponse:
    """Who may act for a client, and for whom they may; pick several people and link them in one go (P16)."""
    subject = _client(request, number)
    picked = _picked(request, subject)
    query = clean_text(request.GET.get("q", "")[:100])
    context: dict[str, Any] = {
        "client": subject,
        "picked": picked,
        "found": desk.found(subject, query, picked, request.organization.kept_from),
        "person_query": query,
        "may_link": request.actor.has(Permission.LINKS_EDIT),
    }
    if request.htmx:
        return render(request, f"{PAGE}#people", context)
    today = today_in(request.organization.time_zone)
    is_minor = desk.is_minor(subject)
    form = DeskLinkForm(
        request.POST if request.method == "POST" else None,
        name=subject.short_name,
        today=today,
        is_minor=is_minor,
    )
    context |= {
        "form": form,
        "links": desk.links_of(subject, today, desk.MOST_ON_PAGE, request.organization.kept_from)[0],
        "may_confirm": request.actor.has(Permission.LINKS_OVERRIDE),
        "is_minor": is_minor,
        "may_sign_up": request.actor.has(Permission.ACCOUNTS_CONTRIBUTE) and not is_minor,
    }
    if request.method != "POST":
        return render(request, PAGE, context)
    if not request.actor.has(Permission.LINKS_EDIT):
        raise PermissionDenied
    if not picked:
        form.add_error(None, _("Search for somebody, and tick who it is."))
    if not form.is_valid():
        return not_done(request, PAGE, context)

    def save() -> str:
        made = desk_links.relate(
            by=request.actor, client=subject, others=picked, forth=form.forth(), back=form.back()
        )
        people = len({link.manager_id for link in made} | {link.dependent_id for link in made}) - 1
        said = ngettext("%(n)s person linked", "%(n)s people linked", people)
        messages.success(request, said % {"n": people})
        return _url(request, subject)

    try:
        return done_once(request, save)
    except Refused as refused:
        form.add_error(None, str(refused))
        return not_done(request, PAGE, context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.ACCOUNTS_CONTRIBUTE, Permission.LINKS_EDIT)
def client_sign_up(request: StaffRequest, number: int) -> HttpResponse:
    """Somebody new whom a client acts for: the person and the link in one go (P15)."""
    subject = _client(request, number)
    is_kept = subject.member.account.kept_by_id == request.organization.pk
    sent = request.POST if request.method == "POST" else None
    today = today_in(request.organization.time_zone)
    person = ClientForm(
        sent,
        country=request.organization.country,
        today=today,
        leave_out=("address_line", "city", "region", "postal_code"),
        initial={"participates": True, "family_name": subject.family_name},
    )
    link = TermsForm(sent, name=subject.short_name, today=today)
    in_account = is_kept and request.POST.get("where", "account") == "account"
    context: dict[str, Any] = {
        "client": subject,
        "form": person,
        "link": link,
        "is_kept": is_kept,
        "in_account": in_account,
        "once": request.POST.get("once", ""),
    }
    if request.method != "POST":
        return render(request, SIGN_UP, context)

    def save() -> str:
        made = desk_links.sign_up(
            by=request.actor,
            manager=subject,
            person=person.person,
            participates=person.cleaned_data["participates"],
            in_account=in_account,
            terms=link.terms(),
            is_sure="anyway" in request.POST,
        )
        facts = {"name": made.full_name, "manager": subject.short_name}
        messages.success(request, _("%(name)s is signed up. %(manager)s acts for them.") % facts)
        return reverse("staff:client", args=[request.organization.slug, made.number])

    if person.is_valid() & link.is_valid():
        try:
            return done_once(request, save)
        except PossibleDuplicate as known:
            here = request.organization
            alike = here.clients.filter(pk__in=known.client_ids)
            context |= {
                "duplicate": known,
                "alike": list(alike.select_related("household").by_name()),
                "households": list(here.households.standing().filter(pk__in=known.household_ids).by_name()),
            }
        except Refused as refused:
            person.add_error(None, str(refused))
    return not_done(request, SIGN_UP, context | {"suggestion": person.email_suggestion})


@require_POST
@staff_view(Permission.LINKS_EDIT)
def client_link_change(request: StaffRequest, number: int, code: str) -> HttpResponse:
    """Confirm what waits, attest a guardian, or end a link that staff here made."""
    subject = _client(request, number)
    ours = ManagerLink.objects.filter(organization=request.organization)
    link = get_object_or_404(ours, code=code)
    try:
        match request.POST.get("act"):
            case "confirm":
                desk_links.confirm(by=request.actor, link=link)
                messages.success(request, _("Confirmed. It counts from now on."))
            case "attest":
                desk_links.attest_guardian(by=request.actor, link=link, reason=request.POST.get("reason", ""))
                messages.success(request, _("Written down."))
            case "end":
                desk_links.end(by=request.actor, link=link)
                messages.success(request, _("Ended. From now on each sees only their own."))
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, subject))


def _client(request: StaffRequest, number: int) -> Client:
    rows = request.organization.clients.standing().select_related(
        "member__account", "household__account", "organization"
    )
    found: Client = get_object_or_404(rows, number=number)
    return found


def _picked(request: StaffRequest, subject: Client) -> list[Client]:
    """Those that were ticked, of this organisation, in their order."""
    sent = request.POST if request.method == "POST" else request.GET
    numbers = [
        int(text) for text in sent.getlist("pick")[:MOST_PICKED] if text.isdecimal() and len(text) < 12
    ]
    rows = request.organization.clients.standing().filter(number__in=numbers).exclude(pk=subject.pk)
    return list(rows.select_related("member__account", "household").by_name())


def _url(request: StaffRequest, subject: Client) -> str:
    return reverse("staff:client_links", args=[request.organization.slug, subject.number])
