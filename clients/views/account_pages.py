"""An account's own pages: its people, who gets its bills, and bringing it back on lists."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import StaffRequest, staff_view
from accounts.answers import not_done, see_other
from accounts.errors import Refused
from accounts.models import Member
from accounts.permissions import Permission
from accounts.sections import load_sections
from clients import account_pages, activation
from clients.forms import BillingContactForm
from clients.households import people_of
from clients.models import Household
from clients.operations import hiding, households
from clients.sections import household_page

BILLING_CONTACT = "clients/staff/account_billing_contact.html"
MOST_OWNERS = 50


@require_safe
@staff_view(Permission.ACCOUNTS_READ)
def account(request: StaffRequest, number: int) -> HttpResponse:
    """The people of a household, and whether they run it themselves."""
    household = account_pages.find(request, number)
    if household.merged_into is not None:
        return redirect("staff:account", request.organization.slug, household.merged_into.number)
    frame = account_pages.frame_of(request, household, "members")
    context = frame | {
        "people": people_of(household, after=request.GET.get("after", "")),
        "is_first": "after" not in request.GET,
        "activations": []
        if frame["is_erased"]
        else activation.of_household(request.actor, household, may_contribute=frame["may_contribute"]),
        "sections": load_sections(request, household_page, household),
    }
    return render(request, "clients/staff/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_billing_contact(request: StaffRequest, number: int) -> HttpResponse:
    """Which of the owners gets bills and statements (RULES 1.7)."""
    household = account_pages.find(request, number)
    owners = _owners(household)
    form = BillingContactForm(request.POST or None, owners=owners, chosen=household.billing_contact)
    context = account_pages.frame_of(request, household, "members") | {"form": form, "owners": owners}
    if request.method != "POST":
        return render(request, BILLING_CONTACT, context)
    if form.is_valid():
        try:
            households.choose_billing_contact(by=request.actor, household=household, member=form.member)
        except Refused as refused:
            form.add_error("owner", str(refused))
        else:
            messages.success(request, _("Bills go to %(name)s") % {"name": form.member.full_name})
            return see_other(_url(request, household))
    return not_done(request, BILLING_CONTACT, context)


@require_POST
@staff_view(Permission.ACCOUNTS_CONTRIBUTE)
def account_show_again(request: StaffRequest, number: int) -> HttpResponse:
    """Bring a hidden account back on lists (D09)."""
    household = account_pages.find(request, number)
    hiding.show_again(by=request.actor, household=household)
    messages.success(request, _("On lists again"))
    return see_other(_url(request, household))


def _owners(household: Household) -> list[Member]:
    owners = Member.objects.filter(ownership__account=household.account_id, erased_at__isnull=True)
    return list(owners.order_by("ownership__since", "pk")[:MOST_OWNERS])


def _url(request: StaffRequest, household: Household) -> str:
    return reverse("staff:account", args=[request.organization.slug, household.number])
