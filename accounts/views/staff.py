"""Who works at an organisation: the list, somebody new, and one person's page (STAFF_EDIT)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.errors import Refused, WorksHereAlready
from accounts.models import Organization, Role, Staff, StaffInvitation
from accounts.operations import staff as operations
from accounts.operations import staff_invitations
from accounts.permissions import Permission
from accounts.staff_forms import EmailForm, NewStaffForm, StaffForm
from accounts.staffing import roles_of

ON_A_PAGE = 100
LIST = "accounts/staff/staff.html"
NEW = "accounts/staff/staff_new.html"
ONE = "accounts/staff/staff_member.html"

WORKING, INVITED, GONE = "", "invited", "deactivated"
SHOWN = (
    (WORKING, gettext_lazy("Works here")),
    (INVITED, gettext_lazy("Invited")),
    (GONE, gettext_lazy("Deactivated")),
)


@require_safe
@staff_view(Permission.STAFF_EDIT)
def staff_list(request: StaffRequest) -> HttpResponse:
    """Everybody who works here, who is invited, and who did."""
    show = request.GET.get("show", WORKING)
    show = show if show in dict(SHOWN) else WORKING
    rows = _shown(everybody(request.organization), show)
    after = request.GET.get("after", "")
    mark = request.organization.staff.filter(code=after).values_list("name", "pk").first() if after else None
    if mark is not None:
        rows = rows.filter(Q(name__gt=mark[0]) | Q(name=mark[0], pk__gt=mark[1]))
    people = list(rows.order_by("name", "pk")[: ON_A_PAGE + 1])
    context = {
        "people": people[:ON_A_PAGE],
        "next": people[ON_A_PAGE - 1].code if len(people) > ON_A_PAGE else "",
        "is_further": mark is not None,
        "show": show,
        "tabs": _tabs(request.organization),
        "now": timezone.now(),
    }
    return render(request, LIST, context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.STAFF_EDIT)
def staff_new(request: StaffRequest) -> HttpResponse:
    """Somebody new: invited by e-mail, or listed by name (a coach who never logs in)."""
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and "use_email" in data:
        data["email"] = request.POST["use_email"]
    form = NewStaffForm(data, roles=roles_of(request.organization), held=request.actor.permissions)
    context: dict[str, Any] = {"form": form, "once": request.POST.get("once", "")}
    if data is None:
        return render(request, NEW, context)
    if form.is_valid():
        try:
            return done_once(request, lambda: _add(request, form))
        except WorksHereAlready as refused:
            form.add_error("email", str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
    return not_done(request, NEW, context)


def _add(request: StaffRequest, form: NewStaffForm) -> str:
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    here = request.organization
    if not email:
        staff = operations.add(by=request.actor, organization=here, name=name, roles=form.chosen)
        messages.success(request, _("%(name)s is on the list.") % {"name": name})
        return _url(request, staff)
    invitation = staff_invitations.invite(
        by=request.actor, organization=here, name=name, email=email, roles=form.chosen
    )
    messages.success(request, _("Invitation sent to %(email)s") % {"email": email})
    return _url(request, invitation.staff)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.STAFF_EDIT)
def staff_member(request: StaffRequest, code: str) -> HttpResponse:
    """One person: their name and roles, their login or invitation, and whether they still work here."""
    staff = _one(request, code)
    given = list(staff.roles.all())
    form = StaffForm(
        request.POST or None,
        roles=roles_of(request.organization),
        held=request.actor.permissions,
        given=given,
        initial={"name": staff.name},
    )
    context = _context(request, staff) | {"form": form}
    if request.method != "POST":
        return render(request, ONE, context)
    if form.is_valid():
        try:
            operations.change(
                by=request.actor,
                staff=staff,
                name=form.cleaned_data["name"],
                roles=form.chosen,
                seen=request.POST.get("seen", ""),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved"))
            return see_other(_url(request, staff))
    return not_done(request, ONE, context)


@require_POST
@staff_view(Permission.STAFF_EDIT)
def staff_invite(request: StaffRequest, code: str) -> HttpResponse:
    """A fresh link to somebody without a login; the one before stops working."""
    staff = _one(request, code)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return not_done(request, ONE, _context(request, staff) | {"email_form": form})

    def send() -> str:
        invitation = staff_invitations.invite_again(
            by=request.actor, staff=staff, email=form.cleaned_data["email"]
        )
        messages.success(request, _("Invitation sent to %(email)s") % {"email": invitation.email})
        return _url(request, staff)

    try:
        return done_once(request, send)
    except Refused as refused:
        form.add_error("email", str(refused))
        return not_done(request, ONE, _context(request, staff) | {"email_form": form})


@require_POST
@staff_view(Permission.STAFF_EDIT)
def staff_revoke(request: StaffRequest, code: str) -> HttpResponse:
    """Take an invitation back."""
    staff = _one(request, code)
    staff_invitations.revoke(by=request.actor, staff=staff)
    messages.success(request, _("The invitation no longer works."))
    return see_other(_url(request, staff))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.STAFF_EDIT)
def staff_deactivate(request: StaffRequest, code: str) -> HttpResponse:
    """Lock somebody out, after a question."""
    staff = _one(request, code)
    if request.method != "POST":
        return render(request, "accounts/staff/staff_deactivate.html", {"person": staff})
    try:
        operations.deactivate(by=request.actor, staff=staff)
        messages.success(request, _("%(name)s can open nothing here any more.") % {"name": staff.name})
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, staff))


@require_POST
@staff_view(Permission.STAFF_EDIT)
def staff_reactivate(request: StaffRequest, code: str) -> HttpResponse:
    """Let somebody back in."""
    staff = _one(request, code)
    try:
        operations.reactivate(by=request.actor, staff=staff)
        messages.success(request, _("%(name)s works here again.") % {"name": staff.name})
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other(_url(request, staff))


def everybody(organization: Organization) -> QuerySet[Staff]:
    """The organisation's staff with their login's address, roles and last invitation."""
    last = StaffInvitation.objects.filter(staff=OuterRef("pk")).order_by("-id")
    return (
        Staff.objects.filter(organization=organization)
        .annotate(
            login_email=F("user__email"),
            invited_email=Subquery(last.values("email")[:1]),
            invited_at=Subquery(last.values("created_at")[:1]),
            invited_until=Subquery(last.values("expires_at")[:1]),
            revoked_at=Subquery(last.values("revoked_at")[:1]),
        )
        .prefetch_related(Prefetch("roles", Role.objects.order_by("name")))
    )


def _shown(rows: QuerySet[Staff], show: str) -> QuerySet[Staff]:
    waiting = Q(user__isnull=True, invited_email__isnull=False, revoked_at__isnull=True)
    if show == GONE:
        return rows.filter(is_active=False)
    return rows.filter(waiting, is_active=True) if show == INVITED else rows.filter(~waiting, is_active=True)


def _tabs(organization: Organization) -> list[dict[str, Any]]:
    """The three lists with how many are in each."""
    rows = everybody(organization).prefetch_related(None)
    waiting = Q(user__isnull=True, invited_email__isnull=False, revoked_at__isnull=True, is_active=True)
    counts = rows.aggregate(
        all=Count("pk"), gone=Count("pk", filter=Q(is_active=False)), invited=Count("pk", filter=waiting)
    )
    number = {
        WORKING: counts["all"] - counts["gone"] - counts["invited"],
        INVITED: counts["invited"],
        GONE: counts["gone"],
    }
    return [{"key": key, "label": label, "count": number[key]} for key, label in SHOWN]


def _context(request: StaffRequest, staff: Staff) -> dict[str, Any]:
    """What one person's page shows besides what was sent."""
    given = list(staff.roles.all())
    address = staff.invited_email or ""  # type: ignore[attr-defined]
    return {
        "person": staff,
        "form": StaffForm(
            roles=roles_of(request.organization),
            held=request.actor.permissions,
            given=given,
            initial={"name": staff.name},
        ),
        "email_form": EmailForm(initial={"email": address}),
        "seen": operations.state_of(staff),
        "is_oneself": staff.pk == request.staff.pk,
        "now": timezone.now(),
    }


def _one(request: StaffRequest, code: str) -> Staff:
    return get_object_or_404(everybody(request.organization), code=code)


def _url(request: StaffRequest, staff: Staff) -> str:
    return reverse("staff:staff_member", args=[request.organization.slug, staff.code])
