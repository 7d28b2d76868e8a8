"""Families at the desk: a new account, its people in one sitting, and inviting them to take it over."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import done_once, not_done, see_other
from accounts.calendars import today_in
from accounts.emails import check_address
from accounts.errors import EmailUnusable, Refused
from accounts.models import Member
from accounts.operations import invitations
from accounts.permissions import Permission
from clients import activation
from clients.errors import PossibleDuplicate
from clients.forms import ClientForm
from clients.households import people_of
from clients.models import Client, Household
from clients.operations import desk

NEW = "clients/staff/account_new.html"
ADD = "clients/staff/account_add_person.html"
ANOTHER = "another"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_new(request: StaffRequest) -> HttpResponse:
    """An adult owner first, then the family, one after the other (A05, P13)."""
    form = _form(request, requires=("family_name",))
    form.fields["email"].widget.attrs |= {
        "hx-get": reverse("staff:account_email_check", args=[request.organization.slug]),
        "hx-trigger": "change",
        "hx-target": "#email-check",
    }

    def save() -> str:
        owner = desk.open_family(
            by=request.actor,
            organization=request.organization,
            owner=form.person,
            participates=form.cleaned_data["participates"],
            is_sure="anyway" in request.POST,
        )
        messages.success(request, _family_made(owner))
        return _url(request, "account_add_person", owner.household.number)

    return _answer(request, NEW, form, save, {})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_add_person(request: StaffRequest, number: int) -> HttpResponse:
    """Somebody more in the family, and the next one, until all are there (P13, A11)."""
    household = _household(request, number)
    if household.account.kept_by_id != request.organization.pk:
        return render(request, "clients/staff/account_run_by_family.html", {"household": household})
    form = _form(
        request,
        initial={"participates": True, "family_name": _family_name(household)},
        leave_out=("address_line", "city", "region", "postal_code"),
    )

    def save() -> str:
        client = desk.add_person(
            by=request.actor,
            household=household,
            person=form.person,
            participates=form.cleaned_data["participates"],
            is_sure="anyway" in request.POST,
        )
        messages.success(request, _("%(name)s is in the family.") % {"name": client.full_name})
        goes_on = request.POST.get("next") == ANOTHER
        return _url(request, "account_add_person" if goes_on else "account", household.number)

    people = people_of(household)
    return _answer(request, ADD, form, save, {"household": household, "people": people})


@require_POST
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_invite(request: StaffRequest, number: int) -> HttpResponse:
    """Mail an owner, or who was invited before, a fresh link to take the account over."""
    household = _household(request, number)
    there = _url(request, "account", household.number)
    member = _invited(request, household)

    def send() -> str:
        if member is None:
            raise EmailUnusable(_("There is no e-mail address to write to."))
        invitations.invite_to_claim(by=request.actor, organization=request.organization, member=member)
        messages.success(request, _("Invitation sent to %(email)s") % {"email": member.email})
        return there

    try:
        return done_once(request, send)
    except Refused as refused:
        messages.error(request, str(refused))
        return see_other(there)


@require_POST
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_invitation_end(request: StaffRequest, number: int) -> HttpResponse:
    """The link that was mailed to take the account over works no longer, at once."""
    household = _household(request, number)
    member = _invited(request, household)
    ended = member is not None and invitations.take_back(
        by=request.actor, organization=request.organization, member=member
    )
    if ended:
        messages.success(request, _("The invitation is taken back: the link no longer works."))
    else:
        messages.info(request, _("There is no invitation to take back."))
    return see_other(_url(request, "account", household.number))


def _invited(request: StaffRequest, household: Household) -> Member | None:
    """Whom the form is about; 404 for anybody who is neither an owner nor was invited here."""
    code = request.POST.get("member", "")
    member = activation.find(household, code)
    if code and member is None:
        raise Http404
    return member


@require_safe
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_email_check(request: StaffRequest) -> HttpResponse:
    """What is to be said about an address as soon as it is typed (A06), about this organisation only."""
    text = request.GET.get("email", "").strip()[:1000]
    found: dict[str, Any] = {}
    if text:
        try:
            checked = check_address(text)
            found = {
                "suggestion": checked.suggestion,
                "households": _households(
                    request, desk.households_with(request.organization, checked.address)
                ),
            }
        except EmailUnusable as error:
            found = {"problem": str(error), "suggestion": error.suggestion}
    return render(request, "clients/staff/account_new.html#email_check", found)


def _answer(
    request: StaffRequest, template: str, form: ClientForm, save: Any, context: dict[str, Any]
) -> HttpResponse:
    """The page, or what came of sending it: done, or the page again with what is to be mended."""
    context |= {"form": form, "once": request.POST.get("once", "")}
    if request.method != "POST":
        return render(request, template, context)
    if "use_email" in request.POST:
        return render(request, template, context)  # the form holds the other address now
    if form.is_valid():
        try:
            return done_once(request, save)
        except PossibleDuplicate as found:
            context |= {"duplicate": found, "alike": _alike(request, found.client_ids)}
            context["households"] = _households(request, found.household_ids)
        except Refused as refused:
            form.add_error(None, str(refused))
    context["suggestion"] = form.email_suggestion
    return not_done(request, template, context)


def _form(request: StaffRequest, **options: Any) -> ClientForm:
    """The form with what was sent, or empty; with the suggested address where that was chosen."""
    options |= {
        "country": request.organization.country,
        "today": today_in(request.organization.time_zone),
    }
    if request.method != "POST":
        return ClientForm(**options)
    if "use_email" in request.POST:
        typed = {name: request.POST.get(name, "") for name in ClientForm.base_fields}
        typed |= {"email": request.POST["use_email"]}
        return ClientForm(**options | {"initial": typed})
    return ClientForm(request.POST, **options)


def _household(request: StaffRequest, number: int) -> Household:
    return get_object_or_404(
        request.organization.households.standing().select_related(
            "account", "billing_contact", "organization"
        ),
        number=number,
    )


def _households(request: StaffRequest, ids: list[int]) -> list[Household]:
    return list(request.organization.households.standing().filter(pk__in=ids).by_name())


def _alike(request: StaffRequest, ids: list[int]) -> list[Client]:
    return list(request.organization.clients.filter(pk__in=ids).select_related("household").by_name())


def _url(request: HttpRequest, name: str, number: int) -> str:
    return reverse(f"staff:{name}", args=[request.organization.slug, number])  # type: ignore[attr-defined]


def _family_made(owner: Client) -> str:
    if owner.email:
        return _("Account made, invitation sent to %(email)s") % {"email": owner.email}
    return _("Account made")


def _family_name(household: Household) -> str:
    return household.billing_contact.family_name if household.billing_contact else ""
