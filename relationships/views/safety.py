"""Safety of a client, for staff: who picks up, to whom never to release, who must be kept apart (RULES 2.1, 2.11)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, paper, picture, see_other
from accounts.calendars import today_in
from accounts.errors import Refused
from accounts.people import clean_text
from accounts.permissions import Permission
from clients.models import Client
from relationships import desk, safety, safety_desk
from relationships.models import NeverRelease, NoContact, PickUpPerson
from relationships.operations import marks
from relationships.safety_forms import LiftForm, NeverReleaseForm, NoContactForm

PAGE = "relationships/staff/client_safety.html"
NEVER_NEW = "relationships/staff/never_release_new.html"
APART_NEW = "relationships/staff/no_contact_new.html"
NEVER = "relationships/staff/never_release.html"
APART = "relationships/staff/no_contact.html"
APART_LIST = "relationships/staff/no_contacts.html"


@require_safe
@staff_view(Permission.SAFETY_READ, Permission.CLIENTS_READ)
def client_safety(request: StaffRequest, number: int) -> HttpResponse:
    """All of it about a client; reasons, and what was lifted, for who may set marks."""
    subject = _client(request, number)
    may_edit = request.actor.has(Permission.SAFETY_EDIT)
    context = {
        "client": subject,
        "safety": safety.of_client(request.organization, subject, today_in(request.organization.time_zone)),
        "may_edit": may_edit,
        "never": safety_desk.never_releases(subject) if may_edit else [],
        "apart": safety_desk.no_contacts_of(request.organization, subject) if may_edit else [],
    }
    return render(request, PAGE, context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SAFETY_EDIT, Permission.CLIENTS_READ)
def never_release_new(request: StaffRequest, number: int) -> HttpResponse:
    """Record to whom a client is never released: a client here, or anybody by name."""
    subject = _client(request, number)
    picked = _picked(request, subject)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = NeverReleaseForm(
        *sent,
        today=today_in(request.organization.time_zone),
        is_known=picked is not None,
        initial={"name": picked.full_name if picked else ""},
    )

    def record() -> str:
        marks.never_release(
            by=request.actor,
            client=subject,
            named=marks.Named(
                person=picked,
                **{name: form.cleaned_data[name] for name in ("name", "description", "call")},
            ),
            reason=form.cleaned_data["reason"],
            ends_on=form.cleaned_data["ends_on"],
            photo=form.cleaned_data["photo"] or None,
        )
        messages.success(request, _("Recorded. It is on every roster now, and the family is not told."))
        return _url(request, subject)

    return _record(request, NEVER_NEW, subject, picked, form, record)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SAFETY_EDIT, Permission.CLIENTS_READ)
def no_contact_new(request: StaffRequest, number: int) -> HttpResponse:
    """Record who must learn nothing of a client, with the paper that says so."""
    subject = _client(request, number)
    picked = _picked(request, subject)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = NoContactForm(*sent, today=today_in(request.organization.time_zone))
    if request.method == "POST" and picked is None:
        form.add_error(None, _("Search for the person who must be kept away, and choose them."))

    def record() -> str:
        if picked is None:
            raise Http404
        made = marks.no_contact(
            by=request.actor,
            protected=subject,
            barred=picked,
            reason=form.cleaned_data["reason"],
            starts_on=form.cleaned_data["starts_on"],
            ends_on=form.cleaned_data["ends_on"],
            document=form.cleaned_data["document"] or None,
        )
        messages.success(request, _("Recorded. It holds on every page, mail and copy."))
        return reverse("staff:no_contact", args=[request.organization.slug, made.code])

    return _record(request, APART_NEW, subject, picked, form, record)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SAFETY_EDIT)
def never_release(request: StaffRequest, code: str) -> HttpResponse:
    """One mark, and lifting it with a reason."""
    rows = NeverRelease.objects.filter(client__in=request.organization.clients.all())
    mark = get_object_or_404(rows.select_related("client", "recorded_by", "lifted_by"), code=code)
    context = {"mark": mark, "client": mark.client, "holds": safety_desk.holds(mark)}
    url = _url(request, mark.client)
    return _lift(request, NEVER, context, url, lambda why: marks.lift_never_release(mark=mark, **why))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.SAFETY_EDIT)
def no_contact(request: StaffRequest, code: str) -> HttpResponse:
    """One mark: who, why, on what paper; whether both are in one account; and lifting it with a reason."""
    mark = _mark(request, code)
    context = safety_desk.about(mark)
    url = reverse("staff:no_contact", args=[request.organization.slug, mark.code])
    return _lift(request, APART, context, url, lambda why: marks.lift_no_contact(mark=mark, **why))


@require_safe
@staff_view(Permission.SAFETY_EDIT)
def no_contacts(request: StaffRequest) -> HttpResponse:
    """Every mark of the organisation that nobody lifted, the newest first."""
    page = safety_desk.page_of(request.organization, request.GET.get("before", ""))
    return render(request, APART_LIST, {"page": page})


@require_safe
@staff_view(Permission.SAFETY_EDIT)
def no_contact_document(request: StaffRequest, code: str) -> HttpResponse:
    """The paper itself, to save; who opened it is written down."""
    mark = _mark(request, code)
    answer = paper(request, mark.document, f"no-contact-{mark.code}")
    marks.document_read(by=request.actor, mark=mark)
    return answer


@require_safe
@staff_view(Permission.SAFETY_READ)
def pick_up_photo(request: StaffRequest, code: str) -> HttpResponse:
    """The picture of who picks up a client of this organisation."""
    here = request.organization.clients.standing().values("member")
    rows = PickUpPerson.objects.filter(ended_at__isnull=True, member__in=here)
    found = get_object_or_404(rows, code=code)
    if found.organization_id not in (None, request.organization.pk):
        raise Http404
    return picture(request, found.photo)


@require_safe
@staff_view(Permission.SAFETY_READ)
def never_release_photo(request: StaffRequest, code: str) -> HttpResponse:
    """The picture of who never takes a client."""
    rows = NeverRelease.objects.filter(client__in=request.organization.clients.all())
    return picture(request, get_object_or_404(rows, code=code).photo)


def _record(
    request: StaffRequest,
    template: str,
    subject: Client,
    picked: Client | None,
    form: Any,
    record: Callable[[], str],
) -> HttpResponse:
    """The page of a new mark: search and choose somebody, then the form."""
    query = clean_text(request.GET.get("q", "")[:100])
    context = {
        "client": subject,
        "picked": picked,
        "form": form,
        "person_query": query,
        "found": desk.found(subject, query, kept_from=request.organization.kept_from),
        "once": request.POST.get("once", ""),
    }
    if request.method != "POST":
        return render(request, template, context)
    if form.is_valid():
        try:
            return done_once(request, record)
        except Refused as refused:
            form.add_error(None, str(refused))
    return not_done(request, template, context)


def _lift(
    request: StaffRequest, template: str, context: dict[str, Any], url: str, lift: Callable[[Any], object]
) -> HttpResponse:
    form = LiftForm(request.POST if request.method == "POST" else None)
    context |= {"form": form}
    if request.method != "POST":
        return render(request, template, context)
    if form.is_valid():
        try:
            lift({"by": request.actor, "reason": form.cleaned_data["reason"]})
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Lifted. It holds no longer."))
            return see_other(url)
    return not_done(request, template, context)


def _client(request: StaffRequest, number: int) -> Client:
    rows = request.organization.clients.standing().select_related("member", "household", "organization")
    found: Client = get_object_or_404(rows, number=number)
    return found


def _picked(request: StaffRequest, subject: Client) -> Client | None:
    """Another client of this organisation, whom the search offered."""
    sent = request.POST if request.method == "POST" else request.GET
    typed = sent.get("pick", "")
    if not typed.isdecimal() or len(typed) > 11:
        return None
    rows = (
        request.organization.clients.standing().exclude(pk=subject.pk).select_related("member", "household")
    )
    found: Client | None = rows.filter(number=int(typed)).first()
    return found


def _mark(request: StaffRequest, code: str) -> NoContact:
    rows = NoContact.objects.filter(organization=request.organization).exclude(
        protected__in=request.organization.kept_from
    )
    return get_object_or_404(
        rows.select_related("barred", "protected", "recorded_by", "lifted_by", "organization"), code=code
    )


def _url(request: StaffRequest, subject: Client) -> str:
    return reverse("staff:client_safety", args=[request.organization.slug, subject.number])
